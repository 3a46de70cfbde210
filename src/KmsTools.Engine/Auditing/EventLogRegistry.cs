using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.Auditing;

/// <summary>The event log of a store: what it keeps, what it consists of, and whether it is what was written.</summary>
public sealed class EventLogRegistry
{
    /// <summary>The highest maximum age in days: a hundred years.</summary>
    public const int MaxMaxAgeInDays = 36_500;

    /// <summary>The lowest maximum size in bytes: 1 MiB.</summary>
    public const long MinMaxSizeInBytes = 1 << 20;

    private readonly IStateStore _store;
    private readonly StoreClock _clock;
    private readonly Administration _administration;

    internal EventLogRegistry(IStateStore store, StoreClock clock, Administration administration)
    {
        _store = store;
        _clock = clock;
        _administration = administration;
        store.Events.SegmentCompleted = () => DropExcess(null);
        if (store.LostChanges is { } lost)
        {
            Record(lost);
        }

        foreach (EventLogRepair repair in store.Events.Repairs)
        {
            Record(repair);
        }
    }

    /// <summary>What the log keeps, and when it is on the disk.</summary>
    public EventLogSettings ReadSettings()
    {
        using IStateReader state = _store.OpenReader();
        return state.ReadEventLog();
    }

    /// <summary>All segments of the log, with those that were dropped, in the order of their numbers.</summary>
    public ImmutableArray<EventSegment> ListSegments() => _store.Events.ListSegments();

    /// <summary>Verifies every event of all segments, and the catalogue, which comes first.</summary>
    /// <param name="heads">
    /// Segments as they were listed at an earlier time and kept elsewhere: their number, their number of events and their head.
    /// </param>
    public IEnumerable<EventSegmentVerification> Verify(IReadOnlyCollection<EventSegment> heads)
    {
        ArgumentNullException.ThrowIfNull(heads);
        return _store.Events.Verify(heads);
    }

    /// <summary>The segments that <see cref="Set"/> would drop, oldest first. Drops nothing.</summary>
    /// <param name="maxAgeInDays">The maximum age; 0 to keep all, null for that of now.</param>
    /// <param name="maxSizeInBytes">The maximum size; 0 to keep all, null for that of now.</param>
    public ImmutableArray<EventSegment> PreviewSet(int? maxAgeInDays, long? maxSizeInBytes) =>
        FindExcess(After(ReadSettings(), null, maxAgeInDays, maxSizeInBytes));

    /// <summary>Changes what the log keeps, and drops what is too much; or when events are on the disk.</summary>
    /// <param name="syncsEveryGroup">Whether every event is on the disk before its call is answered; null to leave it.</param>
    /// <param name="maxAgeInDays">The maximum age, 1-36500; 0 to keep all, null to leave it.</param>
    /// <param name="maxSizeInBytes">The maximum size, from 1 MiB; 0 to keep all, null to leave it.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    public EventLogSettings Set(bool? syncsEveryGroup, int? maxAgeInDays, long? maxSizeInBytes, Caller? caller = null)
    {
        AdministrativeAct act = new AdministrativeAct(AuditNames.SetEventLog, caller)
            .With(Members.SyncsEveryGroup, syncsEveryGroup)
            .With(Members.MaxAgeInDays, maxAgeInDays)
            .With(Members.MaxSizeInBytes, maxSizeInBytes);
        EventLogSettings settings = _administration.Do(act, (context, transaction) =>
        {
            ArgumentOutOfRangeException.ThrowIfNegative(maxAgeInDays ?? 0, nameof(maxAgeInDays));
            ArgumentOutOfRangeException.ThrowIfGreaterThan(maxAgeInDays ?? 0, MaxMaxAgeInDays, nameof(maxAgeInDays));
            if (maxSizeInBytes is not (null or 0))
            {
                ArgumentOutOfRangeException.ThrowIfLessThan(maxSizeInBytes.Value, MinMaxSizeInBytes, nameof(maxSizeInBytes));
            }

            EventLogSettings after = After(transaction.ReadEventLog(), syncsEveryGroup, maxAgeInDays, maxSizeInBytes);
            transaction.WriteEventLog(after);
            return after;
        });
        DropExcess(caller);
        return settings;
    }

    private static EventLogSettings After(EventLogSettings before, bool? syncsEveryGroup, int? maxAgeInDays, long? maxSizeInBytes) => new()
    {
        SyncsEveryGroup = syncsEveryGroup ?? before.SyncsEveryGroup,
        MaxAgeInDays = maxAgeInDays is null ? before.MaxAgeInDays : maxAgeInDays == 0 ? null : maxAgeInDays,
        MaxSizeInBytes = maxSizeInBytes is null ? before.MaxSizeInBytes : maxSizeInBytes == 0 ? null : maxSizeInBytes,
    };

    private ImmutableArray<EventSegment> FindExcess(EventLogSettings settings)
    {
        if (settings is { MaxAgeInDays: null, MaxSizeInBytes: null })
        {
            return [];
        }

        using IStateReader state = _store.OpenReader();
        return _store.Events.FindExcess(settings, _clock.Now(state));
    }

    // First of all: the commit with this event is the one that makes the loss permanent.
    private void Record(LostChanges lost) => _administration.Do(
        new AdministrativeAct(AuditNames.AcceptLostChanges, null)
            .With(Members.LastChange, lost.Kept)
            .With(Members.LostChanges, lost.Count),
        static (_, _) => true);

    private void Record(EventLogRepair repair)
    {
        AdministrativeAct act = new AdministrativeAct(AuditNames.RepairEventLog, null)
            .With(Members.Segment, repair.Segment)
            .With(Members.Position, repair.Position)
            .With(Members.Bytes, repair.Bytes)
            .With(Members.IsDamaged, repair.IsDamaged)
            .With(Members.MissingEvents, repair.MissingEvents);
        try
        {
            _administration.Do(act, static (_, _) => true);
        }
        catch (StateStoreException)
        {
            // The catalogue of the log says it too. A full disk must not keep the store from being opened.
        }
    }

    // The event comes first: what is dropped is recorded, whenever the process is killed.
    private void DropExcess(Caller? caller)
    {
        EventLogSettings settings = ReadSettings();
        ImmutableArray<EventSegment> excess = FindExcess(settings);
        if (excess.IsEmpty)
        {
            return;
        }

        AdministrativeAct act = new AdministrativeAct(AuditNames.DropEvents, caller)
            .With(Members.MaxAgeInDays, settings.MaxAgeInDays)
            .With(Members.MaxSizeInBytes, settings.MaxSizeInBytes);
        _administration.Do(act, (context, _) =>
        {
            context.AdditionalEventData[Members.Segments] = string.Join(
                ", ", excess.Select(static segment => segment.Number.ToString(CultureInfo.InvariantCulture)));
            context.AdditionalEventData[Members.Items] = excess.Sum(static segment => segment.Events)
                .ToString(CultureInfo.InvariantCulture);
            context.AdditionalEventData[Members.FirstTime] = Text(excess.Min(static segment => segment.FirstTime));
            context.AdditionalEventData[Members.LastTime] = Text(excess.Max(static segment => segment.LastTime));
            return true;
        });
        _store.Events.Drop(excess);
    }

    private static string Text(DateTime? time) => time?.ToString("O", CultureInfo.InvariantCulture) ?? "";
}
