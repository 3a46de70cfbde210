using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools;

/// <summary>
/// How far a store trusts its clock. What is due takes effect at once, but keys and key material are destroyed only when the time that
/// passed is explained: a clock that is wrong for a moment destroys nothing. Simulated clocks are always trusted.
/// </summary>
public sealed class ClockTrust
{
    /// <summary>The longest uptime that can be required: 30 days.</summary>
    public static readonly TimeSpan MaxRequiredUptime = TimeSpan.FromDays(30);

    private readonly StateStoreProperties _properties;
    private readonly StoreClock _clock;
    private readonly SnapshotCache _snapshots;
    private readonly TimeGuard _guard;
    private readonly Maintenance _maintenance;
    private readonly Administration _administration;

    internal ClockTrust(
        StateStoreProperties properties,
        StoreClock clock,
        SnapshotCache snapshots,
        TimeGuard guard,
        Maintenance maintenance,
        Administration administration)
    {
        _properties = properties;
        _clock = clock;
        _snapshots = snapshots;
        _guard = guard;
        _maintenance = maintenance;
        _administration = administration;
    }

    /// <summary>Performs in the store what has become due, and tells what is known about the clock then. Asks no HSM.</summary>
    public ClockStatus Read()
    {
        _maintenance.CatchUp();
        using IStateReader state = _snapshots.Open();
        DateTimeOffset now = _clock.Now(state);
        bool isSimulated = state.ReadSimulatedTime() is not null;
        StoreTime time = isSimulated ? state.ReadStoreTime() : _guard.Preview(state, now);
        bool isExplained = isSimulated || time.IsExplained;
        TimeSpan left = time.RequiredUptime - time.Uptime;
        return new ClockStatus
        {
            UtcNow = now,
            IsSimulated = isSimulated,
            GreatestTime = isSimulated ? now : time.Greatest,
            IsExplained = isExplained,
            UnexplainedSince = isExplained ? null : time.UnexplainedSince,
            RequiredUptime = time.RequiredUptime,
            UptimeLeft = isExplained ? TimeSpan.Zero : left > TimeSpan.Zero ? left : TimeSpan.Zero,
            Waiting = Waiting(state),
        };
    }

    /// <summary>
    /// Confirms that the clock is right, so that what waits for that is destroyed now. Does nothing else, and nothing where all time is
    /// explained.
    /// </summary>
    /// <param name="caller">The caller who confirms it; null for the user of the operating system.</param>
    public void Confirm(Caller? caller = null)
    {
        _maintenance.CatchUp();
        _administration.Do(new AdministrativeAct(AuditNames.ConfirmClock, caller), (context, transaction) =>
        {
            context.ResponseElements[Members.Items] = Waiting(transaction).Length.ToString(CultureInfo.InvariantCulture);
            context.AdditionalEventData[Members.Clock] = HeldWork.Text(context.Now);
            if (transaction.ReadSimulatedTime() is null)
            {
                StoreTime time = _guard.Look(transaction, context.Now).After;
                context.AdditionalEventData[Members.ExplainedTime] = HeldWork.Text(time.Explained);
                transaction.WriteStoreTime(ExplainedTime.Confirm(time));
            }

            return true;
        });
        _maintenance.Run();
    }

    /// <summary>Sets how long processes must have the store open before a clock that is ahead is believed.</summary>
    /// <param name="uptime">From zero, which believes the clock at once, to 30 days. One hour in a new store.</param>
    /// <param name="caller">The caller who sets it; null for the user of the operating system.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative or longer than 30 days.</exception>
    public void SetRequiredUptime(TimeSpan uptime, Caller? caller = null)
    {
        AdministrativeAct act = new AdministrativeAct(AuditNames.SetClock, caller)
            .With(Members.RequiredUptime, uptime.ToString("c", CultureInfo.InvariantCulture));
        _administration.Do(act, (_, transaction) =>
        {
            if (uptime < TimeSpan.Zero || uptime > MaxRequiredUptime)
            {
                throw new ArgumentOutOfRangeException(nameof(uptime), "The required uptime is at least 0 and at most 30 days.");
            }

            // Whole milliseconds, as they are stored.
            transaction.WriteStoreTime(transaction.ReadStoreTime() with
            {
                RequiredUptime = TimeSpan.FromMilliseconds(Math.Floor(uptime.TotalMilliseconds)),
            });
            return true;
        });
        _maintenance.Run();
    }

    private ImmutableArray<HeldDestruction> Waiting(IStateReader state) =>
    [
        .. state.ListHeldKeys().Select(key => new HeldDestruction(
            KeyIdentifier.KeyArn(key.Region, _properties.AccountId, key.KeyId), null, key.Due))
            .Concat(state.ListHeldMaterials().Select(held => new HeldDestruction(
                KeyIdentifier.KeyArn(held.Region, _properties.AccountId, held.KeyId), held.Material.KeyMaterialId, held.Due)))
            .OrderBy(static item => item.DueDate),
    ];
}
