namespace KmsTools.KeyStates;

/// <summary>The kinds of changes that become due for a key.</summary>
internal enum DueKind
{
    /// <summary>An imported material expires.</summary>
    MaterialExpiry,

    /// <summary>The automatic rotation.</summary>
    Rotation,

    /// <summary>The waiting period before deletion is over.</summary>
    Deletion,
}

/// <summary>One change that becomes due.</summary>
/// <param name="Kind">The kind of change.</param>
/// <param name="Time">When (UTC); also the timestamp of the change, however late it is made.</param>
/// <param name="KeyMaterialId">The material that expires; null for the others.</param>
internal readonly record struct DueItem(DueKind Kind, DateTimeOffset Time, string? KeyMaterialId = null);

/// <summary>When changes become due for a key. Pure functions of the key.</summary>
internal static class KeySchedule
{
    /// <summary>
    /// The next change that becomes due, or null. At equal times expiry comes before rotation and rotation before deletion.
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
            { Rotation: { } rotation, IsEnabled: true, IsPendingDeletion: false, MultiRegionKeyType: not MultiRegionKeyType.REPLICA })
        {
            Consider(ref next, new DueItem(DueKind.Rotation, rotation.NextRotationDate));
        }

        if (key.DeletionDate is { } deletionDate)
        {
            Consider(ref next, new DueItem(DueKind.Deletion, deletionDate));
        }

        return next;
    }

    private static void Consider(ref DueItem? next, DueItem candidate)
    {
        if (next is not { } earlier || candidate.Time < earlier.Time)
        {
            next = candidate;
        }
    }
}
