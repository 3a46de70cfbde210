namespace KmsTools.KeyStates;

/// <summary>Keys as they were, for calls that do not see the latest changes yet. Pure functions.</summary>
internal static class PastKey
{
    /// <summary>
    /// A key as it was, able to work: with the bytes that its materials have now. Destroyed bytes do not come back, not even for calls that
    /// do not see the destruction: for those, the key as it is now, so that they are refused as they will be later.
    /// </summary>
    /// <param name="past">The key as it was.</param>
    /// <param name="present">The key as it is; null if it is deleted.</param>
    public static Key? WithMaterialOf(this Key past, Key? present)
    {
        if (present is null || past.Materials.Any(material => IsGone(material, present)))
        {
            return present;
        }

        return past with
        {
            Materials =
            [
                .. past.Materials.Select(
                    material => material with { Wrapped = present.FindMaterial(material.KeyMaterialId)?.Wrapped ?? [] }),
            ],
        };
    }

    // Material that is not permanent is never used.
    private static bool IsGone(KeyMaterial material, Key present) => material is { IsPermanent: true, ImportState: ImportState.IMPORTED }
        && present.FindMaterial(material.KeyMaterialId) is not { ImportState: ImportState.IMPORTED };
}
