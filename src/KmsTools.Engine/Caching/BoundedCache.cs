using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Caching;

/// <summary>
/// Values by their names. When there are too many, an eighth of them is dropped: those that were not used since the last time first. Safe
/// for use by many threads; looking up takes no lock.
/// </summary>
/// <typeparam name="TName">The type of the names.</typeparam>
/// <typeparam name="TValue">The type of the values.</typeparam>
/// <param name="capacity">The maximum number of values; at least 8.</param>
/// <param name="dropped">Called with each value that is dropped, removed or replaced; null for nothing.</param>
/// <param name="comparer">Tells names apart; null for the usual way of the type.</param>
internal sealed class BoundedCache<TName, TValue>(
    int capacity, Action<TValue>? dropped = null, IEqualityComparer<TName>? comparer = null)
    where TName : notnull
    where TValue : class
{
    private const int PartDropped = 8;

    private readonly ConcurrentDictionary<TName, Entry> _entries = new(comparer ?? EqualityComparer<TName>.Default);
    private readonly Lock _changing = new();
    private int _count;

    /// <summary>Finds a value.</summary>
    public bool TryGet(TName name, [NotNullWhen(true)] out TValue? value) =>
        Use(_entries.TryGetValue(name, out Entry? entry) ? entry : null, out value);

    /// <summary>Finds a value by another form of its name, which the comparer knows: by bytes that are not copied, say.</summary>
    public bool TryGet<TAlternate>(TAlternate name, [NotNullWhen(true)] out TValue? value)
        where TAlternate : notnull, allows ref struct =>
        Use(_entries.GetAlternateLookup<TAlternate>().TryGetValue(name, out Entry? entry) ? entry : null, out value);

    /// <summary>Adds a value, or replaces the one of that name.</summary>
    public void Put(TName name, TValue value)
    {
        lock (_changing)
        {
            Remove(name);
            if (_count == capacity)
            {
                DropSome();
            }

            _entries[name] = new Entry(value);
            _count++;
        }
    }

    /// <summary>Removes a value, if it is there.</summary>
    public void Remove(TName name)
    {
        lock (_changing)
        {
            if (_entries.TryRemove(name, out Entry? entry))
            {
                _count--;
                dropped?.Invoke(entry.Value);
            }
        }
    }

    /// <summary>Removes all values.</summary>
    public void Clear()
    {
        lock (_changing)
        {
            foreach (TName name in _entries.Keys)
            {
                Remove(name);
            }
        }
    }

    private static bool Use(Entry? entry, [NotNullWhen(true)] out TValue? value)
    {
        // Written once in a while only, so that threads which use the same value do not take turns in writing.
        if (entry is { IsUsed: false })
        {
            entry.IsUsed = true;
        }

        value = entry?.Value;
        return entry is not null;
    }

    private void DropSome()
    {
        int rest = capacity - (capacity / PartDropped);

        // After the first round, which gives every used value a second chance, all are candidates.
        for (int round = 0; round < 2; round++)
        {
            foreach ((TName name, Entry entry) in _entries)
            {
                if (_count <= rest)
                {
                    return;
                }

                if (entry.IsUsed)
                {
                    entry.IsUsed = false;
                }
                else
                {
                    Remove(name);
                }
            }
        }
    }

    private sealed class Entry(TValue value)
    {
        public TValue Value => value;

        public bool IsUsed { get; set; } = true;
    }
}
