using System.Collections.Frozen;

namespace KmsTools.Validation;

/// <summary>
/// The values of an enumerated member: those that it accepts, and those that AWS lists when it rejects another one. The lists of AWS are
/// in no order that follows from a rule, so those that were measured are stated here; other enumerations are listed in the order of the
/// model.
/// </summary>
internal sealed class ValueSet
{
    private const string KeySpecs =
        "RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, ECC_NIST_EDWARDS25519, "
            + "SYMMETRIC_DEFAULT, "
        + "HMAC_224, HMAC_256, HMAC_384, HMAC_512, SM2, ML_DSA_44, ML_DSA_65, ML_DSA_87";

    private static readonly FrozenDictionary<Type, ValueSet> s_measured = new ValueSet[]
    {
        new(typeof(KeySpec), KeySpecs),

        // The specs of data keys are not among those that AWS lists for them.
        new(typeof(DataKeySpec), KeySpecs),
        new(typeof(EncryptionAlgorithmSpec), "RSAES_OAEP_SHA_1, RSAES_OAEP_SHA_256, SM2PKE, SYMMETRIC_DEFAULT"),
        new(typeof(MacAlgorithmSpec), "HMAC_SHA_384, HMAC_SHA_256, HMAC_SHA_224, HMAC_SHA_512"),

        // SYMMETRIC_DEFAULT is not listed, and is refused only once the key is known.
        new(
            typeof(SigningAlgorithmSpec),
            "RSASSA_PSS_SHA_256, RSASSA_PSS_SHA_384, RSASSA_PSS_SHA_512, RSASSA_PKCS1_V1_5_SHA_256, RSASSA_PKCS1_V1_5_SHA_384, "
            + "RSASSA_PKCS1_V1_5_SHA_512, ECDSA_SHA_256, ECDSA_SHA_384, ECDSA_SHA_512, ED25519_SHA_512, ED25519_PH_SHA_512, SM2DSA, "
            + "ML_DSA_SHAKE_256",
            nameof(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT)),
    }.ToFrozenDictionary(static set => set._enumeration);

    private readonly Type _enumeration;
    private readonly string[] _taken;

    private ValueSet(Type enumeration, string? listed = null, params string[] alsoTaken)
    {
        _enumeration = enumeration;
        string[] names = Enum.GetNames(enumeration);
        _taken = [.. names, .. alsoTaken];
        Listed = listed ?? string.Join(", ", names);
    }

    /// <summary>The values that AWS lists, in its order, separated by commas.</summary>
    public string Listed { get; }

    /// <summary>The values of an enumeration.</summary>
    public static ValueSet Of(Type enumeration) => s_measured.GetValueOrDefault(enumeration) ?? new ValueSet(enumeration);

    /// <summary>Whether the member accepts this value.</summary>
    public bool Contains(string value) => _taken.Contains(value, StringComparer.Ordinal);
}
