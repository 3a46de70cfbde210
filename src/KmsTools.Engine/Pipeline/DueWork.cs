using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.KeyStates;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>
/// Performs what becomes due, in the whole store, in the order of the due times and with those times as its timestamps: expiry of imported
/// material, automatic rotation, deletion. Every call runs it before it reads a key, so no caller sees a stale state. Where the time that
/// passed is not explained, all of it takes effect, but nothing is destroyed, and each key rotates only once.
/// </summary>
internal sealed class DueWork(SoftwareKeyStore software, TimeGuard guard, StateStoreProperties properties)
{
    /// <summary>The maximum number of items in one transaction: others wait for it.</summary>
    public const int MaxItems = 250;

    /// <summary>Performs what is due, within a transaction.</summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="now">The current time (UTC).</param>
    /// <param name="isCall">Whether it is that of a call, which looks at the clock only if it has news or something is due.</param>
    /// <param name="changes">Gets what was done; null if it is of no interest.</param>
    /// <returns>The number of items, and whether a further transaction may find more.</returns>
    public (int Done, bool HasMore) Apply(
        IStateTransaction transaction, DateTimeOffset now, bool isCall = false, ICollection<DueChange>? changes = null)
    {
        DateTimeOffset explained = DateTimeOffset.MaxValue;
        bool isHolding = false;
        int done = 0;
        bool isDue = transaction.ReadEarliestDue() <= now;
        if (transaction.ReadSimulatedTime() is null && (!isCall || guard.IsNews(now) || isDue))
        {
            TimeLook look = guard.Look(transaction, now);
            explained = look.After.IsExplained ? now : look.After.Explained;
            isHolding = look.After.EarliestHeld is not null;
            if (look.After.HasHeld)
            {
                done = HeldWork.Settle(transaction, look, now, explained, MaxItems, properties);
                isDue = true;
            }
        }

        while (isDue && done < MaxItems && transaction.FindDueKey(now) is { } key && KeySchedule.Next(key) is { } due)
        {
            transaction.ChangeTime = due.Time;
            bool isHeld = due.Kind != DueKind.Rotation && due.Time > explained;
            if (isHeld && !isHolding)
            {
                transaction.Append(HeldWork.Event(AuditNames.ClockUnexplained, properties, now, explained));
                isHolding = true;
            }

            if (due.Kind != DueKind.Rotation)
            {
                changes?.Add(DueChange.Of(key, due, transaction));
            }

            done += due.Kind switch
            {
                DueKind.MaterialExpiry => Expire(transaction, key, due, isHeld),
                DueKind.Rotation => Rotate(transaction, key, now, explained, MaxItems - done, changes),
                DueKind.Deletion when isHeld => HeldWork.HoldDeletion(transaction, key),
                DueKind.Deletion => Delete(transaction, key, due.Time),
                _ => throw new InvalidOperationException($"Unknown due item {due.Kind}."),
            };
        }

        return (done, done >= MaxItems);
    }

    private static int Expire(IStateTransaction transaction, Key key, DueItem due, bool isHeld)
    {
        if (isHeld)
        {
            HeldWork.HoldMaterial(transaction, key, due);
        }

        MultiRegionKeys.DropMaterial(transaction, key, due.KeyMaterialId!, due.Time);
        Dictionary<string, string?> details = new() { ["keyId"] = key.KeyId };
        if (key.VisibleMaterialId(due.KeyMaterialId) is { } keyMaterialId)
        {
            details["keyMaterialId"] = keyMaterialId;
        }

        transaction.Append(AuditWriter.Service("DeleteExpiredKeyMaterial", key, due.Time, details));
        return 1;
    }

    private static int Delete(IStateTransaction transaction, Key key, DateTimeOffset time)
    {
        ImmutableArray<string> aliases = !key.IsInHsms ? []
            : [.. transaction.ListAliases(key.Region, key.KeyId, null, int.MaxValue).Select(static alias => alias.AliasName)];
        transaction.DeleteKey(key);
        MultiRegionKeys.Deleted(transaction, key, time);
        if (!key.IsInHsms)
        {
            transaction.AddKeyMaterialFact(new(KeyMaterialFactKind.DELETED, key.Region, key.KeyId, time, "", ""));
            transaction.Append(
                AuditWriter.Deletion(
                    key,
                    time,
                    key.XksKeyId is not { } xksKeyId ? null : new Dictionary<string, string>
                    {
                        [AuditNames.Members.CustomKeyStoreId] = key.CustomKeyStoreId!,
                        [AuditNames.Members.XksKeyId] = xksKeyId,
                    }));
        }
        else
        {
            BackingKeyDeletion.Begin(transaction, key, aliases, time);
        }

        return 1;
    }

    private int Rotate(
        IStateTransaction transaction, Key key, DateTimeOffset now, DateTimeOffset explained, int max, ICollection<DueChange>? changes)
    {
        List<DateTimeOffset> times = KeySchedule.Rotations(key.Rotation!, now, explained, max);
        if (changes is not null)
        {
            times.ForEach(time => changes.Add(DueChange.Of(key, new DueItem(DueKind.Rotation, time), transaction)));
        }

        if (times[^1] > explained)
        {
            key = key with { IsRotationHeld = true };
        }

        // The last one is a change of its own: a call that does not see it yet sees those before.
        if (times.Count > 1)
        {
            transaction.ChangeTime = times[^2];
            key = MultiRegionKeys.RotateOnSchedule(transaction, software, key, times[..^1]);
        }

        transaction.ChangeTime = times[^1];
        _ = MultiRegionKeys.RotateOnSchedule(transaction, software, key, times[^1..]);
        return times.Count;
    }
}
