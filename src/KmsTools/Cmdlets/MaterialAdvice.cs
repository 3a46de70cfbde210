using System.Globalization;
using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>
/// What a user of PowerShell can do about key material that is missing or pending, given the key: commands to paste, where a file has the
/// bytes.
/// </summary>
internal static class MaterialAdvice
{
    private const string NoExpiry = $"-ExpirationModel {nameof(ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE)}";
    private const string Expires = $"-ExpirationModel {nameof(ExpirationModelType.KEY_MATERIAL_EXPIRES)} -ValidTo ";

    // More imports than a key has in practice.
    private const int MaxImports = 1000;

    private enum ExpiryKind
    {
        None,
        Ahead,
        Over,
        Unknown,
    }

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
            KmsEngine store = engine();
            using IStateReader state = store.OpenReader();
            string where = sessionRegion();
            return state.FindKey(Views.Region(arn), Views.KeyId(arn)) is not { } key ? null : error.Cause switch
            {
                ErrorCause.PendingImport => OfMissing(store, key, where),
                ErrorCause.PendingDeletion or ErrorCause.PendingReplicaDeletion => OfDeletion(store, key, where),
                ErrorCause.NoMaterialPendingRotation => OfNone(store, state, key, where),
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
    private static string? OfDeletion(KmsEngine engine, Key key, string sessionRegion) =>
        key is { Origin: OriginType.EXTERNAL, LacksMaterial: true }
            ? $"Stop-KmsKeyDeletion {key.KeyId}{Region(key.Region, sessionRegion)} keeps the key. {OfMissing(engine, key, sessionRegion)}"
            : null;

    private static string OfMissing(KmsEngine engine, Key key, string sessionRegion)
    {
        KeyMaterial[] missing =
            [.. key.Materials.Where(static material => material is { IsPermanent: true, ImportState: ImportState.PENDING_IMPORT })];
        if (missing.Length == 0)
        {
            return $"Import the key material, such as from key.bin: {Import(key, key.Region, sessionRegion, "key.bin", NoExpiry)}";
        }

        Expiry[] expiries = FindExpiries(engine, key, missing);
        string bytes = key.MultiRegionKeyType == MultiRegionKeyType.REPLICA
            ? "the same bytes as into its primary key"
            : "the same bytes as before";
        string what = missing.Length == 1 ? $"{bytes}, such as from key.bin"
            : $"{bytes}, of each of the {missing.Length} key materials that it lacks, such as from key1.bin to key{missing.Length}.bin";
        return $"{Past(expiries)}Import {what}{Choice(expiries)}{Which(key, missing, sessionRegion)}:" + Lines(
            [.. missing.Select((material, index) => Import(
                key,
                key.Region,
                sessionRegion,
                missing.Length == 1 ? "key.bin" : $"key{index + 1}.bin",
                Named(key, material) + expiries[index].Parameters))]);
    }

    private static string OfNone(KmsEngine engine, IStateReader state, Key key, string sessionRegion)
    {
        string[] lacking = Lacking(state, key);
        if (lacking.Length == 0)
        {
            return "Import new key material first, such as from new.bin: "
                + Import(key, key.Region, sessionRegion, "new.bin", $"{NoExpiry} -ImportType {nameof(ImportType.NEW_KEY_MATERIAL)}");
        }

        KeyMaterial pending = key.PendingMaterial!;
        Expiry[] expiries = FindExpiries(engine, key, [pending]);
        string what = "Import the pending key material into the replicas that lack it first, such as from new.bin";
        return $"{what}{Choice(expiries)}:" + Lines(
            [.. lacking.Select(region => Import(key, region, sessionRegion, "new.bin", Named(key, pending) + expiries[0].Parameters))]);
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

    private static string Import(Key key, string region, string sessionRegion, string file, string parameters)
    {
        // RSA private keys are too long for RSAES_OAEP, and AES key wrapping is not for symmetric keys.
        string algorithm = key.KeySpec is KeySpec.RSA_2048 or KeySpec.RSA_3072 or KeySpec.RSA_4096
            ? "RSA_AES_KEY_WRAP_SHA_256"
            : "RSAES_OAEP_SHA_256";
        string elsewhere = Region(region, sessionRegion);
        return $"Get-KmsParametersForImport {key.KeyId}{elsewhere} -WrappingAlgorithm {algorithm} -WrappingKeySpec RSA_4096 | "
            + $"Protect-KmsKeyMaterial -KeyMaterial (Get-Item ./{file}) | "
            + $"Import-KmsKeyMaterial {parameters}{elsewhere}";
    }

    // Several commands are a line each, so that they can be pasted together.
    private static string Lines(string[] commands) => commands is [var only]
        ? $" {only}"
        : string.Concat(commands.Select(static command => Environment.NewLine + command));

    // Only symmetric encryption keys have several materials, and only their materials have an ID that users see.
    private static string Named(Key key, KeyMaterial material) =>
        key.KeySpec == KeySpec.SYMMETRIC_DEFAULT ? $"-KeyMaterialId {material.KeyMaterialId} " : "";

    private static string Which(Key key, KeyMaterial[] missing, string sessionRegion) => missing.Length == 1 ? ""
        : $" (Get-KmsKeyRotation {key.KeyId}{Region(key.Region, sessionRegion)} -IncludeKeyMaterial ALL_KEY_MATERIAL shows which they are)";

    private static string Past(Expiry[] expiries) => expiries switch
    {
        [{ Kind: ExpiryKind.Over } only] => $"The key material expired on {Views.Time(only.ValidTo!.Value.UtcDateTime)}. ",
        _ => "",
    };

    private static string Choice(Expiry[] expiries) =>
        expiries.Any(static expiry => expiry.Kind == ExpiryKind.Over)
            ? $", and choose with -ValidTo when {(expiries.Length == 1 ? "it expires" : "those that expired expire")} again"
        : expiries.Any(static expiry => expiry.Kind == ExpiryKind.Unknown) ? $", with -ValidTo in place of {NoExpiry} if it is to expire"
        : "";

    /// <summary>When each of the materials was to expire, as it was imported last.</summary>
    private static Expiry[] FindExpiries(KmsEngine engine, Key key, IReadOnlyList<KeyMaterial> materials)
    {
        // A key forgets this with the bytes. Those of related keys have the same IDs, and may expire at other times.
        AuditEvent[] imports =
        [
            .. engine.FindEvents(new EventQuery { KeyId = key.KeyId, EventName = "ImportKeyMaterial", Last = MaxImports })
                .Where(static import => import.ErrorCode is null),
        ];
        return [.. materials.Select(material => Find(material))];

        Expiry Find(KeyMaterial material)
        {
            AuditEvent? import = Array.FindLast(imports, found => found.AwsRegion == key.Region && IsOf(found, material))
                ?? Array.FindLast(imports, found => IsOf(found, material));
            if (import?.RequestParameters is not { } parameters)
            {
                return new Expiry(ExpiryKind.Unknown, null);
            }

            return parameters.GetValueOrDefault("validTo") is not string text ? new Expiry(ExpiryKind.None, null)
                : !DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset validTo)
                    ? new Expiry(ExpiryKind.Unknown, null)
                : new Expiry(validTo > engine.UtcNow ? ExpiryKind.Ahead : ExpiryKind.Over, validTo);
        }

        bool IsOf(AuditEvent import, KeyMaterial material) => key.KeySpec != KeySpec.SYMMETRIC_DEFAULT
            || import.ResponseElements?.GetValueOrDefault("keyMaterialId") as string == material.KeyMaterialId;
    }

    private static string Region(string region, string sessionRegion) => region == sessionRegion ? "" : $" -Region {region}";

    private sealed record Expiry(ExpiryKind Kind, DateTimeOffset? ValidTo)
    {
        public string Parameters => Kind switch
        {
            ExpiryKind.Ahead => Expires + ValidTo!.Value.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture),
            ExpiryKind.Over => Expires + "(Get-KmsClock).UtcNow.AddDays(30)",
            _ => NoExpiry,
        };
    }
}
