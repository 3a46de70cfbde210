using System.Collections.Concurrent;

namespace KmsTools.WebConsole.Keys;

/// <summary>
/// The keys of a Region as they were at one version of the state, and the orders in which they were asked for. The next version takes over
/// the orders with what has changed, because to sort 100,000 keys takes longer than a page may.
/// </summary>
internal sealed class KeyList
{
    private readonly ConcurrentDictionary<KeyOrder, KeyRow[]> _orders = new();

    /// <summary>Creates the list.</summary>
    /// <param name="byId">All keys in the order of their IDs.</param>
    /// <param name="settings">A number that is another one after a change of principals or of how the store authorizes calls.</param>
    public KeyList(KeyRow[] byId, long settings)
        : this(settings) => _orders[default] = byId;

    private KeyList(long settings) => Settings = settings;

    /// <summary>A number that is another one after a change of principals or of how the store authorizes calls.</summary>
    public long Settings { get; }

    /// <summary>All keys in the order of their IDs.</summary>
    public IReadOnlyList<KeyRow> ById => _orders[default];

    /// <summary>All keys in an order.</summary>
    public IReadOnlyList<KeyRow> In(KeyOrder order) => _orders.GetOrAdd(order, static (wanted, all) => [.. all.Order(wanted)], ById);

    /// <summary>The key with this ID, or null.</summary>
    public KeyRow? Find(string keyId)
    {
        KeyRow[] rows = _orders[default];
        int index = Array.BinarySearch(rows, new KeyRow { KeyId = keyId }, default(KeyOrder));
        return index < 0 ? null : rows[index];
    }

    /// <summary>The list after changes.</summary>
    /// <param name="changed">The IDs of the keys that were created, changed or deleted, with what they are now: null for deleted.</param>
    /// <param name="settings">As <see cref="Settings"/>.</param>
    public KeyList With(IReadOnlyDictionary<string, KeyRow?> changed, long settings)
    {
        KeyList next = new(settings);
        KeyRow[] added = [.. changed.Values.OfType<KeyRow>()];
        foreach ((KeyOrder order, KeyRow[] rows) in _orders)
        {
            next._orders[order] = changed.Count == 0 ? rows : Merge(rows, changed, [.. added.Order(order)], order);
        }

        return next;
    }

    private static KeyRow[] Merge(KeyRow[] rows, IReadOnlyDictionary<string, KeyRow?> changed, KeyRow[] added, KeyOrder order)
    {
        List<KeyRow> merged = new(rows.Length + added.Length);
        int next = 0;
        foreach (KeyRow row in rows)
        {
            if (changed.ContainsKey(row.KeyId))
            {
                continue;
            }

            while (next < added.Length && order.Compare(added[next], row) < 0)
            {
                merged.Add(added[next++]);
            }

            merged.Add(row);
        }

        merged.AddRange(added[next..]);
        return [.. merged];
    }
}
