namespace KmsTools;

/// <summary>
/// The names of quotas that are not the quota of one operation. The request quota of a single operation has the name of the operation,
/// and that of data key pairs <c>GenerateDataKeyPair.</c> and the type of the pair.
/// </summary>
public static class QuotaName
{
    /// <summary>Customer managed keys per Region, in all states.</summary>
    public const string KeysPerRegion = nameof(KeysPerRegion);

    /// <summary>Aliases per key.</summary>
    public const string AliasesPerKey = nameof(AliasesPerKey);

    /// <summary>Grants per key.</summary>
    public const string GrantsPerKey = nameof(GrantsPerKey);

    /// <summary>Custom key stores per Region, of all kinds and in all states.</summary>
    public const string CustomKeyStores = nameof(CustomKeyStores);

    /// <summary>On-demand rotations of one key over its lifetime.</summary>
    public const string OnDemandRotationsPerKey = nameof(OnDemandRotationsPerKey);

    /// <summary>Tags per key.</summary>
    public const string TagsPerKey = nameof(TagsPerKey);

    /// <summary>Bytes of a key policy document.</summary>
    public const string KeyPolicySize = nameof(KeyPolicySize);

    /// <summary>Cryptographic requests with symmetric and HMAC keys, together with GenerateRandom.</summary>
    public const string SymmetricRequests = nameof(SymmetricRequests);

    /// <summary>Cryptographic requests with RSA keys.</summary>
    public const string RsaRequests = nameof(RsaRequests);

    /// <summary>Cryptographic requests with elliptic curve keys.</summary>
    public const string EccRequests = nameof(EccRequests);

    /// <summary>Cryptographic requests with ML-DSA keys.</summary>
    public const string MlDsaRequests = nameof(MlDsaRequests);

    /// <summary>Cryptographic requests with all keys of one custom key store.</summary>
    public const string CustomKeyStoreRequests = nameof(CustomKeyStoreRequests);
}
