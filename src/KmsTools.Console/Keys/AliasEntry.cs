using KmsTools.Identifiers;

namespace KmsTools.WebConsole.Keys;

/// <summary>An alias as users enter it: with its prefix, or without it as in the console of AWS.</summary>
internal static class AliasEntry
{
    /// <summary>The name of the alias, or null for nothing. Whether it is valid is left to the engine.</summary>
    public static string? Complete(string? entered) =>
        entered is null || AliasName.HasPrefix(entered) ? entered : AliasName.Prefix + entered;
}
