using System.Security.Cryptography;
using KmsTools.Operations;

namespace KmsTools.KeyStates;

/// <summary>Every operation that takes a key, on keys of every origin in every state that they can reach.</summary>
/// <remarks>Source of the table: "Key states of AWS KMS keys", AWS KMS Developer Guide.</remarks>
[Collection("SoftHSM")]
public sealed class KeyStateTableTests(KeyStateTableTests.Keys keys) : IClassFixture<KeyStateTableTests.Keys>
{
    // K: origin AWS_KMS, E: EXTERNAL, H: AWS_CLOUDHSM. D disabled, PD pending deletion, NPD not pending deletion, PI pending import,
    // UA unavailable, U origin not valid, NM no material pending rotation, NP no multi-Region primary.
    private const string Grantee = "arn:aws:iam::111122223333:role/deploy";

    private static readonly string[] Columns = ["K.En", "K.Dis", "K.PD", "E.PI", "E.En", "E.Dis", "E.PD", "H.En", "H.Dis", "H.Un", "H.PD"];

    private const string Table = """
        CancelKeyDeletion               | NPD | NPD | ok | NPD | NPD | NPD | ok | NPD | NPD | NPD | ok
        CreateAlias                     | ok  | ok  | PD | ok  | ok  | ok  | PD | ok  | ok  | ok  | PD
        CreateGrant                     | ok | D | PD | PI | ok | D | PD | ok | D | ok | PD
        Decrypt                         | ok  | D   | PD | PI  | ok  | D   | PD | ok  | D   | UA  | PD
        DeleteAlias                     | ok  | ok  | ok | ok  | ok  | ok  | ok | ok  | ok  | ok  | ok
        DeleteImportedKeyMaterial       | U   | U   | U  | ok  | ok  | ok  | ok | U   | U   | U   | U
        DescribeKey                     | ok  | ok  | ok | ok  | ok  | ok  | ok | ok  | ok  | ok  | ok
        DisableKey                      | ok  | ok  | PD | PI  | ok  | ok  | PD | ok  | ok  | ok  | PD
        DisableKeyRotation              | ok  | D   | PD | U   | U   | D   | PD | U   | D   | U   | PD
        EnableKey                       | ok  | ok  | PD | PI  | ok  | ok  | PD | ok  | ok  | ok  | PD
        EnableKeyRotation               | ok  | D   | PD | U   | U   | D   | PD | U   | D   | U   | PD
        Encrypt                         | ok  | D   | PD | PI  | ok  | D   | PD | ok  | D   | UA  | PD
        GenerateDataKey                 | ok  | D   | PD | PI  | ok  | D   | PD | ok  | D   | UA  | PD
        GenerateDataKeyPair             | ok  | D   | PD | PI  | ok  | D   | PD | U   | D   | UA  | PD
        GenerateDataKeyPairWithoutPlaintext | ok | D | PD | PI  | ok  | D   | PD | U   | D   | UA  | PD
        GenerateDataKeyWithoutPlaintext | ok  | D   | PD | PI  | ok  | D   | PD | ok  | D   | UA  | PD
        GetKeyLastUsage                 | ok  | ok  | ok | ok  | ok  | ok  | ok | ok  | ok  | ok  | ok
        GetKeyPolicy                    | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok
        GetKeyRotationStatus            | ok  | ok  | ok | ok  | ok  | ok  | ok | U   | U   | U   | U
        GetParametersForImport          | U   | U   | U  | ok  | ok  | ok  | PD | U   | U   | U   | U
        ImportKeyMaterial               | U   | U   | U  | ok  | ok  | ok  | PD | U   | U   | U   | U
        ListAliases                     | ok  | ok  | ok | ok  | ok  | ok  | ok | ok  | ok  | ok  | ok
        ListGrants                      | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok
        ListKeyPolicies                 | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok
        ListKeyRotations                | ok  | ok  | ok | ok  | ok  | ok  | ok | U   | U   | U   | U
        ListResourceTags                | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok
        PutKeyPolicy                    | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok
        ReEncrypt                       | ok  | D   | PD | PI  | ok  | D   | PD | ok  | D   | UA  | PD
        ReplicateKey                    | NP  | D   | PD | PI  | NP  | D   | PD | NP  | D   | UA  | PD
        RetireGrant                     | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok
        RevokeGrant                     | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok | ok
        RotateKeyOnDemand               | ok  | D   | PD | PI  | NM  | D   | PD | U   | D   | U   | PD
        ScheduleKeyDeletion             | ok  | ok  | PD | ok  | ok  | ok  | PD | ok  | ok  | ok  | PD
        TagResource                     | ok | ok | PD | ok | ok | ok | PD | ok | ok | ok | PD
        UntagResource                   | ok | ok | PD | ok | ok | ok | PD | ok | ok | ok | PD
        UpdateAlias                     | ok  | ok  | PD | ok  | ok  | ok  | PD | ok  | ok  | ok  | PD
        UpdateKeyDescription            | ok  | ok  | PD | ok  | ok  | ok  | PD | ok  | ok  | ok  | PD
        UpdatePrimaryRegion             | NP  | D   | PD | PI  | NP  | D   | PD | NP  | D   | UA  | PD
        """;

    public static TheoryData<string, string, string> Cells()
    {
        TheoryData<string, string, string> cells = [];
        foreach (string row in Table.Split('\n', StringSplitOptions.TrimEntries))
        {
            string[] parts = row.Split('|', StringSplitOptions.TrimEntries);
            Assert.Equal(Columns.Length + 1, parts.Length);
            for (int column = 0; column < Columns.Length; column++)
            {
                cells.Add(parts[0], Columns[column], parts[column + 1]);
            }
        }

        return cells;
    }

    [Theory]
    [MemberData(nameof(Cells))]
    public void Execute_KeyInState_AnswersAsTheTableSays(string operation, string column, string expected)
    {
        bool unavailable = column == "H.Un";
        TestKey key = keys.Get(column, fresh: expected == "ok" && !OperationCatalog.Find(operation)!.ReadOnly);
        if (unavailable)
        {
            keys.Hsm.Disconnect();
        }

        try
        {
            Assert.Equal(State(column), keys.Kms.Describe(key.KeyId).KeyState);
            (string, string)? refusal = Refusal(() => Run(operation, key));
            Assert.Equal(Expected(expected, key, column[0]), refusal);
        }
        finally
        {
            if (unavailable)
            {
                keys.Hsm.Connect();
            }
        }
    }

    [Fact]
    public void Table_AllOperations_HasThoseThatTakeAKey()
    {
        string[] withoutKey =
        [
            "ConnectCustomKeyStore", "CreateCustomKeyStore", "CreateKey", "DeleteCustomKeyStore", "DescribeCustomKeyStores",
            "DisconnectCustomKeyStore", "GenerateRandom", "ListKeys", "ListRetirableGrants", "UpdateCustomKeyStore",

            // On keys of other kinds: StatesOfAsymmetricKeysTests.
            "DeriveSharedSecret", "GenerateMac", "GetPublicKey", "Sign", "Verify", "VerifyMac",
        ];
        string[] withKey = [.. Table.Split('\n').Select(row => row.Split('|')[0].Trim())];

        Assert.Equal(OperationCatalog.All.Select(operation => operation.Name).Order(), withKey.Concat(withoutKey).Order());
    }

    [Fact]
    public void UpdateAlias_PresentKeyPendingDeletion_IsAllowed()
    {
        string alias = $"alias/moved-{Guid.NewGuid():N}";
        KeyMetadata before = keys.Kms.CreateKey();
        KeyMetadata after = keys.Kms.CreateKey();
        keys.Kms.Alias(alias, before.KeyId);
        keys.Kms.Schedule(before.KeyId);

        keys.Kms.Call(new UpdateAliasRequest { AliasName = alias, TargetKeyId = after.KeyId });

        Assert.Equal(after.KeyId, keys.Kms.Describe(alias).KeyId);
    }

    [Fact]
    public void ReEncrypt_DestinationDisabled_IsRefused()
    {
        TestKey source = keys.Get("K.En", fresh: false);
        TestKey destination = keys.Get("K.Dis", fresh: false);

        keys.Kms.Refuses(
            new ReEncryptRequest { CiphertextBlob = source.Ciphertext, DestinationKeyId = destination.KeyId },
            "DisabledException",
            $"{destination.Arn} is disabled.");
    }

    private static KeyState State(string column) => column[2..] switch
    {
        "En" => KeyState.Enabled,
        "Dis" => KeyState.Disabled,
        "PD" => KeyState.PendingDeletion,
        "PI" => KeyState.PendingImport,
        _ => KeyState.Unavailable,
    };

    private static (string Code, string Message)? Expected(string cell, TestKey key, char origin) => cell switch
    {
        "ok" => null,
        "D" => ("DisabledException", $"{key.Arn} is disabled."),
        "PD" => ("KMSInvalidStateException", $"{key.Arn} is pending deletion."),
        "NPD" => ("KMSInvalidStateException", $"{key.Arn} is not pending deletion."),
        "PI" => ("KMSInvalidStateException", $"{key.Arn} is pending import."),
        "UA" => ("KMSInvalidStateException", $"{key.Arn} is unavailable."),
        "NM" => ("KMSInvalidStateException", $"No available key material pending rotation for the key: {key.Arn}."),
        "NP" => ("UnsupportedOperationException", $"{key.Arn} is not a multi-region primary key."),
        "U" => (
            "UnsupportedOperationException",
            $"{key.Arn} origin is {(origin == 'K' ? "AWS_KMS" : origin == 'E' ? "EXTERNAL" : "AWS_CLOUDHSM")} which is not valid for this "
                + "operation."),
        _ => throw new InvalidOperationException(cell),
    };

    private static (string Code, string Message)? Refusal(Action call)
    {
        try
        {
            call();
            return null;
        }
        catch (KmsException exception)
        {
            return (exception.ErrorCode, exception.Message);
        }
    }

    private void Run(string operation, TestKey key)
    {
        KmsFixture kms = keys.Kms;
        string id = key.KeyId;
        object _ = operation switch
        {
            "CancelKeyDeletion" => kms.Call(new CancelKeyDeletionRequest { KeyId = id }),
            "CreateAlias" => kms.Call(new CreateAliasRequest { AliasName = $"alias/{Guid.NewGuid():N}", TargetKeyId = id }),
            "CreateGrant" => kms.Call(new CreateGrantRequest { KeyId = id, GranteePrincipal = Grantee, Operations = ["Decrypt"] }),
            "Decrypt" => kms.Call(new DecryptRequest { CiphertextBlob = key.Ciphertext }),
            "DeleteAlias" => kms.Call(new DeleteAliasRequest { AliasName = key.Alias }),
            "DeleteImportedKeyMaterial" => kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = id }),
            "DescribeKey" => kms.Call(new DescribeKeyRequest { KeyId = id }),
            "DisableKey" => kms.Call(new DisableKeyRequest { KeyId = id }),
            "DisableKeyRotation" => kms.Call(new DisableKeyRotationRequest { KeyId = id }),
            "EnableKey" => kms.Call(new EnableKeyRequest { KeyId = id }),
            "EnableKeyRotation" => kms.Call(new EnableKeyRotationRequest { KeyId = id }),
            "Encrypt" => kms.Call(new EncryptRequest { KeyId = id, Plaintext = [1] }),
            "GenerateDataKey" => kms.Call(new GenerateDataKeyRequest { KeyId = id, NumberOfBytes = 1 }),
            "GenerateDataKeyPair" => kms.Call(new GenerateDataKeyPairRequest { KeyId = id, KeyPairSpec = "ECC_NIST_P256" }),
            "GenerateDataKeyPairWithoutPlaintext" => kms.Call(
                new GenerateDataKeyPairWithoutPlaintextRequest { KeyId = id, KeyPairSpec = "ECC_NIST_P256" }),
            "GenerateDataKeyWithoutPlaintext" => kms.Call(new GenerateDataKeyWithoutPlaintextRequest { KeyId = id, NumberOfBytes = 1 }),
            "GetKeyLastUsage" => kms.Call(new GetKeyLastUsageRequest { KeyId = id }),
            "GetKeyPolicy" => kms.Call(new GetKeyPolicyRequest { KeyId = id }),
            "GetKeyRotationStatus" => kms.Call(new GetKeyRotationStatusRequest { KeyId = id }),
            "GetParametersForImport" => kms.Call(new GetParametersForImportRequest
            {
                KeyId = id,
                WrappingAlgorithm = "RSAES_OAEP_SHA_256",
                WrappingKeySpec = "RSA_2048",
            }),
            "ImportKeyMaterial" => kms.Call(
                key.Material is { } material && !key.IsPendingDeletion
                    ? kms.Importing(id, material)
                    : new ImportKeyMaterialRequest { KeyId = id, ImportToken = [1], EncryptedKeyMaterial = [1] }),
            "ListAliases" => kms.Call(new ListAliasesRequest { KeyId = id }),
            "ListGrants" => kms.Call(new ListGrantsRequest { KeyId = id }),
            "ListKeyPolicies" => kms.Call(new ListKeyPoliciesRequest { KeyId = id }),
            "ListKeyRotations" => kms.Call(new ListKeyRotationsRequest { KeyId = id }),
            "ListResourceTags" => kms.Call(new ListResourceTagsRequest { KeyId = id }),
            "PutKeyPolicy" => kms.Call(
                new PutKeyPolicyRequest { KeyId = id, Policy = kms.Call(new GetKeyPolicyRequest { KeyId = id }).Policy }),
            "ReEncrypt" => kms.Call(
                new ReEncryptRequest { CiphertextBlob = key.Ciphertext, DestinationKeyId = keys.Get("K.En", fresh: false).KeyId }),
            "ReplicateKey" => kms.Call(new ReplicateKeyRequest { KeyId = id, ReplicaRegion = "eu-west-1" }),
            "RetireGrant" => kms.Call(new RetireGrantRequest { KeyId = key.Arn, GrantId = key.GrantId }),
            "RevokeGrant" => kms.Call(new RevokeGrantRequest { KeyId = id, GrantId = key.GrantId }),
            "RotateKeyOnDemand" => kms.Call(new RotateKeyOnDemandRequest { KeyId = id }),
            "ScheduleKeyDeletion" => kms.Call(new ScheduleKeyDeletionRequest { KeyId = id }),
            "TagResource" => kms.Call(new TagResourceRequest { KeyId = id, Tags = [new Tag { TagKey = "a", TagValue = "b" }] }),
            "UntagResource" => kms.Call(new UntagResourceRequest { KeyId = id, TagKeys = ["a"] }),
            "UpdateAlias" => kms.Call(new UpdateAliasRequest { AliasName = keys.Get("K.En", fresh: false).Alias, TargetKeyId = id }),
            "UpdateKeyDescription" => kms.Call(new UpdateKeyDescriptionRequest { KeyId = id, Description = "x" }),
            "UpdatePrimaryRegion" => kms.Call(new UpdatePrimaryRegionRequest { KeyId = id, PrimaryRegion = "eu-west-1" }),
            _ => throw new InvalidOperationException(operation),
        };
    }

    public sealed record TestKey(
        string KeyId, string Arn, string Alias, string GrantId, byte[] Ciphertext, byte[]? Material, bool IsPendingDeletion);

    /// <summary>Keys in all columns, made when first asked for; calls that are refused share them.</summary>
    public sealed class Keys : IDisposable
    {
        private readonly Dictionary<string, TestKey> _made = [];

        public HsmFixture Hsm { get; } = new HsmFixture().Connected();

        public KmsFixture Kms => Hsm.Kms;

        public TestKey Get(string column, bool fresh)
        {
            if (fresh)
            {
                return Make(column);
            }

            if (!_made.TryGetValue(column, out TestKey? key))
            {
                key = Make(column);
                _made.Add(column, key);
            }

            return key;
        }

        public void Dispose() => Hsm.Dispose();

        private TestKey Make(string column)
        {
            byte[]? material = column[0] == 'E' ? RandomNumberGenerator.GetBytes(32) : null;
            KeyMetadata key = column[0] switch
            {
                'K' => Kms.CreateKey(),
                'E' => Kms.ImportedKey(material),
                _ => Hsm.CreateKey(),
            };
            string alias = $"alias/{Guid.NewGuid():N}";
            Kms.Alias(alias, key.KeyId);
            byte[] ciphertext = Kms.Encrypt(key.KeyId);
            string grantId = Kms.Call(
                new CreateGrantRequest { KeyId = key.KeyId, GranteePrincipal = Grantee, Operations = ["Encrypt"] }).GrantId;
            switch (column[2..])
            {
                case "Dis":
                    Kms.Disable(key.KeyId);
                    break;
                case "PD":
                    Kms.Schedule(key.KeyId);
                    break;
                case "PI":
                    Kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId });
                    break;
                default:
                    break;
            }

            return new TestKey(key.KeyId, key.Arn, alias, grantId, ciphertext, material, column.EndsWith("PD", StringComparison.Ordinal));
        }
    }
}
