namespace KmsTools;

/// <summary>Algorithms for Sign and Verify.</summary>
public enum SigningAlgorithmSpec
{
    /// <summary>RSASSA-PSS with SHA-256 as hash and in MGF1, and a salt as long as the hash (RFC 8017).</summary>
    RSASSA_PSS_SHA_256,

    /// <summary>RSASSA-PSS with SHA-384 as hash and in MGF1, and a salt as long as the hash (RFC 8017).</summary>
    RSASSA_PSS_SHA_384,

    /// <summary>RSASSA-PSS with SHA-512 as hash and in MGF1, and a salt as long as the hash (RFC 8017).</summary>
    RSASSA_PSS_SHA_512,

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017).</summary>
    RSASSA_PKCS1_V1_5_SHA_256,

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-384 (RFC 8017).</summary>
    RSASSA_PKCS1_V1_5_SHA_384,

    /// <summary>RSASSA-PKCS1-v1_5 with SHA-512 (RFC 8017).</summary>
    RSASSA_PKCS1_V1_5_SHA_512,

    /// <summary>ECDSA with SHA-256 on P-256 or secp256k1 (FIPS 186-5); DER signatures (RFC 3279).</summary>
    ECDSA_SHA_256,

    /// <summary>ECDSA with SHA-384 on P-384 (FIPS 186-5); DER signatures (RFC 3279).</summary>
    ECDSA_SHA_384,

    /// <summary>ECDSA with SHA-512 on P-521 (FIPS 186-5); DER signatures (RFC 3279).</summary>
    ECDSA_SHA_512,

    /// <summary>SM2 signatures (China Regions of AWS only; never offered here).</summary>
    SM2DSA,

    /// <summary>ML-DSA with an empty context (FIPS 204).</summary>
    ML_DSA_SHAKE_256,

    /// <summary>Ed25519 (RFC 8032).</summary>
    ED25519_SHA_512,

    /// <summary>Ed25519ph (RFC 8032).</summary>
    ED25519_PH_SHA_512,
}

/// <summary>Algorithms for GenerateMac and VerifyMac.</summary>
public enum MacAlgorithmSpec
{
    /// <summary>HMAC with SHA-224 (RFC 2104): 28 bytes.</summary>
    HMAC_SHA_224,

    /// <summary>HMAC with SHA-256 (RFC 2104): 32 bytes.</summary>
    HMAC_SHA_256,

    /// <summary>HMAC with SHA-384 (RFC 2104): 48 bytes.</summary>
    HMAC_SHA_384,

    /// <summary>HMAC with SHA-512 (RFC 2104): 64 bytes.</summary>
    HMAC_SHA_512,
}

/// <summary>Algorithms for DeriveSharedSecret.</summary>
public enum KeyAgreementAlgorithmSpec
{
    /// <summary>Elliptic curve cofactor Diffie-Hellman (NIST SP 800-56A): the raw x coordinate.</summary>
    ECDH,
}

/// <summary>The type of the message of Sign and Verify.</summary>
public enum MessageType
{
    /// <summary>The message itself; KMS hashes it.</summary>
    RAW,

    /// <summary>The hash of the message.</summary>
    DIGEST,

    /// <summary>The 64-byte message representative mu of ML-DSA (FIPS 204, section 6.2).</summary>
    EXTERNAL_MU,
}

/// <summary>The type of a data key pair.</summary>
public enum DataKeyPairSpec
{
    /// <summary>RSA with 2048 bits.</summary>
    RSA_2048,

    /// <summary>RSA with 3072 bits.</summary>
    RSA_3072,

    /// <summary>RSA with 4096 bits.</summary>
    RSA_4096,

    /// <summary>NIST P-256 (secp256r1).</summary>
    ECC_NIST_P256,

    /// <summary>NIST P-384 (secp384r1).</summary>
    ECC_NIST_P384,

    /// <summary>NIST P-521 (secp521r1).</summary>
    ECC_NIST_P521,

    /// <summary>The curve secp256k1.</summary>
    ECC_SECG_P256K1,

    /// <summary>SM2 (China Regions of AWS only; never offered here).</summary>
    SM2,

    /// <summary>Ed25519 (RFC 8032).</summary>
    ECC_NIST_EDWARDS25519,
}
