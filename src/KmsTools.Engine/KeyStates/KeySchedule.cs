namespace KmsTools.KeyStates;

/// <summary>One change that becomes due.</summary>
/// <param name="Kind">The kind of change.</param>
/// <param name="Time">When (UTC); also the timestamp of the change, however late it is made.</param>
/// <param name="KeyMaterialId">The material that expires; null for the others.</param>
internal readonly record struct DueItem(DueKind Kind, DateTimeOffset Time, string? KeyMaterialId = null);

/// <summary>When changes become due for a key. Pure functions of the key.</summary>
internal static class KeySchedule
{
    /// <summary>
    /// The next change that becomes due and is not held, or null. At equal times expiry comes before rotation and rotation before deletion.
    /// </summary>
    public static DueItem? Next(Key key)
    {
        DueItem? next = null;
        foreach (KeyMaterial material in key.Materials)
        {
            if (material is { ImportState: ImportState.IMPORTED, ValidTo: { } validTo })
            {
                Consider(ref next, new DueItem(DueKind.MaterialExpiry, validTo, material.KeyMaterialId));
            }
        }

        // A disabled key and a key pending deletion are not rotated; their schedule is kept. Replicas rotate with their primary.
        if (key is
            {
                Rotation: { } rotation, IsRotationHeld: false, IsEnabled: true, IsPendingDeletion: false,
                MultiRegionKeyType: not MultiRegionKeyType.REPLICA,
            })
        {
            Consider(ref next, new DueItem(DueKind.Rotation, rotation.NextRotationDate));
        }

        if (key is { DeletionDate: { } deletionDate, IsDeletionHeld: false })
        {
            Consider(ref next, new DueItem(DueKind.Deletion, deletionDate));
        }

        return next;
    }

    /// <summary>When the automatic rotations of a key are due, earliest first. Such a key has nothing else that is due.</summary>
    /// <param name="rotation">The schedule.</param>
    /// <param name="now">The current time (UTC).</param>
    /// <param name="explained">The time up to which the passage of time is explained (UTC): of those due later, only the first.</param>
    /// <param name="max">The maximum number.</param>
    public static List<DateTimeOffset> Rotations(RotationSchedule rotation, DateTimeOffset now, DateTimeOffset explained, int max)
    {
        List<DateTimeOffset> times = [];
        DateTimeOffset time = rotation.NextRotationDate;
        while (time <= now && times.Count < max)
        {
            times.Add(time);
            if (time > explained)
            {
                break;
            }

            time = time.AddDays(rotation.PeriodInDays);
        }

        return times;
    }

    /// <summary>All changes that are to come, as the key is now, in the order in which they become due.</summary>
    public static IEnumerable<DueItem> All(Key key)
    {
        // Whatever becomes due first may change the key: only what comes before its deletion can happen.
        Key rest = key;
        while (Next(rest) is { } item)
        {
            yield return item;
            if (item.Kind == DueKind.Deletion)
            {
                yield break;
            }

            rest = item.Kind == DueKind.Rotation
                ? rest with { Rotation = null }
                : rest with { Materials = [.. rest.Materials.Where(material => material.KeyMaterialId != item.KeyMaterialId)] };
        }
    }

    private static void Consider(ref DueItem? next, DueItem candidate)
    {
        if (next is not { } earlier || candidate.Time < earlier.Time)
        {
            next = candidate;
        }
    }
}
