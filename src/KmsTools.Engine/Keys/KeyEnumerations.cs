namespace KmsTools;

/// <summary>The state of a KMS key. See "Key states of AWS KMS keys" in the AWS KMS Developer Guide.</summary>
public enum KeyState
{
    /// <summary>A multi-Region replica that is being created. It becomes Enabled or PendingImport within seconds.</summary>
    Creating,

    /// <summary>The key can be used in every operation its type supports. The only state in which KeyMetadata.Enabled is true.</summary>
    Enabled,

    /// <summary>The key was disabled, or its deletion was cancelled. Cryptographic operations are refused.</summary>
    Disabled,

    /// <summary>The key waits for its deletion date. It cannot be used; the deletion can be cancelled.</summary>
    PendingDeletion,

    /// <summary>The key has origin EXTERNAL and lacks a key material that is permanently associated with it.</summary>
    PendingImport,

    /// <summary>A multi-Region primary whose deletion was scheduled while it still has replicas.</summary>
    PendingReplicaDeletion,

    /// <summary>The custom key store that holds the key is not connected.</summary>
    Unavailable,

    /// <summary>The primary Region of the multi-Region key is being changed. The key can be used.</summary>
    Updating,
}

/// <summary>The type of key material in a KMS key.</summary>
public enum KeySpec
{
    /// <summary>A 256-bit AES key for authenticated encryption (AES-GCM). The default.</summary>
    SYMMETRIC_DEFAULT,

    /// <summary>An RSA key of 2048 bits.</summary>
    RSA_2048,

    /// <summary>An RSA key of 3072 bits.</summary>
    RSA_3072,

    /// <summary>An RSA key of 4096 bits.</summary>
    RSA_4096,

    /// <summary>An elliptic curve key on NIST P-256 (secp256r1).</summary>
    ECC_NIST_P256,

    /// <summary>An elliptic curve key on NIST P-384 (secp384r1).</summary>
    ECC_NIST_P384,

    /// <summary>An elliptic curve key on NIST P-521 (secp521r1).</summary>
    ECC_NIST_P521,

    /// <summary>An elliptic curve key on secp256k1.</summary>
    ECC_SECG_P256K1,

    /// <summary>An Ed25519 key (RFC 8032).</summary>
    ECC_NIST_EDWARDS25519,

    /// <summary>A 224-bit HMAC key.</summary>
    HMAC_224,

    /// <summary>A 256-bit HMAC key.</summary>
    HMAC_256,

    /// <summary>A 384-bit HMAC key.</summary>
    HMAC_384,

    /// <summary>A 512-bit HMAC key.</summary>
    HMAC_512,

    /// <summary>An ML-DSA-44 key (FIPS 204).</summary>
    ML_DSA_44,

    /// <summary>An ML-DSA-65 key (FIPS 204).</summary>
    ML_DSA_65,

    /// <summary>An ML-DSA-87 key (FIPS 204).</summary>
    ML_DSA_87,

    /// <summary>An SM2 key (China Regions of AWS only; never offered here).</summary>
    SM2,
}

/// <summary>The cryptographic operations a KMS key can be used for.</summary>
public enum KeyUsageType
{
    /// <summary>Encrypt, Decrypt, ReEncrypt and, for symmetric keys, the GenerateDataKey operations.</summary>
    ENCRYPT_DECRYPT,

    /// <summary>Sign and Verify.</summary>
    SIGN_VERIFY,

    /// <summary>GenerateMac and VerifyMac.</summary>
    GENERATE_VERIFY_MAC,

    /// <summary>DeriveSharedSecret.</summary>
    KEY_AGREEMENT,
}

/// <summary>Where the key material of a KMS key comes from and lives.</summary>
public enum OriginType
{
    /// <summary>KMS generated the material.</summary>
    AWS_KMS,

    /// <summary>The material is imported by its owner.</summary>
    EXTERNAL,

    /// <summary>The material was generated in the HSMs of a custom key store and never leaves them.</summary>
    AWS_CLOUDHSM,

    /// <summary>The material is in an external key manager behind an external key store proxy.</summary>
    EXTERNAL_KEY_STORE,
}

/// <summary>Who manages a KMS key.</summary>
public enum KeyManagerType
{
    /// <summary>An AWS managed key, such as <c>alias/aws/s3</c>. It cannot be managed by the user.</summary>
    AWS,

    /// <summary>A customer managed key.</summary>
    CUSTOMER,
}

/// <summary>Algorithms for Encrypt and Decrypt.</summary>
public enum EncryptionAlgorithmSpec
{
    /// <summary>Authenticated encryption under a symmetric key.</summary>
    SYMMETRIC_DEFAULT,

    /// <summary>RSAES-OAEP with SHA-1 as hash and in MGF1 (RFC 8017).</summary>
    RSAES_OAEP_SHA_1,

    /// <summary>RSAES-OAEP with SHA-256 as hash and in MGF1 (RFC 8017).</summary>
    RSAES_OAEP_SHA_256,

    /// <summary>SM2 public key encryption (China Regions of AWS only; never offered here).</summary>
    SM2PKE,
}

/// <summary>The values of <see cref="KeySpec"/> that its old name takes in requests: it is deprecated, and gets no new ones.</summary>
public enum CustomerMasterKeySpec
{
    /// <summary>An RSA key of 2048 bits.</summary>
    RSA_2048,

    /// <summary>An RSA key of 3072 bits.</summary>
    RSA_3072,

    /// <summary>An RSA key of 4096 bits.</summary>
    RSA_4096,

    /// <summary>An elliptic curve key on NIST P-256.</summary>
    ECC_NIST_P256,

    /// <summary>An elliptic curve key on NIST P-384.</summary>
    ECC_NIST_P384,

    /// <summary>An elliptic curve key on NIST P-521.</summary>
    ECC_NIST_P521,

    /// <summary>An elliptic curve key on secp256k1.</summary>
    ECC_SECG_P256K1,

    /// <summary>A 256-bit AES key for authenticated encryption (AES-GCM).</summary>
    SYMMETRIC_DEFAULT,

    /// <summary>A 224-bit HMAC key.</summary>
    HMAC_224,

    /// <summary>A 256-bit HMAC key.</summary>
    HMAC_256,

    /// <summary>A 384-bit HMAC key.</summary>
    HMAC_384,

    /// <summary>A 512-bit HMAC key.</summary>
    HMAC_512,

    /// <summary>An SM2 key (China Regions of AWS only; never offered here).</summary>
    SM2,
}

/// <summary>The length of a data key, by name.</summary>
public enum DataKeySpec
{
    /// <summary>32 bytes.</summary>
    AES_256,

    /// <summary>16 bytes.</summary>
    AES_128,
}

/// <summary>Ways to encrypt a data key to a Nitro enclave.</summary>
public enum KeyEncryptionMechanism
{
    /// <summary>RSAES-OAEP with SHA-256.</summary>
    RSAES_OAEP_SHA_256,
}

/// <summary>Parts of a request that a dry run may leave unchecked.</summary>
public enum DryRunModifierType
{
    /// <summary>The ciphertext is neither needed nor checked; the key must be named instead.</summary>
    IGNORE_CIPHERTEXT,
}
