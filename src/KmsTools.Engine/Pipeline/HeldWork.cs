using System.Globalization;
using KmsTools.Auditing;
using KmsTools.KeyStates;
using KmsTools.Operations;
using KmsTools.Persistence;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.Pipeline;

/// <summary>
/// What is due and waits until the time that passed is explained: deletions of keys, whose waiting period is over; the bytes of imported
/// material, which the key no longer has; rotations after the first. None of it is found by <see cref="IStateReader.FindDueKey"/>.
/// </summary>
internal static class HeldWork
{
    /// <summary>Lets the deletion of a key wait.</summary>
    /// <returns>The number of items: 1.</returns>
    public static int HoldDeletion(IStateTransaction transaction, Key key)
    {
        transaction.UpdateKey(key with { IsDeletionHeld = true });
        return 1;
    }

    /// <summary>Keeps the bytes of a material that is about to be dropped, and those that related keys lose with it.</summary>
    public static void HoldMaterial(IStateTransaction transaction, Key key, DueItem due)
    {
        string id = due.KeyMaterialId!;
        foreach (Key losing in MultiRegionKeys.OthersThatLose(transaction, key, id).Add(key))
        {
            if (losing.FindMaterial(id) is { ImportState: ImportState.IMPORTED } material)
            {
                transaction.HoldMaterial(new HeldMaterial(losing.Region, losing.KeyId, due.Time, material));
            }
        }
    }

    /// <summary>
    /// Discards for good what waits of a material that its owner imports again or deletes, and of the material whose place it takes.
    /// </summary>
    /// <param name="transaction">The transaction.</param>
    /// <param name="key">The key.</param>
    /// <param name="material">The material, as it is now.</param>
    public static void Discard(IStateTransaction transaction, Key key, KeyMaterial material)
    {
        foreach (HeldMaterial held in transaction.ListHeldMaterials())
        {
            bool isSame = held.Material.KeyMaterialId == material.KeyMaterialId && held.Region == key.Region;
            bool isReplaced = !held.Material.IsPermanent && !material.IsPermanent;
            if (held.KeyId == key.KeyId && (isSame || isReplaced))
            {
                transaction.DeleteHeldMaterial(held);
            }
        }
    }

    /// <summary>
    /// Gives back what is not due any more, because the clock went back, and lets go of what is explained: bytes are erased, and keys
    /// become due again, to be deleted or rotated.
    /// </summary>
    /// <returns>The number of items.</returns>
    public static int Settle(
        IStateTransaction transaction,
        TimeLook look,
        DateTimeOffset now,
        DateTimeOffset explained,
        int max,
        StateStoreProperties properties)
    {
        int done = 0;
        if (look.HasBecomeExplained && look.After.EarliestHeld is not null)
        {
            transaction.Append(Event(AuditNames.ClockExplained, properties, now, look.Before.Explained));
        }

        transaction.ChangeTime = now;
        foreach (HeldMaterial held in transaction.ListHeldMaterials())
        {
            if (done < max && (held.Due > now || held.Due <= explained))
            {
                Settle(transaction, held, now);
                done++;
            }
        }

        foreach (HeldKey held in transaction.ListHeldKeys())
        {
            if (done < max && (held.Due > now || held.Due <= explained))
            {
                Settle(transaction, held, now);
                done++;
            }
        }

        if (look.After is { IsExplained: true, HasHeldRotations: true })
        {
            foreach ((string region, string keyId) in transaction.ListHeldRotations().Take(max - done))
            {
                transaction.UpdateKey(transaction.FindKey(region, keyId)! with { IsRotationHeld = false });
                done++;
            }
        }

        return done;
    }

    /// <summary>An event about the clock.</summary>
    /// <param name="name">What happened.</param>
    /// <param name="properties">The store.</param>
    /// <param name="now">The clock (UTC).</param>
    /// <param name="explained">The time up to which the passage of time was explained (UTC).</param>
    public static AuditRecord Event(string name, StateStoreProperties properties, DateTimeOffset now, DateTimeOffset explained) =>
        AuditWriter.Service(name, properties, now, new Dictionary<string, string?>
        {
            [Members.Clock] = Text(now),
            [Members.ExplainedTime] = Text(explained),
        });

    /// <summary>A time as events tell it.</summary>
    public static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);

    private static void Settle(IStateTransaction transaction, HeldMaterial held, DateTimeOffset now)
    {
        transaction.DeleteHeldMaterial(held);
        if (held.Due > now && transaction.FindKey(held.Region, held.KeyId) is { } key && key.Restore(held.Material) is { } restored)
        {
            transaction.UpdateKey(restored);
            MultiRegionKeys.SettlePending(transaction, restored);
            Dictionary<string, string?> details = new() { [Members.KeyId] = key.KeyId };
            if (restored.VisibleMaterialId(held.Material.KeyMaterialId) is { } keyMaterialId)
            {
                details[Members.KeyMaterialId] = keyMaterialId;
            }

            transaction.Append(AuditWriter.Service(AuditNames.RestoreExpiredKeyMaterial, key, now, details));
        }
    }

    private static void Settle(IStateTransaction transaction, HeldKey held, DateTimeOffset now)
    {
        Key key = transaction.FindKey(held.Region, held.KeyId)!;
        transaction.UpdateKey(key with { IsDeletionHeld = false });
        if (held.Due > now)
        {
            transaction.Append(AuditWriter.Service(
                AuditNames.ResumeWaitingPeriod, key, now, new Dictionary<string, string?> { [Members.KeyId] = key.KeyId }));
        }
    }
}
