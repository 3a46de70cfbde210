using System.Globalization;
using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using static KmsTools.AuditNames;

namespace KmsTools.AccessKeys;

/// <summary>
/// Counts requests whose signatures were refused, and records them: one event for each access key and error at a time, however many there
/// were, so that strangers cannot fill a disk with them. Safe for use by many threads.
/// </summary>
public sealed class RefusedSignatures
{
    /// <summary>The maximum number of pairs of an access key and an error that are distinguished between two recordings.</summary>
    public const int MaxDistinct = 100;

    /// <summary>The access key in the event of those that are not distinguished.</summary>
    public const string Others = "others";

    // AWS has access keys of 16 to 128 characters; a stranger may claim anything.
    private const int MaxAccessKey = 128;

    private readonly IStateStore _store;
    private readonly SnapshotCache _snapshots;
    private readonly StoreClock _clock;
    private readonly Lock _recording = new();
    private readonly Lock _gate = new();

    // Guarded by the gate.
    private Dictionary<(string AccessKeyId, string ErrorCode), Tally> _noted = [];

    internal RefusedSignatures(IStateStore store, SnapshotCache snapshots, StoreClock clock)
    {
        _store = store;
        _snapshots = snapshots;
        _clock = clock;
    }

    /// <summary>Notes that a signature was refused.</summary>
    /// <param name="accessKeyId">The access key that the request claims.</param>
    /// <param name="errorCode">The error that it is answered with.</param>
    /// <param name="sourceIPAddress">Where it came from.</param>
    /// <returns>How many there were of this access key and error since they were recorded.</returns>
    public long Note(string accessKeyId, string errorCode, string sourceIPAddress)
    {
        ArgumentNullException.ThrowIfNull(accessKeyId);
        lock (_gate)
        {
            (string, string) name = (EventLimits.Cut(accessKeyId, MaxAccessKey), errorCode);
            if (!_noted.ContainsKey(name) && _noted.Count >= MaxDistinct)
            {
                name = (Others, errorCode);
            }

            Tally tally = _noted.TryGetValue(name, out Tally? before)
                ? before with { Count = before.Count + 1, LastAddress = sourceIPAddress }
                : new Tally(1, sourceIPAddress, null);
            _noted[name] = tally;
            return tally.Count;
        }
    }

    /// <summary>Records what was noted since the last time.</summary>
    /// <exception cref="StateStoreException">The events cannot be recorded; they will be the next time.</exception>
    public void Record()
    {
        lock (_recording)
        {
            Dictionary<(string AccessKeyId, string ErrorCode), Tally> noted;
            lock (_gate)
            {
                if (_noted.Count == 0)
                {
                    return;
                }

                noted = _noted;
                _noted = [];
            }

            try
            {
                Record(noted);
            }
            finally
            {
                KeepUnrecorded(noted);
            }
        }
    }

    // Those that are recorded are removed.
    private void Record(Dictionary<(string AccessKeyId, string ErrorCode), Tally> noted)
    {
        DateTimeOffset now;
        using (IStateReader state = _snapshots.Open())
        {
            now = _clock.Now(state);
        }

        foreach (((string AccessKeyId, string ErrorCode) name, Tally tally) in noted.ToArray())
        {
            long count = tally.Count - CountInLog(tally.Attempt);
            if (count > 0)
            {
                AuditRecord record = AuditWriter.Service(SignaturesRefused, _store.Properties, now, new Dictionary<string, string?>
                {
                    [Members.AccessKeyId] = name.AccessKeyId,
                    [Members.ErrorCode] = name.ErrorCode,
                    [Members.Count] = count.ToString(CultureInfo.InvariantCulture),
                    [Members.LastSourceIPAddress] = tally.LastAddress,
                });
                noted[name] = new Tally(count, tally.LastAddress, new Attempt(record, count));
                _store.Events.Append(record);
            }

            noted.Remove(name);
        }
    }

    // The event of an attempt that failed may be in the log all the same: only its answer was lost on the way.
    private long CountInLog(Attempt? attempt) => attempt is not null && _store.Events.Query(new EventQuery
    {
        EventName = SignaturesRefused,
        After = attempt.Record.Time.AddMilliseconds(-1),
        Before = attempt.Record.Time,
    }).Any(found => found.EventId == attempt.Record.EventId) ? attempt.Count : 0;

    private void KeepUnrecorded(Dictionary<(string AccessKeyId, string ErrorCode), Tally> noted)
    {
        lock (_gate)
        {
            foreach (((string AccessKeyId, string ErrorCode) name, Tally tally) in noted)
            {
                _noted[name] = _noted.TryGetValue(name, out Tally? later)
                    ? later with { Count = later.Count + tally.Count, Attempt = tally.Attempt }
                    : tally;
            }
        }
    }

    private sealed record Tally(long Count, string LastAddress, Attempt? Attempt);

    private sealed record Attempt(AuditRecord Record, long Count);
}
