using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>
/// What a user of PowerShell can do about key material that is missing or pending, given the key: commands to paste, where a file has the
/// bytes.
/// </summary>
internal static class MaterialAdvice
{
    /// <summary>What to do about an error; null if it is not about imported key material. Never fails.</summary>
    /// <param name="error">The error.</param>
    /// <param name="engine">Finds the engine to inspect.</param>
    /// <param name="sessionRegion">Finds the Region of commands that name none.</param>
    public static string? Of(KmsException error, Func<KmsEngine> engine, Func<string> sessionRegion)
    {
        if (error is not
            {
                KeyArn: { } arn,
                Cause: ErrorCause.PendingImport or ErrorCause.PendingDeletion or ErrorCause.PendingReplicaDeletion
                    or ErrorCause.NoMaterialPendingRotation or ErrorCause.OtherMaterialPendingRotation,
            })
        {
            return null;
        }

        try
        {
            using IStateReader state = engine().OpenReader();
            string where = sessionRegion();
            return state.FindKey(Views.Region(arn), Views.KeyId(arn)) is not { } key ? null : error.Cause switch
            {
                ErrorCause.PendingImport => OfMissing(key, where),
                ErrorCause.PendingDeletion or ErrorCause.PendingReplicaDeletion => OfDeletion(key, where),
                ErrorCause.NoMaterialPendingRotation => OfNone(state, key, where),
                _ => OfOther(state, key, where),
            };
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The error that is being reported matters more than this.
            return null;
        }
    }

    // A key that lacks material is enabled by the import, and not before.
    private static string? OfDeletion(Key key, string sessionRegion) => key is { Origin: OriginType.EXTERNAL, LacksMaterial: true }
        ? $"Stop-KmsKeyDeletion {key.KeyId}{Region(key.Region, sessionRegion)} keeps the key. {OfMissing(key, sessionRegion)}"
        : null;

    private static string OfMissing(Key key, string sessionRegion)
    {
        int missing = key.Materials.Count(static material => material is { IsPermanent: true, ImportState: ImportState.PENDING_IMPORT });
        string what = key.MultiRegionKeyType == MultiRegionKeyType.REPLICA ? "the same bytes as into its primary key"
            : key.Materials.IsEmpty ? "the key material"
            : missing > 1 ? $"the same bytes as before, of each of the {missing} key materials that it lacks"
            : "the same bytes as before";
        return $"Import {what}, such as from key.bin: {Import(key, key.Region, sessionRegion)}";
    }

    private static string OfNone(IStateReader state, Key key, string sessionRegion)
    {
        string[] lacking = Lacking(state, key);
        return lacking.Length == 0
            ? "Import new key material first, such as from new.bin: "
                + Import(key, key.Region, sessionRegion, "new.bin", " -ImportType NEW_KEY_MATERIAL")
            : $"Import the pending key material into the replicas that lack it first, such as from new.bin: "
                + string.Join("; ", lacking.Select(region => Import(key, region, sessionRegion, "new.bin")));
    }

    private static string OfOther(IStateReader state, Key key, string sessionRegion)
    {
        string name = key.KeyId + Region(key.Region, sessionRegion);
        string[] lacking = Lacking(state, key);
        string use = lacking.Length == 0
            ? $"Start-KmsRotateKeyOnDemand {name} makes the pending key material current"
            : $"The pending key material can become current once the replicas in {string.Join(", ", lacking)} have it too";
        return $"{use}; Remove-KmsImportedKeyMaterial {name} -KeyMaterialId {key.PendingMaterial?.KeyMaterialId} deletes it.";
    }

    // The Regions of the replicas that do not have the material that is pending in their primary.
    private static string[] Lacking(IStateReader state, Key key) =>
        key.PendingMaterial is not { State: KeyMaterialState.PENDING_MULTI_REGION_IMPORT_AND_ROTATION } pending ? []
        : [
            .. key.RelatedKeys.Select(static related => related.Region).Where(region => state.FindKey(region, key.KeyId)
                ?.FindMaterial(pending.KeyMaterialId) is not { ImportState: ImportState.IMPORTED }),
        ];

    private static string Import(Key key, string region, string sessionRegion, string file = "key.bin", string importType = "")
    {
        // RSA private keys are too long for RSAES_OAEP, and AES key wrapping is not for symmetric keys.
        string algorithm = key.KeySpec is KeySpec.RSA_2048 or KeySpec.RSA_3072 or KeySpec.RSA_4096
            ? "RSA_AES_KEY_WRAP_SHA_256"
            : "RSAES_OAEP_SHA_256";
        string elsewhere = Region(region, sessionRegion);
        return $"Get-KmsParametersForImport {key.KeyId}{elsewhere} -WrappingAlgorithm {algorithm} -WrappingKeySpec RSA_4096 | "
            + $"Protect-KmsKeyMaterial -KeyMaterial (Get-Item ./{file}) | "
            + $"Import-KmsKeyMaterial -ExpirationModel KEY_MATERIAL_DOES_NOT_EXPIRE{importType}{elsewhere}";
    }

    private static string Region(string region, string sessionRegion) => region == sessionRegion ? "" : $" -Region {region}";
}
