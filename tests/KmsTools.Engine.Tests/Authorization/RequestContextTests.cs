using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.Operations;

namespace KmsTools.Authorization;

/// <summary>The values of condition keys, as "AWS KMS condition keys" and "AWS global condition context keys" describe them.</summary>
public sealed class RequestContextTests : IDisposable
{
    private const string First = "1234abcd-12ab-34cd-56ef-1234567890ab";
    private const string Second = "0987dcba-09fe-87dc-65ba-ab0987654321";
    private const string Multi = "mrk-1234abcd12ab34cd56ef1234567890ab";

    private static readonly Caller Alice = new() { PrincipalArn = "arn:aws:iam::111122223333:user/ops/Alice", UserAgent = "test" };

    private static readonly Tag[] Tags = [new Tag { TagKey = "Team", TagValue = "blue" }];

    private readonly KmsFixture _kms = new();

    public RequestContextTests()
    {
        foreach (string id in (ReadOnlySpan<string>)[First, Second, Multi])
        {
            _kms.Call(new CreateKeyRequest { MultiRegion = id == Multi, Fixed = new FixedKey(id, null), Tags = id == First ? Tags : null });
        }

        _kms.Alias("alias/one", First);
        _kms.Alias("alias/uno", First);
    }

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Find_Caller_IsDescribedByItsPrincipalAndSession()
    {
        Principal role = _kms.Engine.Principals.Create(PrincipalType.Role, "dev", new PrincipalSettings
        {
            Path = "/eng/",
            Tags = [new KeyTag("team", "red"), new KeyTag("cost", "1")],
            TrustPolicy = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}}""",
        });
        Principal user = _kms.Engine.Principals.Create(
            PrincipalType.User, "Alice", new PrincipalSettings { Path = "/ops/", Tags = [new KeyTag("team", "red")] });
        Caller session = new()
        {
            PrincipalArn = "arn:aws:sts::111122223333:assumed-role/dev/s1",
            Session = new CallerSession
            {
                IssuerArn = role.Arn,
                IssueTime = KmsFixture.Start.AddMinutes(-10),
                Expiration = KmsFixture.Start.AddHours(1),
                MultiFactorAuthPresent = true,
                SourceIdentity = "alice",
                Tags = ImmutableSortedDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase).Add("Team", "blue"),
            },
        };
        ListKeysRequest request = new();

        Assert.Equal(
            (string?[])["arn:aws:iam::111122223333:user/ops/Alice", "111122223333", "User", user.UniqueId, "Alice", "red", null, null, null, null, "false"],
            Values(request, Alice, CallerKeys));
        Assert.Equal(
            (string?[])["arn:aws:iam::111122223333:role/eng/dev", "111122223333", "AssumedRole", role.UniqueId + ":s1", null, "blue", "2029-12-31T23:50:00Z", "true", "600", "alice", "false"],
            Values(request, session, CallerKeys));
        Assert.Equal("1", Value(request, session, "aws:PrincipalTag/cost"));
        Assert.Equal(
            (string?[])["arn:aws:iam::111122223333:root", "111122223333", "Account", "111122223333", null, null, null, null, null, null, "false"],
            Values(request, new Caller { PrincipalArn = "arn:aws:iam::111122223333:root" }, CallerKeys));
        Assert.Equal(
            (string?[])["arn:aws:sts::111122223333:federated-user/bob", "111122223333", "FederatedUser", "111122223333:bob", null, null, null, null, null, null, "false"],
            Values(request, new Caller { PrincipalArn = "arn:aws:sts::111122223333:federated-user/bob" }, CallerKeys));
        Assert.Equal(
            (string?[])[null, null, null, null, null, null, null, null, null, null, "true"],
            Values(request, new Caller { PrincipalArn = "logs.us-east-1.amazonaws.com" }, CallerKeys));
    }

    [Fact]
    public void Find_Occasion_IsThatOfTheCall()
    {
        Caller caller = Alice with { SourceIPAddress = "192.0.2.1", SecureTransport = false, Region = RegionName.Parse("us-east-1") };
        string[] keys =
        [
            "aws:CurrentTime", "aws:EpochTime", "aws:RequestedRegion", "aws:SecureTransport", "aws:SourceIp", "aws:UserAgent", "aws:ViaAWSService",
            "aws:ResourceAccount", "kms:CallerAccount", "aws:SourceVpc", "aws:CalledVia", "kms:ViaService",
        ];

        Assert.Equal(
            (string?[])["2030-01-01T00:00:00Z", "1893456000", "us-east-1", "false", "192.0.2.1", "test", "false", null, null, null, null, null],
            Values(new ListKeysRequest(), caller, keys));
        Assert.Equal(("111122223333", "111122223333"), (
            Value(new DescribeKeyRequest { KeyId = First }, caller, "aws:ResourceAccount"), Value(new DescribeKeyRequest { KeyId = First }, caller, "kms:CallerAccount")));
        Assert.Equal("111122223333", Value(new DescribeCustomKeyStoresRequest(), caller, "kms:CallerAccount"));
        Assert.Equal("111122223333", Value(new CreateKeyRequest(), caller, "kms:CallerAccount"));
        Assert.Null(Value(new CreateAliasRequest { AliasName = "alias/x", TargetKeyId = First }, caller, "kms:CallerAccount"));
        Assert.Equal("111122223333", Value(new CreateAliasRequest { AliasName = "alias/x", TargetKeyId = First }, caller, "kms:CallerAccount", at: 1));
    }

    [Fact]
    public void Find_FactsOfTheCaller_OverrideThoseOfTheCall()
    {
        Caller caller = Alice with
        {
            Facts = ImmutableDictionary<string, ImmutableArray<string>>.Empty
                .Add("AWS:sourceip", ["198.51.100.7"]).Add("kms:ViaService", ["rds.us-east-1.amazonaws.com"]).Add("aws:UserAgent", []),
        };

        Assert.Equal(
            (string?[])["198.51.100.7", "rds.us-east-1.amazonaws.com", null],
            Values(new DescribeKeyRequest { KeyId = First }, caller, ["aws:SourceIp", "kms:ViaService", "aws:UserAgent"]));
    }

    [Fact]
    public void Find_Key_IsDescribed()
    {
        string[] keys =
        [
            "kms:KeyOrigin", "kms:KeySpec", "kms:CustomerMasterKeySpec", "kms:KeyUsage", "kms:CustomerMasterKeyUsage", "kms:MultiRegion",
            "kms:MultiRegionKeyType", "kms:ResourceAliases", "aws:ResourceTag/team", "kms:RequestAlias",
        ];

        Assert.Equal(
            (string?[])["AWS_KMS", "SYMMETRIC_DEFAULT", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "ENCRYPT_DECRYPT", "false", null, "alias/one alias/uno", "blue", "alias/uno"],
            Values(new DescribeKeyRequest { KeyId = "arn:aws:kms:us-east-1:111122223333:alias/uno" }, Alice, keys));
        Assert.Equal(
            (string?[])["AWS_KMS", "SYMMETRIC_DEFAULT", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", "ENCRYPT_DECRYPT", "true", "PRIMARY", null, null, null],
            Values(new DescribeKeyRequest { KeyId = Multi }, Alice, keys));
        Assert.Equal(
            (string?[])["EXTERNAL", "RSA_2048", "RSA_2048", "SIGN_VERIFY", "SIGN_VERIFY", "true", "PRIMARY", null, "blue", null],
            Values(
                new CreateKeyRequest { Origin = "EXTERNAL", CustomerMasterKeySpec = "RSA_2048", KeyUsage = "SIGN_VERIFY", MultiRegion = true, Tags = Tags },
                Alice,
                keys));
        Assert.Equal("AWS_KMS", Value(new CreateKeyRequest(), Alice, "kms:KeyOrigin"));
        Assert.Equal("REPLICA", Value(new ReplicateKeyRequest { KeyId = Multi, ReplicaRegion = "eu-west-1" }, Alice, "kms:MultiRegionKeyType", at: 1));
        Assert.Equal("eu-west-1", Value(new ReplicateKeyRequest { KeyId = Multi, ReplicaRegion = "eu-west-1" }, Alice, "aws:RequestedRegion", at: 1));
    }

    [Fact]
    public void Find_RequestMembers_AreThoseOfTheOperation()
    {
        Dictionary<string, string> context = new() { ["App"] = "x", ["stage"] = "y" };
        CreateGrantRequest grant = new()
        {
            KeyId = First,
            GranteePrincipal = "arn:aws:iam::111122223333:user/x",
            RetiringServicePrincipal = "lambda.amazonaws.com",
            Operations = ["Decrypt", "Encrypt"],
            Constraints = new GrantConstraints { EncryptionContextSubset = context, SourceArn = "arn:aws:s3:us-east-1:111122223333:bucket" },
        };
        RetireGrantRequest retire = new() { KeyId = First, GrantId = _kms.Call(grant).GrantId };
        (object Request, string Key, string? Value)[] expected =
        [
            (new EncryptRequest { KeyId = First }, "kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
            (new EncryptRequest { KeyId = First, EncryptionAlgorithm = "RSAES_OAEP_SHA_1" }, "kms:EncryptionAlgorithm", "RSAES_OAEP_SHA_1"),
            (new EncryptRequest { KeyId = First, EncryptionContext = context }, "kms:EncryptionContext:app", "x"),
            (new EncryptRequest { KeyId = First, EncryptionContext = context }, "kms:EncryptionContext:Stage", "y"),
            (new EncryptRequest { KeyId = First, EncryptionContext = context }, "kms:EncryptionContext:other", null),
            (new EncryptRequest { KeyId = First, EncryptionContext = context }, "kms:EncryptionContextKeys", "App stage"),
            (new EncryptRequest { KeyId = First }, "kms:EncryptionContextKeys", null),
            (new GenerateDataKeyRequest { KeyId = First, EncryptionContext = context }, "kms:EncryptionContext:App", "x"),
            (new GenerateDataKeyPairRequest { KeyId = First, KeyPairSpec = "RSA_3072" }, "kms:DataKeyPairSpec", "RSA_3072"),
            (new GenerateDataKeyPairWithoutPlaintextRequest { KeyId = First, KeyPairSpec = "RSA_3072" }, "kms:DataKeyPairSpec", "RSA_3072"),
            (new GenerateDataKeyWithoutPlaintextRequest { KeyId = First }, "kms:EncryptionAlgorithm", "SYMMETRIC_DEFAULT"),
            (new GenerateMacRequest { KeyId = First, MacAlgorithm = "HMAC_SHA_512" }, "kms:MacAlgorithm", "HMAC_SHA_512"),
            (new VerifyMacRequest { KeyId = First, MacAlgorithm = "HMAC_SHA_512" }, "kms:MacAlgorithm", "HMAC_SHA_512"),
            (new SignRequest { KeyId = First }, "kms:MessageType", "RAW"),
            (new VerifyRequest { KeyId = First, MessageType = "DIGEST" }, "kms:MessageType", "DIGEST"),
            (new SignRequest { KeyId = First, SigningAlgorithm = "ECDSA_SHA_256" }, "kms:SigningAlgorithm", "ECDSA_SHA_256"),
            (new DeriveSharedSecretRequest { KeyId = First, KeyAgreementAlgorithm = "ECDH" }, "kms:KeyAgreementAlgorithm", "ECDH"),
            (new EnableKeyRotationRequest { KeyId = First }, "kms:RotationPeriodInDays", "365"),
            (new EnableKeyRotationRequest { KeyId = First, RotationPeriodInDays = 90 }, "kms:RotationPeriodInDays", "90"),
            (new ScheduleKeyDeletionRequest { KeyId = First }, "kms:ScheduleKeyDeletionPendingWindowInDays", "30"),
            (new ScheduleKeyDeletionRequest { KeyId = First, PendingWindowInDays = 7 }, "kms:ScheduleKeyDeletionPendingWindowInDays", "7"),
            (new PutKeyPolicyRequest { KeyId = First }, "kms:BypassPolicyLockoutSafetyCheck", null),
            (new PutKeyPolicyRequest { KeyId = First, BypassPolicyLockoutSafetyCheck = false }, "kms:BypassPolicyLockoutSafetyCheck", "false"),
            (new CreateKeyRequest { BypassPolicyLockoutSafetyCheck = true }, "kms:BypassPolicyLockoutSafetyCheck", "true"),
            (new ImportKeyMaterialRequest { KeyId = First }, "kms:ExpirationModel", null),
            (new ImportKeyMaterialRequest { KeyId = First, ExpirationModel = "KEY_MATERIAL_EXPIRES" }, "kms:ExpirationModel", "KEY_MATERIAL_EXPIRES"),
            (new ImportKeyMaterialRequest { KeyId = First, ValidTo = KmsFixture.Start }, "kms:ValidTo", "1893456000"),
            (new GetParametersForImportRequest { KeyId = First, WrappingAlgorithm = "RSAES_OAEP_SHA_1" }, "kms:WrappingAlgorithm", "RSAES_OAEP_SHA_1"),
            (new GetParametersForImportRequest { KeyId = First, WrappingKeySpec = "RSA_4096" }, "kms:WrappingKeySpec", "RSA_4096"),
            (new UpdatePrimaryRegionRequest { KeyId = Multi, PrimaryRegion = "eu-west-1" }, "kms:PrimaryRegion", "eu-west-1"),
            (new ReplicateKeyRequest { KeyId = Multi, ReplicaRegion = "eu-west-1" }, "kms:ReplicaRegion", "eu-west-1"),
            (new ReplicateKeyRequest { KeyId = Multi, ReplicaRegion = "eu-west-1", Tags = Tags }, "aws:TagKeys", "Team"),
            (new TagResourceRequest { KeyId = First, Tags = Tags }, "aws:RequestTag/team", "blue"),
            (new TagResourceRequest { KeyId = First, Tags = Tags }, "aws:TagKeys", "Team"),
            (new UntagResourceRequest { KeyId = First, TagKeys = ["a", "b"] }, "aws:TagKeys", "a b"),
            (new UntagResourceRequest { KeyId = First, TagKeys = ["a", "b"] }, "aws:RequestTag/a", null),
            (grant, "kms:GrantConstraintSourceArn", "arn:aws:s3:us-east-1:111122223333:bucket"),
            (grant, "kms:GrantConstraintType", "EncryptionContextSubset"),
            (grant, "kms:GranteePrincipal", "arn:aws:iam::111122223333:user/x"),
            (grant, "kms:GranteeServicePrincipal", null),
            (grant, "kms:RetiringPrincipal", null),
            (grant, "kms:RetiringServicePrincipal", "lambda.amazonaws.com"),
            (grant, "kms:GrantIsForAWSResource", "false"),
            (grant, "kms:GrantOperations", "Decrypt Encrypt"),
            (grant, "kms:EncryptionContext:App", "x"),
            (new ListGrantsRequest { KeyId = First }, "kms:GrantIsForAWSResource", "false"),
            (new RevokeGrantRequest { KeyId = First }, "kms:GrantIsForAWSResource", "false"),
            (retire, "kms:GrantConstraintType", "EncryptionContextSubset"),
            (retire, "kms:EncryptionContextKeys", "App stage"),
            (new DisableKeyRequest { KeyId = First }, "kms:RotationPeriodInDays", null),
        ];

        Assert.Equal(
            expected.Select(static row => $"{row.Request.GetType().Name} {row.Key}: {row.Value}"),
            expected.Select(row => $"{row.Request.GetType().Name} {row.Key}: {Value(row.Request, Alice, row.Key)}"));
    }

    [Fact]
    public void Find_ReEncrypt_EachSideHasItsOwn()
    {
        ReEncryptRequest request = new()
        {
            CiphertextBlob = _kms.Encrypt(First),
            SourceKeyId = "alias/one",
            SourceEncryptionContext = new Dictionary<string, string> { ["a"] = "1" },
            DestinationKeyId = Second,
            DestinationEncryptionContext = new Dictionary<string, string> { ["a"] = "2" },
        };
        string[] keys = ["kms:RequestAlias", "kms:EncryptionContext:a", "kms:EncryptionAlgorithm", "kms:ReEncryptOnSameKey"];

        Assert.Equal((string?[])["alias/one", "1", "SYMMETRIC_DEFAULT", "false"], Values(request, Alice, keys));
        Assert.Equal((string?[])[null, "2", "SYMMETRIC_DEFAULT", "false"], Values(request, Alice, keys, at: 1));
        foreach (string same in (ReadOnlySpan<string>)[First, "alias/uno", "arn:aws:kms:us-east-1:111122223333:alias/one"])
        {
            Assert.Equal("true", Value(request with { DestinationKeyId = same }, Alice, "kms:ReEncryptOnSameKey"));
            Assert.Equal("true", Value(request with { DestinationKeyId = same }, Alice, "kms:ReEncryptOnSameKey", at: 1));
        }
    }

    [Theory]
    [InlineData(29.9, "29")]
    [InlineData(30, "30")]
    public void Find_TrailingDays_AreWholeAndSinceTheLastUseOrTheBeginning(double days, string expected)
    {
        _kms.Encrypt(First);
        _kms.StepDays(days);

        Assert.Equal(expected, Value(new DisableKeyRequest { KeyId = First }, Alice, "kms:TrailingDaysWithoutKeyUsage"));
        Assert.Equal(expected, Value(new ScheduleKeyDeletionRequest { KeyId = Second }, Alice, "kms:TrailingDaysWithoutKeyUsage"));
        Assert.Null(Value(new DescribeKeyRequest { KeyId = First }, Alice, "kms:TrailingDaysWithoutKeyUsage"));
    }

    [Fact]
    public void Find_AliasesBeyondTheQuota_CannotBeMatched()
    {
        _kms.Engine.Quotas.Set(QuotaName.AliasesPerKey, 1);

        Assert.Equal("", Value(new DescribeKeyRequest { KeyId = First }, Alice, "kms:ResourceAliases"));
    }

    private static readonly string[] CallerKeys =
    [
        "aws:PrincipalArn", "aws:PrincipalAccount", "aws:PrincipalType", "aws:userid", "aws:username", "aws:PrincipalTag/team",
        "aws:TokenIssueTime", "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge", "aws:SourceIdentity", "aws:PrincipalIsAWSService",
    ];

    private string? Value(object request, Caller caller, string key, int at = 0) => Values(request, caller, [key], at)[0];

    // Several values with a space between two.
    private string?[] Values(object request, Caller caller, string[] keys, int at = 0)
    {
        using OperationContext context = new(_kms.Engine.Services, OperationCatalog.ForRequest(request), request, caller) { Now = _kms.Engine.UtcNow };
        context.Use(_kms.Engine.OpenReader());
        context.Quotas = context.State.ReadQuotas();
        Permission? permission = null;
        foreach (Permission next in context.Operation.FindPermissions(context).Take(at + 1))
        {
            permission = next;
            if (next is { Key: { } key, IsTarget: true })
            {
                context.Add(key);
            }
        }

        RequestContext found = new(context, context.Identity, permission!);
        return [.. keys.Select(key => found.Find(key) is { } values ? string.Join(' ', values.Values) : null)];
    }
}
