using KmsTools.Persistence;
using KmsTools.Sessions;

namespace KmsTools;

// What the store of the session knows about a key. Read as completion reads: without a call, and so without an event.
public static partial class Views
{
    // Of a Region with more aliases, those of each key are read when it is shown.
    private const int MaxListedAliases = 5_000;

    private static readonly Func<IStateReader, AliasList, string, string> ReadAliases = static (state, list, keyId) => List(
        list.Names?[keyId] ?? state.ListAliases(list.Region, keyId, null, int.MaxValue).Select(static alias => alias.AliasName));

    private static readonly Func<IStateReader, AliasList, string, string> ReadNextDue = static (state, list, keyId) =>
        state.FindKey(list.Region, keyId) is { } key && DueChange.NextOf(key) is { } next
            ? $"{Change(next.Kind)} {Date(next.DueDate)}"
            : "";

    private static volatile AliasList? s_aliases;

    /// <summary>The aliases of a key; empty if it has none, or if no store is open that has the key.</summary>
    /// <param name="keyArn">The ARN of the key, or null.</param>
    public static string Alias(string? keyArn) => Live(keyArn, ReadAliases);

    /// <summary>What becomes due next for a key, and on which day (UTC); empty if nothing does.</summary>
    /// <param name="keyArn">The ARN of the key, or null.</param>
    public static string NextDue(string? keyArn) => Live(keyArn, ReadNextDue);

    private static string Live(string? keyArn, Func<IStateReader, AliasList, string, string> read)
    {
        string keyId = KeyId(keyArn);
        if (keyId == (keyArn ?? "") || KmsSession.Find() is not { } connection)
        {
            return "";
        }

        try
        {
            using IStateReader state = connection.Engine.OpenReader();
            return read(state, Aliases(connection.Engine, state, Region(keyArn)), keyId);
        }
        catch (Exception exception) when (exception is ObjectDisposedException or StateStoreException)
        {
            // A view shows what it can.
            return "";
        }
    }

    // A table of many keys reads the aliases once.
    private static AliasList Aliases(KmsEngine engine, IStateReader state, string region)
    {
        long version = engine.StateVersion;
        if (s_aliases is { } list && list.Region == region && list.Version == version
            && list.Engine.TryGetTarget(out KmsEngine? same) && ReferenceEquals(same, engine))
        {
            return list;
        }

        ILookup<string, string> names = state.ListAliases(region, null, null, MaxListedAliases)
            .ToLookup(static alias => alias.TargetKeyId, static alias => alias.AliasName, StringComparer.Ordinal);
        bool complete = names.Sum(static each => each.Count()) < MaxListedAliases;
        return s_aliases = new AliasList(new WeakReference<KmsEngine>(engine), version, region, complete ? names : null);
    }

    /// <summary>The aliases of a Region by key ID, as of a version of the state; null if they are too many.</summary>
    private sealed record AliasList(WeakReference<KmsEngine> Engine, long Version, string Region, ILookup<string, string>? Names);
}
