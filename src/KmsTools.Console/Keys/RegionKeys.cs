using System.Collections.Immutable;
using KmsTools.Persistence;

namespace KmsTools.WebConsole.Keys;

/// <summary>
/// The keys of a Region in memory: read once, then brought up to date by what commits have touched. Safe for use by many threads.
/// </summary>
internal sealed class RegionKeys(KmsEngine engine, string region)
{
    private readonly Lock _gate = new();

    // All guarded by the gate. The keys that aliases name, and what is known of the state: the list is null before the first reading.
    private readonly Dictionary<string, string> _targets = new(StringComparer.Ordinal);
    private KeyList? _list;
    private long _version;
    private long _number;

    /// <summary>When it was read last, on the clock of the process (Environment.TickCount64).</summary>
    public long LastRead { get; private set; }

    /// <summary>The keys as they are now.</summary>
    public KeyList Read()
    {
        LastRead = Environment.TickCount64;
        return Refresh();
    }

    /// <summary>Brings the list up to date.</summary>
    public KeyList Refresh()
    {
        lock (_gate)
        {
            // Read before the values are: a commit in between makes them newer than the version says, never older.
            long version = engine.StateVersion;
            if (_list is { } known && _version == version)
            {
                return known;
            }

            try
            {
                using (IStateReader state = engine.OpenUncachedReader())
                {
                    StateChanges changes = state.ReadChanges(_list is null ? null : _number);
                    _list = _list is { } former && changes.IsComplete && TryApply(former, changes.Commits, state) is { } next
                        ? next
                        : Build(state, changes.Number);
                    _number = changes.Number;
                }

                engine.WaitForSync();
                _version = version;
                return _list;
            }
            catch
            {
                // Half of the changes may have been applied, or some that will not last.
                _list = null;
                throw;
            }
        }
    }

    private KeyList Build(IStateReader state, long number)
    {
        _targets.Clear();
        foreach (KeyAlias alias in state.ListAliases(region, null, null, int.MaxValue))
        {
            _targets[alias.AliasName] = alias.TargetKeyId;
        }

        ILookup<string, string> aliases = _targets.ToLookup(static pair => pair.Value, static pair => pair.Key);
        List<KeyRow> rows = [];
        foreach (string keyId in state.ListKeyIds(region, null, int.MaxValue))
        {
            if (ReadRow(state, keyId, aliases[keyId]) is { } row)
            {
                rows.Add(row);
            }
        }

        return new KeyList([.. rows.Order(default(KeyOrder))], number);
    }

    // Null if that needs to know what commits do not say.
    private KeyList? TryApply(KeyList former, ImmutableArray<StateCommit> commits, IStateReader state)
    {
        HashSet<string> touched = new(StringComparer.Ordinal);
        long settings = former.Settings;
        foreach (StateCommit commit in commits)
        {
            bool isOfKeyStores = commit.Touched.Any(static item => item.Kind == StateItemKind.CustomKeyStore);
            if (commit.Touched.Contains(StateItem.Everything) && !isOfKeyStores)
            {
                return null;
            }

            foreach (StateItem item in commit.Touched)
            {
                if (item.Kind == StateItemKind.Settings)
                {
                    settings = commit.Number;
                }
                else if (item.Region == region)
                {
                    touched.UnionWith(KeysOf(item, state));
                }
            }
        }

        if (touched.Count == 0 && settings == former.Settings)
        {
            return former;
        }

        Dictionary<string, KeyRow?> changed = new(StringComparer.Ordinal);
        foreach (string keyId in touched)
        {
            changed[keyId] = Reread(former, keyId, state);
        }

        return former.With(changed, settings);
    }

    private ImmutableArray<string> KeysOf(StateItem item, IStateReader state) => item.Kind switch
    {
        StateItemKind.Key or StateItemKind.Grants => [item.Name],
        StateItemKind.CustomKeyStore => state.ListKeyIdsInStore(region, item.Name),
        StateItemKind.Alias =>
        [
            .. _targets.TryGetValue(item.Name, out string? before) ? [before] : ImmutableArray<string>.Empty,
            .. state.FindAlias(region, item.Name) is { } alias ? [alias.TargetKeyId] : ImmutableArray<string>.Empty,
        ],
        _ => [],
    };

    private KeyRow? Reread(KeyList former, string keyId, IStateReader state)
    {
        foreach (string alias in former.Find(keyId)?.Aliases ?? [])
        {
            if (_targets.GetValueOrDefault(alias) == keyId)
            {
                _targets.Remove(alias);
            }
        }

        ImmutableArray<KeyAlias> aliases = state.ListAliases(region, keyId, null, int.MaxValue);
        foreach (KeyAlias alias in aliases)
        {
            _targets[alias.AliasName] = keyId;
        }

        return ReadRow(state, keyId, aliases.Select(static alias => alias.AliasName));
    }

    private KeyRow? ReadRow(IStateReader state, string keyId, IEnumerable<string> aliases)
    {
        try
        {
            return state.FindKey(region, keyId) is { } key
                ? KeyRow.Of(key, [.. aliases.Order(StringComparer.Ordinal)])
                : null;
        }
        catch (StateStoreException exception) when (exception.Damage is not null)
        {
            // It is listed, as by ListKeys, and nothing else is known of it.
            return new KeyRow { KeyId = keyId, Manager = KeyManagerType.CUSTOMER };
        }
    }
}
