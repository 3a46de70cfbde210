using System.Collections.Immutable;
using KmsTools.Operations;

namespace KmsTools.Authorization;

/// <summary>The operations that make sense for a key, by its type.</summary>
internal static class KeyOperations
{
    // About an alias or a grant as well, which a key alone does not tell; listing aliases is no permission on a key.
    private static readonly ImmutableHashSet<string> s_ofOthers =
        ["CreateAlias", "DeleteAlias", "UpdateAlias", "ListAliases", "RetireGrant"];

    private static readonly ImmutableHashSet<string> s_ofRotation =
        ["EnableKeyRotation", "DisableKeyRotation", "GetKeyRotationStatus", "ListKeyRotations", "RotateKeyOnDemand"];

    private static readonly ImmutableHashSet<string> s_ofImport =
        ["GetParametersForImport", "ImportKeyMaterial", "DeleteImportedKeyMaterial"];

    /// <summary>Their names, in order. The two sides of ReEncrypt are separate permissions.</summary>
    public static ImmutableArray<string> Of(Key key) =>
    [
        .. OperationCatalog.All.Where(static operation => operation.Shape.KeyMember is not null && !s_ofOthers.Contains(operation.Name))
            .SelectMany(static operation => operation is ReEncrypt ? (string[])["ReEncryptFrom", "ReEncryptTo"] : [operation.Name])
            .Where(name => IsFor(key, name)).Order(StringComparer.Ordinal),
    ];

    private static bool IsFor(Key key, string name) => name switch
    {
        _ when Enum.TryParse(name, out GrantOperation operation) => GrantRules.Supports(key.KeySpec, key.KeyUsage, operation),
        _ when s_ofRotation.Contains(name) => key.KeySpec.IsSymmetricEncryption && key.CustomKeyStoreId is null,
        _ when s_ofImport.Contains(name) => key.Origin == OriginType.EXTERNAL,
        "ReplicateKey" => key.MultiRegionKeyType == MultiRegionKeyType.PRIMARY,
        "UpdatePrimaryRegion" => key is { MultiRegionKeyType: MultiRegionKeyType.PRIMARY, RelatedKeys.IsEmpty: false },
        _ => true,
    };
}
