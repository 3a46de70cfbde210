using System.Globalization;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools;

/// <summary>
/// The root key of a store, which wraps all that is secret in it. What AWS KMS has in its place are the domain keys of its HSMs, which AWS
/// rotates and never shows.
/// </summary>
public sealed partial class RootKeyRegistry
{
    private readonly IStateStore _store;
    private readonly SnapshotCache _snapshots;
    private readonly RootKeyRotation _rotation;
    private readonly HsmConnections _hsms;
    private readonly Administration _administration;

    internal RootKeyRegistry(
        IStateStore store, SnapshotCache snapshots, RootKeyRotation rotation, HsmConnections hsms, Administration administration)
    {
        _store = store;
        _snapshots = snapshots;
        _rotation = rotation;
        _hsms = hsms;
        _administration = administration;
    }

    /// <summary>Which generation the store uses, and when it gets the next.</summary>
    public RootKeyState Read()
    {
        using IStateReader state = _snapshots.Open();
        return state.ReadRootKey();
    }

    /// <summary>
    /// Makes a new generation, wraps everything again and destroys the former one. Calls of all processes go on in the meantime. If this
    /// process dies, the next one that has the store open goes on.
    /// </summary>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <returns>The state after it.</returns>
    /// <exception cref="StateStoreException">root.key cannot be written.</exception>
    public RootKeyState Rotate(Caller? caller = null)
    {
        // One that is in progress may have begun before what the caller wants to be safe from.
        _rotation.Finish();
        _administration.Do(new AdministrativeAct(AuditNames.RotateRootKey, caller), (context, transaction) =>
        {
            (RootKeyState before, RootKeyState after) = RootKeyRotation.Begin(transaction, context.Now);
            context.AdditionalEventData[Members.From] = before.Generation.ToString(CultureInfo.InvariantCulture);
            context.ResponseElements[Members.To] = after.Generation.ToString(CultureInfo.InvariantCulture);
            return true;
        });
        _rotation.Finish();
        return Read();
    }

    /// <summary>Sets after how many days the store makes the next generation by itself.</summary>
    /// <param name="days">1-3650 days after the present one was made; 0 for never, as in a new store.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="ArgumentOutOfRangeException">The days are negative or more than 3650.</exception>
    public RootKeyState SetRotationPeriod(int days, Caller? caller = null)
    {
        AdministrativeAct act = new AdministrativeAct(AuditNames.SetRootKey, caller).With(Members.RotationPeriodInDays, days);
        _administration.Do(act, (context, transaction) =>
        {
            ArgumentOutOfRangeException.ThrowIfNegative(days);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(days, RootKeyState.MaxRotationPeriodInDays);
            int before = transaction.ReadRootKey().RotationPeriodInDays ?? 0;
            context.AdditionalEventData[Members.From] = before.ToString(CultureInfo.InvariantCulture);
            transaction.WriteRootKeyRotationPeriod(days == 0 ? null : days);
            return true;
        });
        return Read();
    }
}
