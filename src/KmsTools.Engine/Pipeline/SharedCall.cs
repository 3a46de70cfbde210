using System.Reflection;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// A call on a store that several machines share. Most calls that change nothing go by what this node knew when they began, and note what
/// they have read; when their event is recorded the store says whether that was outdated. Then the call is made again, this time with a look
/// at the version of the store, so that it is right whatever other nodes change in the meantime. Not safe for several threads.
/// </summary>
/// <param name="goesByKnownState">Whether the call goes by what this node knows; otherwise it looks at the version of the store.</param>
internal sealed class SharedCall(bool goesByKnownState)
{
    // In milliseconds. A call is answered within five seconds, and what waited for the database once may wait as long again.
    private const long MaxBeforeRecord = 2000;

    private readonly long _begin = Environment.TickCount64;
    private readonly List<StateItem> _items = [StateItem.Settings, StateItem.Everything];
    private HashSet<string>? _counted;
    private long _version = long.MaxValue;

    /// <summary>Whether the call goes by what this node knows, and may have to be made again.</summary>
    public bool GoesByKnownState => goesByKnownState;

    /// <summary>Whether the store does not know the credentials of the caller any more.</summary>
    public bool IsCallerUnknown { get; set; }

    /// <summary>What the call has read of values that may be outdated; null: nothing.</summary>
    public StateReads? Reads => !goesByKnownState || _version == long.MaxValue ? null : new StateReads(_version, _items);

    /// <summary>Whether the call has waited for the database so long that it must be answered, recorded or not.</summary>
    public bool HasWaitedTooLong => Environment.TickCount64 - _begin > MaxBeforeRecord;

    /// <summary>The call goes by a version that this node knows; the oldest counts.</summary>
    public void UseVersion(long version) => _version = Math.Min(_version, version);

    /// <summary>Notes that the call reads an item, wherever its value comes from: what is due with a key shows in both.</summary>
    public void Note(StateItem item)
    {
        // A call has few of them.
        if (!_items.Contains(item))
        {
            _items.Add(item);
        }
    }

    /// <summary>Whether the call was counted toward a quota before.</summary>
    public bool IsCounted(string counter) => _counted?.Contains(counter) == true;

    /// <summary>Notes that the call is counted toward a quota.</summary>
    public void NoteCounted(string counter) => (_counted ??= new(StringComparer.Ordinal)).Add(counter);

    /// <summary>Zeroes what is secret in a response that is not given, because the call is made again.</summary>
    public static void Discard(object response)
    {
        foreach (PropertyInfo property in response.GetType().GetProperties())
        {
            (property.GetValue(response) as KmsSecretBlob)?.Dispose();
        }
    }

    /// <summary>The call as it is made again: by a look at the store, and counted only toward quotas that it was not counted toward.</summary>
    public SharedCall Again() => new(goesByKnownState: false) { _counted = _counted };
}
