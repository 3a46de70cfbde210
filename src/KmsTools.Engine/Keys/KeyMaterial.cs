using System.Collections.Immutable;

namespace KmsTools;

/// <summary>The role of one key material of a symmetric encryption key.</summary>
public enum KeyMaterialState
{
    /// <summary>Used only to decrypt what it encrypted.</summary>
    NON_CURRENT,

    /// <summary>Used to encrypt and to decrypt.</summary>
    CURRENT,

    /// <summary>Imported as new material; becomes current with the next on-demand rotation. At most one per key.</summary>
    PENDING_ROTATION,

    /// <summary>In the primary of a multi-Region key, not yet imported into every replica.</summary>
    PENDING_MULTI_REGION_IMPORT_AND_ROTATION,
}

/// <summary>Whether the bytes of an imported key material are present.</summary>
public enum ImportState
{
    /// <summary>The bytes are present.</summary>
    IMPORTED,

    /// <summary>The bytes were deleted or expired; the same bytes can be imported again.</summary>
    PENDING_IMPORT,
}

/// <summary>Whether an imported key material expires.</summary>
public enum ExpirationModelType
{
    /// <summary>The material is deleted at its ValidTo date.</summary>
    KEY_MATERIAL_EXPIRES,

    /// <summary>The material stays until it is deleted.</summary>
    KEY_MATERIAL_DOES_NOT_EXPIRE,
}

/// <summary>The purpose of an import.</summary>
public enum ImportType
{
    /// <summary>Associate bytes with the key that were never associated with it.</summary>
    NEW_KEY_MATERIAL,

    /// <summary>Restore, or change the expiry of, bytes that are already associated with the key.</summary>
    EXISTING_KEY_MATERIAL,
}

/// <summary>How a key material became current.</summary>
public enum RotationType
{
    /// <summary>By the rotation schedule.</summary>
    AUTOMATIC,

    /// <summary>By RotateKeyOnDemand.</summary>
    ON_DEMAND,
}

/// <summary>How key material is wrapped for import.</summary>
public enum AlgorithmSpec
{
    /// <summary>RSAES PKCS#1 v1.5. Withdrawn by AWS on 10 October 2023; always refused.</summary>
    RSAES_PKCS1_V1_5,

    /// <summary>RSAES-OAEP with SHA-1 (RFC 8017).</summary>
    RSAES_OAEP_SHA_1,

    /// <summary>RSAES-OAEP with SHA-256 (RFC 8017).</summary>
    RSAES_OAEP_SHA_256,

    /// <summary>An AES-256 key under RSAES-OAEP with SHA-1, then the material under that key with AES-KWP (RFC 5649).</summary>
    RSA_AES_KEY_WRAP_SHA_1,

    /// <summary>An AES-256 key under RSAES-OAEP with SHA-256, then the material under that key with AES-KWP (RFC 5649).</summary>
    RSA_AES_KEY_WRAP_SHA_256,

    /// <summary>SM2 public key encryption (China Regions of AWS only; never offered here).</summary>
    SM2PKE,
}

/// <summary>The type of public key that key material is wrapped with for import.</summary>
public enum WrappingKeySpec
{
    /// <summary>RSA with 2048 bits.</summary>
    RSA_2048,

    /// <summary>RSA with 3072 bits.</summary>
    RSA_3072,

    /// <summary>RSA with 4096 bits.</summary>
    RSA_4096,

    /// <summary>SM2 (China Regions of AWS only; never offered here).</summary>
    SM2,
}

/// <summary>Which key materials ListKeyRotations shows.</summary>
public enum IncludeKeyMaterial
{
    /// <summary>All: the first, those of rotations and a pending one.</summary>
    ALL_KEY_MATERIAL,

    /// <summary>Those of completed rotations.</summary>
    ROTATIONS_ONLY,
}

/// <summary>
/// One key material (AWS also says "backing key") of a KMS key, as immutable data. Bytes are never held here in plaintext:
/// software material is wrapped under the store's root key, material of a CloudHSM key store is named by its ID only.
/// </summary>
public sealed record KeyMaterial
{
    /// <summary>
    /// 64 lower-case hex digits. For software material a keyed hash of the key ID and the bytes, so that equal bytes in one key
    /// are recognised and weak bytes cannot be guessed from it. For material in an HSM random, and the CKA_ID of the object.
    /// </summary>
    public required string KeyMaterialId { get; init; }

    /// <summary>The role of this material.</summary>
    public required KeyMaterialState State { get; init; }

    /// <summary>When this material was generated or first imported (UTC).</summary>
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>Whether the bytes are present. Always IMPORTED for material that KMS or an HSM generated.</summary>
    public ImportState ImportState { get; init; } = ImportState.IMPORTED;

    /// <summary>Whether imported material expires; null for material that was not imported.</summary>
    public ExpirationModelType? ExpirationModel { get; init; }

    /// <summary>When imported material expires (UTC); null when it does not.</summary>
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>The importer's description of this material, at most 256 characters.</summary>
    public string? Description { get; init; }

    /// <summary>When this material became current by rotation (UTC); null for the first and for pending material.</summary>
    public DateTimeOffset? RotationDate { get; init; }

    /// <summary>How this material became current; null for the first and for pending material.</summary>
    public RotationType? RotationType { get; init; }

    /// <summary>The bytes, wrapped under the root key; empty for material in an HSM and for material that is not imported.</summary>
    public ImmutableArray<byte> Wrapped { get; init; } = [];

    /// <summary>
    /// True once the material belongs to the key permanently: the current one and all that were current before. Material pending
    /// rotation may still be replaced.
    /// </summary>
    public bool IsPermanent => State is KeyMaterialState.CURRENT or KeyMaterialState.NON_CURRENT;
}
