using System.Collections.Frozen;
using KmsTools.Cryptography;

namespace KmsTools;

/// <summary>
/// What each key spec can do. Operations query it; they never switch on a spec themselves. Source: "Key spec reference", AWS KMS Developer
/// Guide; lists are in the order in which AWS returns them.
/// </summary>
internal static class KeySpecs
{
    private static readonly KeyUsageType[] Encrypts = [KeyUsageType.ENCRYPT_DECRYPT];
    private static readonly KeyUsageType[] Signs = [KeyUsageType.SIGN_VERIFY];

    private static readonly FrozenDictionary<KeySpec, Traits> All = new Dictionary<KeySpec, Traits>
    {
        [KeySpec.SYMMETRIC_DEFAULT] = new(new RawMaterial(32), Encrypts) { Encryption = [EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT] },
        [KeySpec.RSA_2048] = Rsa(2048, typicalSize: 1217),
        [KeySpec.RSA_3072] = Rsa(3072, typicalSize: 1793),
        [KeySpec.RSA_4096] = Rsa(4096, typicalSize: 2374),
        [KeySpec.ECC_NIST_P256] = Nist("1.2.840.10045.3.1.7", "P-256", typicalSize: 138, SigningAlgorithmSpec.ECDSA_SHA_256),
        [KeySpec.ECC_NIST_P384] = Nist("1.3.132.0.34", "P-384", typicalSize: 185, SigningAlgorithmSpec.ECDSA_SHA_384),
        [KeySpec.ECC_NIST_P521] = Nist("1.3.132.0.35", "P-521", typicalSize: 241, SigningAlgorithmSpec.ECDSA_SHA_512),
        [KeySpec.ECC_SECG_P256K1] = new(EcKey.Material("1.3.132.0.10", "secp256k1", typicalSize: 135), Signs)
        {
            Signing = [SigningAlgorithmSpec.ECDSA_SHA_256],
        },
        [KeySpec.ECC_NIST_EDWARDS25519] = new(SeedKey.Ed25519, Signs)
        {
            Signing = [SigningAlgorithmSpec.ED25519_SHA_512, SigningAlgorithmSpec.ED25519_PH_SHA_512],
        },
        [KeySpec.HMAC_224] = Hmac(28, 64, MacAlgorithmSpec.HMAC_SHA_224),
        [KeySpec.HMAC_256] = Hmac(32, 64, MacAlgorithmSpec.HMAC_SHA_256),
        [KeySpec.HMAC_384] = Hmac(48, 128, MacAlgorithmSpec.HMAC_SHA_384),
        [KeySpec.HMAC_512] = Hmac(64, 128, MacAlgorithmSpec.HMAC_SHA_512),
        [KeySpec.ML_DSA_44] = MlDsa(SeedKey.MlDsa44),
        [KeySpec.ML_DSA_65] = MlDsa(SeedKey.MlDsa65),
        [KeySpec.ML_DSA_87] = MlDsa(SeedKey.MlDsa87),
        [KeySpec.SM2] = new(
            new MaterialNotOffered("SM2 keys are offered in China Regions of AWS only."),
            [KeyUsageType.ENCRYPT_DECRYPT, KeyUsageType.SIGN_VERIFY, KeyUsageType.KEY_AGREEMENT]),
    }.ToFrozenDictionary();

    extension(KeySpec spec)
    {
        /// <summary>Whether the key is a symmetric encryption key. Only these rotate and show the IDs of their materials.</summary>
        public bool IsSymmetricEncryption => spec == KeySpec.SYMMETRIC_DEFAULT;

        /// <summary>Whether the key has a public half.</summary>
        public bool IsAsymmetric => All[spec].Material is PrivateKeyMaterial;

        /// <summary>The format of the key material.</summary>
        public MaterialFormat Material => All[spec].Material;

        /// <summary>The size of an RSA key, in bits; null for other keys.</summary>
        public int? RsaSize => All[spec].RsaSize;

        /// <summary>The curve of a key for key agreement; null for other keys.</summary>
        public string? CurveOid => All[spec].CurveOid;

        /// <summary>Whether keys can have the origin EXTERNAL.</summary>
        public bool IsImportable => All[spec].IsImportable;

        /// <summary>The key usages that a key may be created for.</summary>
        public IReadOnlyList<KeyUsageType> Usages => All[spec].Usages;
    }

    extension(Key key)
    {
        /// <summary>The encryption algorithms; null unless the key is for encryption.</summary>
        public IReadOnlyList<EncryptionAlgorithmSpec>? EncryptionAlgorithms =>
            key.KeyUsage == KeyUsageType.ENCRYPT_DECRYPT ? All[key.KeySpec].Encryption : null;

        /// <summary>The signing algorithms; null unless the key is for signing.</summary>
        public IReadOnlyList<SigningAlgorithmSpec>? SigningAlgorithms =>
            key.KeyUsage == KeyUsageType.SIGN_VERIFY ? All[key.KeySpec].Signing : null;

        /// <summary>The MAC algorithms; null unless the key is for MACs.</summary>
        public IReadOnlyList<MacAlgorithmSpec>? MacAlgorithms =>
            key.KeyUsage == KeyUsageType.GENERATE_VERIFY_MAC ? All[key.KeySpec].Macs : null;

        /// <summary>The key agreement algorithms; null unless the key is for key agreement.</summary>
        public IReadOnlyList<KeyAgreementAlgorithmSpec>? KeyAgreementAlgorithms =>
            key.KeyUsage == KeyUsageType.KEY_AGREEMENT ? All[key.KeySpec].KeyAgreement : null;

        /// <summary>The encryption algorithm of a call: the one that is requested, or the default.</summary>
        /// <exception cref="KmsException">InvalidKeyUsageException: the key does not support this algorithm.</exception>
        public EncryptionAlgorithmSpec RequireEncryptionAlgorithm(string? algorithm) =>
            Require(key, key.EncryptionAlgorithms, algorithm ?? nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT));

        /// <summary>The signing algorithm of a call.</summary>
        /// <exception cref="KmsException">InvalidKeyUsageException: the key does not support this algorithm.</exception>
        public SigningAlgorithmSpec RequireSigningAlgorithm(string algorithm) => Require(key, key.SigningAlgorithms, algorithm);

        /// <summary>The MAC algorithm of a call.</summary>
        /// <exception cref="KmsException">InvalidKeyUsageException: the key does not support this algorithm.</exception>
        public MacAlgorithmSpec RequireMacAlgorithm(string algorithm) => Require(key, key.MacAlgorithms, algorithm);

        /// <summary>The key agreement algorithm of a call.</summary>
        /// <exception cref="KmsException">InvalidKeyUsageException: the key does not support this algorithm.</exception>
        public KeyAgreementAlgorithmSpec RequireKeyAgreementAlgorithm(string algorithm) =>
            Require(key, key.KeyAgreementAlgorithms, algorithm);

        /// <summary>The ID of a material as it is shown to users: only symmetric encryption keys have visible ones.</summary>
        public string? VisibleMaterialId(string? keyMaterialId) => key.KeySpec.IsSymmetricEncryption ? keyMaterialId : null;
    }

    private static T Require<T>(Key key, IReadOnlyList<T>? algorithms, string algorithm)
        where T : struct, Enum =>
        Names<T>.Values.TryGetValue(algorithm, out T wanted) && algorithms?.Contains(wanted) == true
            ? wanted
            : throw KmsErrors.AlgorithmIncompatible(algorithm, key.KeySpec);

    // Each call looks its algorithm up; to parse it takes five times as long.
    private static class Names<T>
        where T : struct, Enum
    {
        public static readonly FrozenDictionary<string, T> Values =
            Enum.GetValues<T>().ToFrozenDictionary(static value => value.ToString(), StringComparer.Ordinal);
    }

    private static Traits Rsa(int bits, int typicalSize) =>
        new(RsaKey.Material(bits, typicalSize), [KeyUsageType.ENCRYPT_DECRYPT, KeyUsageType.SIGN_VERIFY])
        {
            RsaSize = bits,
            Encryption = [EncryptionAlgorithmSpec.RSAES_OAEP_SHA_1, EncryptionAlgorithmSpec.RSAES_OAEP_SHA_256],
            Signing =
            [
                SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_256,
                SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_384,
                SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_512,
                SigningAlgorithmSpec.RSASSA_PSS_SHA_256,
                SigningAlgorithmSpec.RSASSA_PSS_SHA_384,
                SigningAlgorithmSpec.RSASSA_PSS_SHA_512,
            ],
        };

    private static Traits Nist(string curveOid, string name, int typicalSize, SigningAlgorithmSpec signing) =>
        new(EcKey.Material(curveOid, name, typicalSize), [KeyUsageType.SIGN_VERIFY, KeyUsageType.KEY_AGREEMENT])
        {
            CurveOid = curveOid,
            Signing = [signing],
            KeyAgreement = [KeyAgreementAlgorithmSpec.ECDH],
        };

    private static Traits Hmac(int size, int max, MacAlgorithmSpec mac) =>
        new(new RawMaterial(size, max), [KeyUsageType.GENERATE_VERIFY_MAC]) { Macs = [mac] };

    private static Traits MlDsa(MaterialFormat material) => new(material, Signs)
    {
        Signing = [SigningAlgorithmSpec.ML_DSA_SHAKE_256],
        IsImportable = false,
    };

    private sealed record Traits(MaterialFormat Material, KeyUsageType[] Usages)
    {
        // "Requirements for imported key material", AWS KMS Developer Guide.
        public bool IsImportable { get; init; } = true;

        public int? RsaSize { get; init; }

        public string? CurveOid { get; init; }

        public EncryptionAlgorithmSpec[] Encryption { get; init; } = [];

        public SigningAlgorithmSpec[] Signing { get; init; } = [];

        public MacAlgorithmSpec[] Macs { get; init; } = [];

        public KeyAgreementAlgorithmSpec[] KeyAgreement { get; init; } = [];
    }
}
