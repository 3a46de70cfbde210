using KmsTools.Persistence;

namespace KmsTools.WebConsole.Pages.Keys;

/// <summary>What questions to the user say about a key.</summary>
internal static class KeyFacts
{
    private const int MaxAliases = 10;

    /// <summary>The names of its aliases, the first ones of many; empty for none.</summary>
    public static string Aliases(IStateReader state, Key key)
    {
        string[] names = [.. state.ListAliases(key.Region, key.KeyId, null, MaxAliases + 1).Select(static alias => alias.AliasName)];
        return string.Join(", ", names.Take(MaxAliases)) + (names.Length > MaxAliases ? ", ..." : "");
    }
}
