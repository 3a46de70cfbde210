using System.Collections.Frozen;

namespace KmsTools.Quotas;

/// <summary>
/// The quotas of AWS KMS and their default values. Sources: "Resource quotas" and "Request quotas", AWS KMS Developer Guide.
/// </summary>
internal static class QuotaTable
{
    /// <summary>The unit of request quotas.</summary>
    public const string PerSecond = "Requests per second";

    /// <summary>The prefix of the name of a quota for one type of data key pair.</summary>
    public const string KeyPairPrefix = "GenerateDataKeyPair.";

    private const string ResourceRows = """
        KeysPerRegion           | 100000 | Count | Region
        AliasesPerKey           |     50 | Count | Key
        GrantsPerKey            |  50000 | Count | Key
        CustomKeyStores         |     10 | Count | Region
        OnDemandRotationsPerKey |     25 | Count | Key
        TagsPerKey              |     50 | Count | Key
        KeyPolicySize           |  32768 | Bytes | Key
        """;

    // Shared by all cryptographic operations. The key of a call determines which of them it counts toward.
    private const string SharedRequestRows = """
        SymmetricRequests      | 10000
        RsaRequests            |  1000
        EccRequests            |  1000
        MlDsaRequests          |  1000
        CustomKeyStoreRequests |  1800
        """;

    private const string KeyPairRows = """
        RSA_2048               |  20
        RSA_3072               |   4
        RSA_4096               |   1
        ECC_NIST_P256          | 100
        ECC_NIST_P384          | 100
        ECC_NIST_P521          | 100
        ECC_SECG_P256K1        | 100
        ECC_NIST_EDWARDS25519  | 100
        SM2                    |  25
        """;

    // Each of these operations has a separate quota.
    private const string OperationRows = """
        CancelKeyDeletion         |    5
        ConnectCustomKeyStore     |    5
        CreateAlias               |    5
        CreateCustomKeyStore      |    5
        CreateGrant               |   50
        CreateKey                 |    5
        DeleteAlias               |   15
        DeleteCustomKeyStore      |    5
        DeleteImportedKeyMaterial |   15
        DescribeCustomKeyStores   |    5
        DescribeKey               | 2000
        DisableKey                |    5
        DisableKeyRotation        |    5
        DisconnectCustomKeyStore  |    5
        EnableKey                 |    5
        EnableKeyRotation         |   15
        GetKeyLastUsage           |    5
        GetKeyPolicy              | 1000
        GetKeyRotationStatus      | 1000
        GetParametersForImport    |    1
        GetPublicKey              | 2000
        ImportKeyMaterial         |   15
        ListAliases               |  500
        ListGrants                |  100
        ListKeyPolicies           |  100
        ListKeyRotations          |  100
        ListKeys                  |  500
        ListResourceTags          | 2000
        ListRetirableGrants       |  100
        PutKeyPolicy              |   15
        ReplicateKey              |    5
        RetireGrant               |   50
        RevokeGrant               |   50
        RotateKeyOnDemand         |    5
        ScheduleKeyDeletion       |   15
        TagResource               |   10
        UntagResource             |    5
        UpdateAlias               |    5
        UpdateCustomKeyStore      |    5
        UpdateKeyDescription      |    5
        UpdatePrimaryRegion       |    5
        """;

    private static readonly FrozenDictionary<string, long> SymmetricRequestsByRegion = """
        us-east-1      | 100000
        us-west-2      | 100000
        eu-west-1      | 100000
        us-east-2      |  20000
        ap-southeast-1 |  20000
        ap-southeast-2 |  20000
        ap-northeast-1 |  20000
        eu-central-1   |  20000
        eu-west-2      |  20000
        """.Split('\n').Select(Cells).ToFrozenDictionary(static cells => cells[0], static cells => Number(cells[1]));

    /// <summary>All quotas by name, with the values for Regions that have no specific ones.</summary>
    public static FrozenDictionary<string, Quota> All { get; }
        = Rows(ResourceRows, static cells => Of(cells[0], cells[1], cells[2], cells[3]))
        .Concat(Rows(SharedRequestRows, static cells => Of(
            cells[0], cells[1], PerSecond, cells[0] == QuotaName.CustomKeyStoreRequests ? "Custom key store" : "Region")))
        .Concat(Rows(KeyPairRows, static cells => Of(KeyPairPrefix + cells[0], cells[1], PerSecond, "Region")))
        .Concat(Rows(OperationRows, static cells => Of(cells[0], cells[1], PerSecond, "Region")))
        .ToFrozenDictionary(static quota => quota.Name, StringComparer.Ordinal);

    /// <summary>The default value in a Region.</summary>
    public static long Default(string name, string region) =>
        name == QuotaName.SymmetricRequests && SymmetricRequestsByRegion.TryGetValue(region, out long value)
            ? value
            : All[name].DefaultValue;

    private static IEnumerable<Quota> Rows(string rows, Func<string[], Quota> quota) => rows.Split('\n').Select(Cells).Select(quota);

    private static string[] Cells(string row) => row.Split('|', StringSplitOptions.TrimEntries);

    private static long Number(string text) => long.Parse(text, System.Globalization.CultureInfo.InvariantCulture);

    private static Quota Of(string name, string value, string unit, string scope) =>
        new(name, Number(value), Number(value), unit, scope, unit != PerSecond);
}
