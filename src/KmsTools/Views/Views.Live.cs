using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools;

// What the store of the session knows about a key. Read as completion reads: without a call, and so without an event.
public static partial class Views
{
    private const int MaxAliases = 100;

    /// <summary>The aliases of a key; empty if it has none, or if no store is open that has the key.</summary>
    /// <param name="keyArn">The ARN of the key, or null.</param>
    public static string Alias(string? keyArn) => Live(keyArn, static (state, region, keyId) =>
        string.Join(", ", state.ListAliases(region, keyId, null, MaxAliases).Select(static alias => alias.AliasName)));

    /// <summary>What becomes due next for a key, and on which day (UTC); empty if nothing does.</summary>
    /// <param name="keyArn">The ARN of the key, or null.</param>
    public static string NextDue(string? keyArn) => Live(keyArn, static (state, region, keyId) =>
        state.FindKey(region, keyId) is { } key && DueChange.Of(key, state) is [var next, ..] ? $"{Change(next.Kind)} {Date(next.DueDate)}" : "");

    private static string Live(string? keyArn, Func<IStateReader, string, string, string> read)
    {
        string keyId = KeyId(keyArn);
        if (keyId == (keyArn ?? "") || KmsSession.Find() is not { } connection)
        {
            return "";
        }

        try
        {
            using IStateReader state = connection.Engine.OpenReader();
            return read(state, Region(keyArn), keyId);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or StateStoreException)
        {
            // A view shows what it can.
            return "";
        }
    }
}
