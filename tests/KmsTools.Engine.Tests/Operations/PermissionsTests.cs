using System.Collections.Immutable;
using KmsTools.Authorization;

namespace KmsTools.Operations;

/// <summary>The permissions of all operations, in their order, as "AWS KMS permissions" lists them.</summary>
public sealed class PermissionsTests : IDisposable
{
    private const string First = "1234abcd-12ab-34cd-56ef-1234567890ab";
    private const string Second = "0987dcba-09fe-87dc-65ba-ab0987654321";
    private const string Multi = "mrk-1234abcd12ab34cd56ef1234567890ab";
    private const string Store = "cks-1234567890abcdef0";

    private static readonly Tag[] Tags = [new Tag { TagKey = "a", TagValue = "b" }];

    private readonly KmsFixture _kms = new();

    public PermissionsTests()
    {
        foreach (string id in (ReadOnlySpan<string>)[First, Second, Multi])
        {
            _kms.Call(new CreateKeyRequest { MultiRegion = id == Multi, Fixed = new FixedKey(id, null) });
        }

        _kms.Call(new ReplicateKeyRequest { KeyId = Multi, ReplicaRegion = "eu-west-1" });
        _kms.Alias("alias/one", First);
    }

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Permissions_OfEveryOperation_AreThoseOfAws()
    {
        byte[] blob = _kms.Encrypt(First);
        CreateGrantRequest grant = new() { KeyId = First, GranteePrincipal = "arn:aws:iam::111122223333:user/x", Operations = ["Decrypt"] };
        string grantId = _kms.Call(grant).GrantId;
        (object Request, string Permissions)[] expected =
        [
            (new CancelKeyDeletionRequest { KeyId = First }, "CancelKeyDeletion first own"),
            (new ConnectCustomKeyStoreRequest { CustomKeyStoreId = Store }, "ConnectCustomKeyStore * identity"),
            (new CreateAliasRequest { AliasName = "alias/new", TargetKeyId = First }, "CreateAlias alias/new identity, CreateAlias first own"),
            (new CreateCustomKeyStoreRequest { CustomKeyStoreName = "s" }, "CreateCustomKeyStore * identity"),
            (grant, "CreateGrant first any"),
            (new CreateKeyRequest(), "CreateKey * identity"),
            (new CreateKeyRequest { Tags = Tags }, "CreateKey * identity, TagResource * identity"),
            (new DecryptRequest { CiphertextBlob = blob }, "Decrypt first any"),
            (new DecryptRequest { CiphertextBlob = blob, KeyId = "alias/one" }, "Decrypt first any as alias/one"),
            (new DeleteAliasRequest { AliasName = "alias/one" }, "DeleteAlias alias/one identity, DeleteAlias first own"),
            (new DeleteCustomKeyStoreRequest { CustomKeyStoreId = Store }, "DeleteCustomKeyStore * identity"),
            (new DeleteImportedKeyMaterialRequest { KeyId = First }, "DeleteImportedKeyMaterial first own"),
            (new DeriveSharedSecretRequest { KeyId = First }, "DeriveSharedSecret first any"),
            (new DescribeCustomKeyStoresRequest(), "DescribeCustomKeyStores * identity"),
            (new DescribeKeyRequest { KeyId = "alias/one" }, "DescribeKey first any as alias/one"),
            (new DisableKeyRequest { KeyId = First }, "DisableKey first own"),
            (new DisableKeyRotationRequest { KeyId = First }, "DisableKeyRotation first own"),
            (new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = Store }, "DisconnectCustomKeyStore * identity"),
            (new EnableKeyRequest { KeyId = First }, "EnableKey first own"),
            (new EnableKeyRotationRequest { KeyId = First }, "EnableKeyRotation first own"),
            (new EncryptRequest { KeyId = First, Plaintext = [1] }, "Encrypt first any"),
            (new GenerateDataKeyRequest { KeyId = First }, "GenerateDataKey first any"),
            (new GenerateDataKeyPairRequest { KeyId = First }, "GenerateDataKeyPair first any"),
            (new GenerateDataKeyPairWithoutPlaintextRequest { KeyId = First }, "GenerateDataKeyPairWithoutPlaintext first any"),
            (new GenerateDataKeyWithoutPlaintextRequest { KeyId = First }, "GenerateDataKeyWithoutPlaintext first any"),
            (new GenerateMacRequest { KeyId = First }, "GenerateMac first any"),
            (new GenerateRandomRequest { NumberOfBytes = 1 }, "GenerateRandom * identity"),
            (new GetKeyLastUsageRequest { KeyId = First }, "GetKeyLastUsage first own"),
            (new GetKeyPolicyRequest { KeyId = First }, "GetKeyPolicy first own"),
            (new GetKeyRotationStatusRequest { KeyId = First }, "GetKeyRotationStatus first any"),
            (new GetParametersForImportRequest { KeyId = First }, "GetParametersForImport first own"),
            (new GetPublicKeyRequest { KeyId = First }, "GetPublicKey first any"),
            (new ImportKeyMaterialRequest { KeyId = First }, "ImportKeyMaterial first own"),
            (new ListAliasesRequest(), "ListAliases * identity"),
            (new ListAliasesRequest { KeyId = First }, "ListAliases * identity"),
            (new ListGrantsRequest { KeyId = First }, "ListGrants first any"),
            (new ListKeyPoliciesRequest { KeyId = First }, "ListKeyPolicies first own"),
            (new ListKeyRotationsRequest { KeyId = First }, "ListKeyRotations first own"),
            (new ListKeysRequest(), "ListKeys * identity"),
            (new ListResourceTagsRequest { KeyId = First }, "ListResourceTags first own"),
            (new ListRetirableGrantsRequest { RetiringPrincipal = "111122223333" }, "ListRetirableGrants arn:aws:iam::111122223333:root identity"),
            (
                new ListRetirableGrantsRequest { RetiringPrincipal = "arn:aws:iam::111122223333:role/ops/deploy" },
                "ListRetirableGrants arn:aws:iam::111122223333:role/ops/deploy identity"),
            (new ListRetirableGrantsRequest { RetiringServicePrincipal = "lambda.amazonaws.com" }, "ListRetirableGrants * identity"),
            (new PutKeyPolicyRequest { KeyId = First }, "PutKeyPolicy first own"),
            (new ReEncryptRequest { CiphertextBlob = blob, DestinationKeyId = Second }, "ReEncryptFrom first any, ReEncryptTo second any"),
            (new ReplicateKeyRequest { KeyId = Multi, ReplicaRegion = "eu-west-2" }, "ReplicateKey multi own, CreateKey * identity in eu-west-2"),
            (
                new ReplicateKeyRequest { KeyId = Multi, ReplicaRegion = "eu-west-2", Tags = Tags },
                "ReplicateKey multi own, CreateKey * identity in eu-west-2, TagResource * identity in eu-west-2"),
            (new RetireGrantRequest { KeyId = First, GrantId = grantId }, "RetireGrant first retirement"),
            (new RevokeGrantRequest { KeyId = First, GrantId = grantId }, "RevokeGrant first any"),
            (new RotateKeyOnDemandRequest { KeyId = First }, "RotateKeyOnDemand first own"),
            (new ScheduleKeyDeletionRequest { KeyId = First }, "ScheduleKeyDeletion first own"),
            (new SignRequest { KeyId = First }, "Sign first any"),
            (new TagResourceRequest { KeyId = First, Tags = Tags }, "TagResource first own"),
            (new UntagResourceRequest { KeyId = First, TagKeys = ["a"] }, "UntagResource first own"),
            (
                new UpdateAliasRequest { AliasName = "alias/one", TargetKeyId = Second },
                "UpdateAlias alias/one identity, UpdateAlias first own, UpdateAlias second own"),
            (new UpdateCustomKeyStoreRequest { CustomKeyStoreId = Store }, "UpdateCustomKeyStore * identity"),
            (new UpdateKeyDescriptionRequest { KeyId = First }, "UpdateKeyDescription first own"),
            (
                new UpdatePrimaryRegionRequest { KeyId = Multi, PrimaryRegion = "eu-west-1" },
                "UpdatePrimaryRegion multi own, UpdatePrimaryRegion multi of eu-west-1 own"),
            (new VerifyRequest { KeyId = First }, "Verify first any"),
            (new VerifyMacRequest { KeyId = First }, "VerifyMac first any"),
        ];

        Assert.Equal(expected.Select(static row => row.Permissions), expected.Select(row => Describe(row.Request)));
        Assert.Equal(
            OperationCatalog.All.Select(static operation => operation.Name),
            expected.Select(static row => OperationCatalog.ForRequest(row.Request).Name).Distinct().Order(StringComparer.Ordinal));
    }

    private string Describe(object request)
    {
        using OperationContext context = new(_kms.Engine.Services, OperationCatalog.ForRequest(request), request, KmsFixture.CallerIn(null));
        context.Use(_kms.Engine.OpenReader());
        return string.Join(", ", context.Operation.FindPermissions(context).Select(Describe).ToImmutableArray());
    }

    private static string Describe(Permission permission)
    {
        string resource = permission.Resource
            .Replace("arn:aws:kms:us-east-1:111122223333:key/", "", StringComparison.Ordinal)
            .Replace("arn:aws:kms:eu-west-1:111122223333:key/mrk-1234abcd12ab34cd56ef1234567890ab", "multi of eu-west-1", StringComparison.Ordinal)
            .Replace("arn:aws:kms:us-east-1:111122223333:", "", StringComparison.Ordinal)
            .Replace(First, "first", StringComparison.Ordinal)
            .Replace(Second, "second", StringComparison.Ordinal)
            .Replace(Multi, "multi", StringComparison.Ordinal);
        string rule = permission.Rule switch
        {
            AccessRule.Key => "any",
            AccessRule.KeyOfOwnAccount => "own",
            AccessRule.IdentityOnly => "identity",
            _ => "retirement",
        };
        return $"{permission.Action} {resource} {rule}"
            + (permission.Region is { } region ? $" in {region}" : "")
            + (permission.RequestAlias is { } alias ? $" as {alias}" : "");
    }
}
