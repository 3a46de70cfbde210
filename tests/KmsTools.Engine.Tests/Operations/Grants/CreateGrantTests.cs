using System.Collections.Immutable;
using KmsTools.Auditing;
using KmsTools.Persistence;

namespace KmsTools.Operations;

public sealed class CreateGrantTests : IDisposable
{
    private const string Alice = "arn:aws:iam::111122223333:user/alice";
    private const string Bob = "arn:aws:iam::111122223333:user/bob";
    private const string SourceArn = "arn:aws:s3:us-east-1:111122223333:bucket";

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void CreateGrant_EveryParameter_IsListed()
    {
        KeyMetadata key = _kms.CreateKey();

        CreateGrantResponse created = _kms.Call(Request(key) with
        {
            RetiringPrincipal = Bob,
            Operations = ["Decrypt", "Encrypt", "Decrypt"],
            Constraints = new GrantConstraints
            {
                EncryptionContextSubset = new Dictionary<string, string> { ["Department"] = "IT" },
                SourceArn = SourceArn,
            },
            Name = "my-grant",
        });

        Assert.Matches("^[0-9a-f]{64}$", created.GrantId);
        Assert.Matches("^[A-Za-z0-9+/=]{1,8192}$", created.GrantToken);
        GrantListEntry entry = Assert.Single(List(key));
        Assert.Equal(key.Arn, entry.KeyId);
        Assert.Equal(created.GrantId, entry.GrantId);
        Assert.Equal("my-grant", entry.Name);
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), entry.CreationDate);
        Assert.Equal("arn:aws:iam::111122223333:user/alice", entry.GranteePrincipal);
        Assert.Equal("arn:aws:iam::111122223333:user/bob", entry.RetiringPrincipal);
        Assert.Null(entry.GranteeServicePrincipal);
        Assert.Null(entry.RetiringServicePrincipal);
        Assert.Equal("arn:aws:iam::111122223333:root", entry.IssuingAccount);
        Assert.Equal([GrantOperation.Decrypt, GrantOperation.Encrypt], entry.Operations);
        Assert.Equal([KeyValuePair.Create("Department", "IT")], entry.Constraints!.EncryptionContextSubset!);
        Assert.Null(entry.Constraints.EncryptionContextEquals);
        Assert.Equal("arn:aws:s3:us-east-1:111122223333:bucket", entry.Constraints.SourceArn);
    }

    [Fact]
    public void CreateGrant_Event_HasConstraintsAndGrantIdAndNoToken()
    {
        KeyMetadata key = _kms.CreateKey();

        CreateGrantResponse created = _kms.Call(Request(key) with
        {
            Constraints = new GrantConstraints { EncryptionContextEquals = new Dictionary<string, string> { ["a"] = "b" } },
        });

        AuditEvent found = Assert.Single(_kms.Events("CreateGrant"));
        Assert.False(found.ReadOnly);
        Assert.Equal([key.Arn], found.Resources);
        Assert.Contains(
            $$$$"""
            "requestParameters":{"keyId":"{{{{key.KeyId}}}}","granteePrincipal":"arn:aws:iam::111122223333:user/alice","operations":["Decrypt"],"constraints":{"encryptionContextEquals":{"a":"b"}}},"responseElements":{"grantId":"{{{{created.GrantId}}}}","keyId":"{{{{key.Arn}}}}"}
            """,
            found.CloudTrailEvent,
            StringComparison.Ordinal);
        Assert.DoesNotContain(created.GrantToken, found.CloudTrailEvent, StringComparison.Ordinal);
    }

    [Fact]
    public void CreateGrant_WithoutName_MakesAnotherGrantEachTime()
    {
        KeyMetadata key = _kms.CreateKey();

        CreateGrantResponse first = _kms.Call(Request(key));
        CreateGrantResponse second = _kms.Call(Request(key));

        Assert.NotEqual(first.GrantId, second.GrantId);
        Assert.Equal(["", ""], List(key).Select(static grant => grant.Name));
        Assert.All(List(key), static grant => Assert.Null(grant.Constraints));
    }

    [Fact]
    public void CreateGrant_SameNameAndParameters_GivesTheSameGrantAndAnotherToken()
    {
        KeyMetadata key = _kms.CreateKey();
        CreateGrantRequest request = Request(key) with { Name = "n", Operations = ["Decrypt", "Encrypt"] };

        CreateGrantResponse first = _kms.Call(request);
        _kms.StepDays(1);
        CreateGrantResponse second = _kms.Call(request with { Operations = ["Encrypt", "Decrypt"], Constraints = new GrantConstraints() });

        Assert.Equal(first.GrantId, second.GrantId);
        Assert.NotEqual(first.GrantToken, second.GrantToken);
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), Assert.Single(List(key)).CreationDate);
    }

    [Fact]
    public void CreateGrant_SameNameAndOtherParameters_MakesAnotherGrant()
    {
        KeyMetadata key = _kms.CreateKey();
        CreateGrantRequest request = Request(key) with { Name = "n" };
        GrantConstraints equals = new() { EncryptionContextEquals = new Dictionary<string, string> { ["a"] = "b" } };
        GrantConstraints subset = new() { EncryptionContextSubset = new Dictionary<string, string> { ["a"] = "b" } };

        string[] ids =
        [
            _kms.Call(request).GrantId,
            _kms.Call(request with { Name = "N" }).GrantId,
            _kms.Call(request with { GranteePrincipal = Bob }).GrantId,
            _kms.Call(request with { RetiringPrincipal = Bob }).GrantId,
            _kms.Call(request with { Operations = ["Encrypt"] }).GrantId,
            _kms.Call(request with { Constraints = equals }).GrantId,
            _kms.Call(request with { Constraints = subset }).GrantId,
            _kms.Call(request with { Constraints = new GrantConstraints { SourceArn = SourceArn } }).GrantId,
            _kms.Call(request with { KeyId = _kms.CreateKey().KeyId }).GrantId,
        ];

        Assert.Equal(9, ids.Distinct().Count());
        Assert.Equal(8, List(key).Length);
        Assert.Equal(ids[5], _kms.Call(request with { Constraints = equals }).GrantId);
    }

    [Fact]
    public void CreateGrant_NameOfARevokedGrant_MakesANewOne()
    {
        KeyMetadata key = _kms.CreateKey();
        CreateGrantRequest request = Request(key) with { Name = "n" };
        string first = _kms.Call(request).GrantId;
        _kms.Call(new RevokeGrantRequest { KeyId = key.KeyId, GrantId = first });

        Assert.NotEqual(first, _kms.Call(request).GrantId);
    }

    [Fact]
    public void CreateGrant_Grantee_MustBeExactlyOne()
    {
        KeyMetadata key = _kms.CreateKey();

        _kms.Refuses(
            Request(key) with { GranteePrincipal = null },
            "ValidationException",
            "You must specify either GranteePrincipal or GranteeServicePrincipal.");
        _kms.Refuses(
            Request(key) with { GranteeServicePrincipal = "lambda.amazonaws.com" },
            "ValidationException",
            "You can specify either GranteePrincipal or GranteeServicePrincipal, but not both.");
        _kms.Refuses(
            Request(key) with { RetiringPrincipal = Alice, RetiringServicePrincipal = "lambda.amazonaws.com" },
            "ValidationException",
            "You can specify either RetiringPrincipal or RetiringServicePrincipal, but not both.");
    }

    [Fact]
    public void CreateGrant_ServiceGrantee_NeedsSourceArnAndRetiringPrincipal()
    {
        KeyMetadata key = _kms.CreateKey();
        const string Message =
            "When you specify a GranteeServicePrincipal, you must also specify a SourceArn grant constraint and either a "
                + "RetiringPrincipal or a RetiringServicePrincipal.";
        CreateGrantRequest request = Request(key) with
        {
            GranteePrincipal = null,
            GranteeServicePrincipal = "lambda.amazonaws.com",
            RetiringServicePrincipal = "lambda.amazonaws.com",
            Constraints = new GrantConstraints { SourceArn = SourceArn },
        };

        _kms.Refuses(request with { Constraints = null }, "ValidationException", Message);
        _kms.Refuses(request with { RetiringServicePrincipal = null }, "ValidationException", Message);
        _kms.Call(request with { RetiringServicePrincipal = null, RetiringPrincipal = Bob });
        string id = _kms.Call(request).GrantId;

        GrantListEntry entry = List(key).Single(grant => grant.GrantId == id);
        Assert.Equal("lambda.amazonaws.com", entry.GranteeServicePrincipal);
        Assert.Equal("lambda.amazonaws.com", entry.RetiringServicePrincipal);
        Assert.Null(entry.GranteePrincipal);
        Assert.Null(entry.RetiringPrincipal);
    }

    [Theory]
    [InlineData("111122223333")]
    [InlineData("arn:aws:iam::444455556666:root")]
    [InlineData("arn:aws:iam::444455556666:role/path/to/r")]
    [InlineData("arn:aws:sts::444455556666:assumed-role/r/session")]
    [InlineData("arn:aws:sts::444455556666:federated-user/f")]
    public void CreateGrant_Principal_IsAccepted(string principal)
    {
        _kms.Call(Request(_kms.CreateKey()) with { GranteePrincipal = principal, RetiringPrincipal = principal });
    }

    [Theory]
    [InlineData("alice")]
    [InlineData("11112222333")]
    [InlineData("arn:aws:iam::111122223333:group/g")]
    [InlineData("arn:aws:iam::111122223333:role/")]
    [InlineData("arn:aws:s3:::bucket")]
    [InlineData("lambda.amazonaws.com")]
    public void CreateGrant_NoPrincipal_IsRefused(string principal)
    {
        KeyMetadata key = _kms.CreateKey();

        _kms.Refuses(
            Request(
                key) with { GranteePrincipal = principal }, "InvalidArnException", $"ARN does not refer to a valid principal: {principal}");
        _kms.Refuses(
            Request(
                key) with { RetiringPrincipal = principal }, "InvalidArnException", $"ARN does not refer to a valid "
                    + $"principal: {principal}");
    }

    [Fact]
    public void CreateGrant_OperationOfAnotherKeyType_IsRefused()
    {
        KeyMetadata key = _kms.CreateKey();
        Key signing = SigningKey();

        _kms.Refuses(
            Request(key) with { Operations = ["Decrypt", "Sign"] },
            "ValidationException",
            $"Operation Sign is not supported by {key.Arn}, whose key spec is SYMMETRIC_DEFAULT and key usage ENCRYPT_DECRYPT.");
        _kms.Refuses(
            Request(key) with { KeyId = signing.KeyId },
            "ValidationException",
            $"Operation Decrypt is not supported by {signing.Arn}, whose key spec is RSA_2048 and key usage SIGN_VERIFY.");
        _kms.Call(Request(key) with { KeyId = signing
            .KeyId, Operations = ["Sign", "Verify", "GetPublicKey", "DescribeKey", "CreateGrant", "RetireGrant"] });
    }

    [Fact]
    public void CreateGrant_EncryptionContextOfAnAsymmetricKey_IsRefused()
    {
        Key signing = SigningKey();
        CreateGrantRequest request = new() { KeyId = signing.KeyId, GranteePrincipal = Alice, Operations = ["Sign"] };

        _kms.Refuses(
            request with { Constraints = new GrantConstraints
            {
                EncryptionContextEquals = new Dictionary<string, string> { ["a"] = "b" },
            } },
            "ValidationException",
            $"Encryption context grant constraints are supported only by symmetric encryption keys, which {signing.Arn} is not.");
        _kms.Call(request with { Constraints = new GrantConstraints { SourceArn = SourceArn } });
    }

    [Fact]
    public void CreateGrant_Operations_MustBeOfTheModel()
    {
        KeyMetadata key = _kms.CreateKey();

        _kms.Refuses(
            Request(key) with { Operations = ["Decrypt", "ScheduleKeyDeletion"] },
            "ValidationException",
            "1 validation error detected: Value '[Decrypt, ScheduleKeyDeletion]' at 'operations' failed to satisfy constraint: Member "
                + "must satisfy constraint: "
            + "[Member must satisfy enum value set: [Decrypt, Encrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, ReEncryptFrom, "
            + "ReEncryptTo, Sign, Verify, "
            + "GetPublicKey, CreateGrant, RetireGrant, DescribeKey, GenerateDataKeyPair, GenerateDataKeyPairWithoutPlaintext, "
            + "GenerateMac, VerifyMac, DeriveSharedSecret]]");
        _kms.Refuses(Request(key) with { Operations = [] }, "ValidationException", "You must specify at least one operation.");
        _kms.Refuses(
            Request(key) with { Operations = null },
            "ValidationException",
            "1 validation error detected: Value null at 'operations' failed to satisfy constraint: Member must not be null");
    }

    [Fact]
    public void CreateGrant_EncryptionContext_BothSidesOfTheLimits()
    {
        KeyMetadata key = _kms.CreateKey();
        static GrantConstraints Pairs(int count, int length) => new()
        {
            EncryptionContextSubset = Enumerable.Range(0, count).ToDictionary(static i => $"k{i}", _ => new string('v', length)),
        };

        _kms.Call(Request(key) with { Constraints = Pairs(8, 384) });
        _kms.Refuses(
            Request(key) with { Constraints = Pairs(9, 1) },
            "ValidationException",
            "The encryption context of a grant constraint has 9 pairs; at most 8 are allowed.");
        _kms.Refuses(
            Request(key) with { Constraints = Pairs(1, 385) },
            "ValidationException",
            "A value in the encryption context of a grant constraint has more than 384 characters.");
    }

    [Theory]
    [InlineData("arn:aws:s3:us-east-1:111122223333:b", true)]
    [InlineData("arn:aws:s3:::bucket-name", false)]
    [InlineData("arn:aws:s:::b", false)]
    public void CreateGrant_SourceArn_MustBeOneWithAnAccount(string sourceArn, bool isGood)
    {
        CreateGrantRequest request = Request(_kms.CreateKey()) with { Constraints = new GrantConstraints { SourceArn = sourceArn } };

        if (isGood)
        {
            _kms.Call(request);
        }
        else
        {
            Assert.StartsWith(
                $"1 validation error detected: Value '{sourceArn}' at 'constraints.sourceArn' failed to satisfy constraint: Member must ",
                _kms.Refused(request).Message,
                StringComparison.Ordinal);
        }
    }

    [Fact]
    public void CreateGrant_GrantTokens_MustBeOfThisStoreAndRegion()
    {
        KeyMetadata key = _kms.CreateKey();
        string token = _kms.Call(Request(key)).GrantToken;

        _kms.Call(Request(key) with { GrantTokens = [.. Enumerable.Repeat(token, 10)] });
        _kms.Call(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1], GrantTokens = [token] });
        _kms.Refuses(Request(key) with { GrantTokens = ["AQ=="] }, "InvalidGrantTokenException", "The grant token is not valid.");
        _kms.Refuses(
            Request(key) with { GrantTokens = [token, "not base64"] },
            "InvalidGrantTokenException",
            "The grant token is not valid.");
        _kms.Refuses(
            new EncryptRequest { KeyId = key.KeyId, Plaintext = [1], GrantTokens = [token[1..] + "="] },
            "InvalidGrantTokenException",
            "The grant token is not valid.");
        Assert.Equal(
            "InvalidGrantTokenException",
            _kms.Refused(new DescribeKeyRequest { KeyId = key.KeyId, GrantTokens = [token] }, "eu-west-1").ErrorCode);
        _kms.Refuses(
            Request(key) with { GrantTokens = [.. Enumerable.Repeat(token, 11)] },
            "ValidationException",
            "1 validation error detected: Value at 'grantTokens' failed to satisfy constraint: Member must have length less than or equal "
                + "to 10");
        _kms.Refuses(
            Request(key) with { GrantTokens = [""] },
            "ValidationException",
            "1 validation error detected: Value at 'grantTokens' failed to satisfy constraint: Member must satisfy constraint: "
            + "[Member must have length less than or equal to 8192, Member must have length greater than or equal to 1]");
    }

    [Fact]
    public void CreateGrant_DryRun_ChecksEverythingAndDoesNothing()
    {
        KeyMetadata key = _kms.CreateKey();

        _kms.Refuses(
            Request(
                key) with { DryRun = true }, "DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
        Assert.Equal("ValidationException", _kms.Refused(Request(key) with { DryRun = true, Operations = ["Sign"] }).ErrorCode);
        Assert.Empty(List(key));
    }

    [Fact]
    public void CreateGrant_States_AsInTheTable()
    {
        KeyMetadata disabled = _kms.CreateKey();
        KeyMetadata pendingDeletion = _kms.CreateKey();
        KeyMetadata pendingImport = _kms.CreateKey("EXTERNAL");
        Key unavailable = UnavailableKey();
        _kms.Call(new DisableKeyRequest { KeyId = disabled.KeyId });
        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = pendingDeletion.KeyId });

        _kms.Call(Request(_kms.CreateKey()));
        _kms.Refuses(Request(disabled), "DisabledException", $"{disabled.Arn} is disabled.");
        _kms.Refuses(Request(pendingDeletion), "KMSInvalidStateException", $"{pendingDeletion.Arn} is pending deletion.");
        _kms.Refuses(Request(pendingImport), "KMSInvalidStateException", $"{pendingImport.Arn} is pending import.");
        Assert.Equal(KeyState.Unavailable, _kms.Describe(unavailable.KeyId).KeyState);
        _kms.Call(new CreateGrantRequest { KeyId = unavailable.KeyId, GranteePrincipal = Alice, Operations = ["Decrypt"] });
    }

    // Seen on AWS in the issue 328 of aws-sdk-java.
    [Fact]
    public void CreateGrant_TwoEncryptionContexts_AreRefused()
    {
        string keyId = _kms.CreateKey().KeyId;
        Dictionary<string, string> one = new() { ["a"] = "b" };
        CreateGrantRequest request = new() { KeyId = keyId, GranteePrincipal = Alice, Operations = ["Encrypt"] };

        _kms.Refuses(
            request with { Constraints = new GrantConstraints { EncryptionContextSubset = one, EncryptionContextEquals = one } },
            "ValidationException",
            "More than one constraint supplied");
        Assert.Empty(_kms.Call(new ListGrantsRequest { KeyId = keyId }).Grants);
        _kms.Call(request with { Constraints = new GrantConstraints { EncryptionContextSubset = one, SourceArn = SourceArn } });
        _kms.Call(request with { Constraints = new GrantConstraints { EncryptionContextEquals = one, EncryptionContextSubset = new Dictionary<string, string>() } });
    }

    // Seen on AWS in the issue 31960 of ansible (2019).
    [Fact]
    public void CreateGrant_OnlyCreateGrant_IsRefused()
    {
        string keyId = _kms.CreateKey().KeyId;
        foreach (string[] operations in (string[][])[["CreateGrant"], ["CreateGrant", "CreateGrant"]])
        {
            _kms.Refuses(
                new CreateGrantRequest { KeyId = keyId, GranteePrincipal = Alice, Operations = operations },
                "ValidationException",
                "Grants must not contain only the CreateGrant operation.");
        }

        _kms.Call(new CreateGrantRequest { KeyId = keyId, GranteePrincipal = Alice, Operations = ["CreateGrant", "Encrypt"] });
        _kms.Call(new CreateGrantRequest { KeyId = keyId, GranteePrincipal = Alice, Operations = ["CreateGrant", "RetireGrant"] });
        Assert.Equal(2, _kms.Call(new ListGrantsRequest { KeyId = keyId }).Grants.Length);
    }

    [Fact]
    public void CreateGrant_Alias_IsNotSupported()
    {
        _kms.Refuses(
            new CreateGrantRequest { KeyId = "alias/a", GranteePrincipal = Alice, Operations = ["Decrypt"] },
            "InvalidArnException",
            "Key Aliases are not supported for this operation.");
    }

    [Fact]
    public void CreateGrant_Quota_IsFiftyThousandPerKey()
    {
        KeyMetadata key = _kms.CreateKey();
        using (IStateTransaction transaction = _kms.Engine.Store.BeginTransaction())
        {
            for (int i = 0; i < 49_998; i++)
            {
                transaction.InsertGrant(new Grant
                {
                    Region = KmsFixture.Region,
                    KeyId = key.KeyId,
                    GrantId = i.ToString("x64"),
                    CreationDate = KmsFixture.Start,
                    Grantee = new GrantPrincipal(Alice, false),
                    Operations = [GrantOperation.Decrypt],
                });
            }

            transaction.Commit();
        }

        _kms.Call(Request(key));
        CreateGrantResponse last = _kms.Call(Request(key) with { Name = "last" });

        _kms.Refuses(Request(key), "LimitExceededException", $"{key.Arn} has 50000 grants, the most that are allowed.");
        Assert.Equal(last.GrantId, _kms.Call(Request(key) with { Name = "last" }).GrantId);
        _kms.Call(new RevokeGrantRequest { KeyId = key.KeyId, GrantId = last.GrantId });
        _kms.Call(Request(key));
    }

    [Fact]
    public void CreateGrant_KeyIsDeleted_GrantsGoWithIt()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Call(Request(key) with { RetiringPrincipal = Bob });
        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = key.KeyId, PendingWindowInDays = 7 });

        Assert.Single(_kms.Call(new ListRetirableGrantsRequest { RetiringPrincipal = Bob }).Grants);
        _kms.StepDays(7);

        Assert.Empty(_kms.Call(new ListRetirableGrantsRequest { RetiringPrincipal = Bob }).Grants);
    }

    private static CreateGrantRequest Request(KeyMetadata key) =>
        new() { KeyId = key.KeyId, GranteePrincipal = Alice, Operations = ["Decrypt"] };

    private ImmutableArray<GrantListEntry> List(KeyMetadata key) => _kms.Call(new ListGrantsRequest { KeyId = key.KeyId }).Grants;

    private Key SigningKey() => Insert(new Key
    {
        AccountId = KmsFixture.Account,
        Region = KmsFixture.Region,
        KeyId = "1234abcd-12ab-34cd-56ef-1234567890ab",
        CreationDate = KmsFixture.Start,
        KeySpec = KeySpec.RSA_2048,
        KeyUsage = KeyUsageType.SIGN_VERIFY,
        Policy = Keys.KeyPolicy.Default("111122223333"),
        Materials = [NewMaterial()],
    });

    private Key UnavailableKey()
    {
        using (IStateTransaction transaction = _kms.Engine.Store.BeginTransaction())
        {
            transaction.InsertCustomKeyStore(new CustomKeyStore
            {
                CustomKeyStoreId = "cks-1",
                Region = KmsFixture.Region,
                Name = "store",
                CloudHsmClusterId = "cluster-1",
                TrustAnchorCertificate = "PEM",
                CreationDate = KmsFixture.Start,
                WrappedPassword = new byte[] { 1 },
                ConnectionState = ConnectionStateType.DISCONNECTED,
            });
            transaction.Commit();
        }

        return Insert(new Key
        {
            AccountId = KmsFixture.Account,
            Region = KmsFixture.Region,
            KeyId = "1234abcd-12ab-34cd-56ef-1234567890ac",
            CreationDate = KmsFixture.Start,
            Origin = OriginType.AWS_CLOUDHSM,
            CustomKeyStoreId = "cks-1",
            Policy = Keys.KeyPolicy.Default("111122223333"),
            Materials = [NewMaterial()],
        });
    }

    private static KeyMaterial NewMaterial() =>
        new() { KeyMaterialId = new string('a', 64), State = KeyMaterialState.CURRENT, CreationDate = KmsFixture.Start };

    private Key Insert(Key key)
    {
        using IStateTransaction transaction = _kms.Engine.Store.BeginTransaction();
        transaction.InsertKey(key);
        transaction.Commit();
        return key;
    }
}
