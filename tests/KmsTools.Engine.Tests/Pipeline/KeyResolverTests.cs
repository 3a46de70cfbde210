using KmsTools.Operations;

namespace KmsTools.Pipeline;

/// <summary>References to keys, and the errors of those that lead nowhere.</summary>
public sealed class KeyResolverTests : IDisposable
{
    private const string Unknown = "12345678-1234-4234-8234-123456789012";
    private const string Prefix = "arn:aws:kms:us-east-1:111122223333:";

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Resolve_EveryForm_FindsTheKey()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Alias("alias/test", key.KeyId);

        Assert.All([key.KeyId, key.Arn, "alias/test", Prefix + "alias/test"], reference => Assert.Equal(key.KeyId, _kms.Describe(reference).KeyId));
    }

    [Theory]
    [InlineData("fake-key-id")]
    [InlineData("mrk-fake-key-id")]
    [InlineData("12345678123442348234123456789012")]
    [InlineData("12345678-1234-4234-8234-12345678901")]
    [InlineData("12345678-1234-4234-8234-12345678901g")]
    [InlineData(" 12345678-1234-4234-8234-123456789012")]
    [InlineData("12345678-1234-4234-8234-123456789012 ")]
    [InlineData("12345678-1234-4234-8234-123456789012\n")]
    [InlineData("+2345678-1234-4234-8234-123456789012")]
    [InlineData("0x345678-1234-4234-8234-123456789012")]
    [InlineData("mrk-1234567890abcdef1234567890abcde")]
    [InlineData("mrk-1234567890ABCDEF1234567890ABCDEF")]
    [InlineData("Alias/test")]
    public void Resolve_NoIdentifier_IsInvalidKeyId(string reference) =>
        _kms.Refuses(new DescribeKeyRequest { KeyId = reference }, "NotFoundException", $"Invalid keyId '{reference}'");

    [Theory]
    [InlineData(Unknown, Prefix + "key/" + Unknown)]

    // Measured on AWS (the pull request 3968 of floci).
    [InlineData("786CA7CD-B74B-42B3-B887-902AD7AB6429", Prefix + "key/786CA7CD-B74B-42B3-B887-902AD7AB6429")]
    [InlineData(Prefix + "key/786CA7CD-B74B-42B3-B887-902AD7AB6429", Prefix + "key/786CA7CD-B74B-42B3-B887-902AD7AB6429")]
    [InlineData(Prefix + "key/" + Unknown, Prefix + "key/" + Unknown)]
    [InlineData("mrk-1234567890abcdef1234567890abcdef", Prefix + "key/mrk-1234567890abcdef1234567890abcdef")]
    public void Resolve_UnknownKey_NamesTheWholeArn(string reference, string arn) =>
        _kms.Refuses(new DescribeKeyRequest { KeyId = reference }, "NotFoundException", $"Key '{arn}' does not exist");

    [Fact]
    public void Resolve_IdInCapitals_FindsNoKey()
    {
        KeyMetadata key = _kms.CreateKey();
        string capitals = key.KeyId.ToUpperInvariant();

        _kms.Refuses(new DescribeKeyRequest { KeyId = capitals }, "NotFoundException", $"Key '{Prefix}key/{capitals}' does not exist");
    }

    // Measured on AWS (the pull request 3968 of floci); the first two also seen in the issue 10108 of mondoohq/mql.
    [Theory]
    [InlineData(Prefix + "key/foo", "foo")]
    [InlineData(Prefix + "key/alias/aws/sqs", "alias/aws/sqs")]
    [InlineData(Prefix + "key/", "")]
    [InlineData(Prefix + "key/key/" + Unknown, "key/" + Unknown)]
    public void Resolve_NoIdentifierInAnArn_NamesItWithoutQuotes(string reference, string name)
    {
        _kms.Call(new DescribeKeyRequest { KeyId = "alias/aws/sqs" });

        _kms.Refuses(new DescribeKeyRequest { KeyId = reference }, "NotFoundException", $"Invalid keyId {name}");
        _kms.Refuses(new DisableKeyRequest { KeyId = reference }, "NotFoundException", $"Invalid keyId {name}");
    }

    // Measured on AWS (the pull request 3968 of floci).
    [Fact]
    public void Resolve_NoAscii_BreaksThePattern()
    {
        _kms.Refuses(
            new DescribeKeyRequest { KeyId = "\u30ad\u30fc" },
            "ValidationException",
            "1 validation error detected: Value '\u30ad\u30fc' at 'keyId' failed to satisfy constraint: "
            + @"Member must satisfy regular expression pattern: ^\p{ASCII}+$");
        _kms.Refuses(new DescribeKeyRequest { KeyId = "\u007f" }, "NotFoundException", "Invalid keyId '\u007f'");
        Assert.Equal("ValidationException", _kms.Error(new DescribeKeyRequest { KeyId = "\u0080" }).Code);
        Assert.Equal("ValidationException", _kms.Error(new DisableKeyRequest { KeyId = "alias/\u0080" }).Code);
        _kms.Refuses(
            new CreateAliasRequest { AliasName = "alias/a", TargetKeyId = "\u00e4" },
            "ValidationException",
            "1 validation error detected: Value '\u00e4' at 'targetKeyId' failed to satisfy constraint: "
            + @"Member must satisfy regular expression pattern: ^\p{ASCII}+$");
    }

    // Measured on AWS (the pull request 3968 of floci).
    [Fact]
    public void Resolve_Empty_BreaksTwoConstraints() => _kms.Refuses(
        new DescribeKeyRequest { KeyId = "" },
        "ValidationException",
        "2 validation errors detected: Value '' at 'keyId' failed to satisfy constraint: Member must have length greater than or equal to "
            + "1; "
        + @"Value '' at 'keyId' failed to satisfy constraint: Member must satisfy regular expression pattern: ^\p{ASCII}+$");

    [Theory]
    [InlineData("alias/unknown")]
    [InlineData(Prefix + "alias/unknown")]
    public void Resolve_UnknownAlias_NamesTheWholeArn(string reference) =>
        _kms.Refuses(new EncryptRequest { KeyId = reference, Plaintext = [1] }, "NotFoundException", $"Alias {Prefix}alias/unknown is not "
            + "found.");

    [Fact]
    public void Resolve_AliasOfOtherCase_IsAnotherAlias()
    {
        _kms.Alias("alias/Case", _kms.CreateKey().KeyId);

        Assert.Equal("NotFoundException", _kms.Error(new DescribeKeyRequest { KeyId = "alias/case" }).Code);
    }

    [Fact]
    public void Resolve_ArnOfAnotherRegion_NamesTheRegion()
    {
        KeyMetadata key = _kms.Call(new CreateKeyRequest(), "eu-west-1").KeyMetadata;

        _kms.Refuses(new DescribeKeyRequest { KeyId = key.Arn }, "NotFoundException", "Invalid arn eu-west-1");
        _kms.Refuses(
            new DescribeKeyRequest { KeyId = key.KeyId },
            "NotFoundException",
            $"Key '{Prefix}key/{key.KeyId}' does not exist");
        Assert.Equal(key.Arn, _kms.Call(new DescribeKeyRequest { KeyId = key.Arn }, "eu-west-1").KeyMetadata.Arn);
    }

    [Theory]
    [InlineData("arn:aws:kms:us-east-1:444455556666:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1:444455556666:alias/unknown")]
    public void Resolve_ArnOfAnotherAccount_IsDeniedAndNeverNotFound(string reference)
    {
        // Recorded from AWS since 2024.
        const string Reason = " on this resource because the resource does not exist in this Region, no resource-based policies allow "
            + "access, "
            + "or a resource-based policy explicitly denies access";
        string me = $"User: {KmsFixture.CallerIn(null).PrincipalArn} is not authorized to perform: kms:";
        byte[] blob = _kms.Encrypt(_kms.CreateKey().KeyId, 1);

        _kms.Refuses(new DescribeKeyRequest { KeyId = reference }, "AccessDeniedException", me + "DescribeKey" + Reason);
        _kms.Refuses(new DecryptRequest { KeyId = reference, CiphertextBlob = blob }, "AccessDeniedException", me + "Decrypt" + Reason);
        _kms.Refuses(
            new ReEncryptRequest { CiphertextBlob = blob, DestinationKeyId = reference }, "AccessDeniedException", me + "ReEncryptTo" + Reason);
        _kms.Refuses(
            new ReEncryptRequest { CiphertextBlob = blob, SourceKeyId = reference, DestinationKeyId = "alias/any" },
            "AccessDeniedException",
            me + "ReEncryptFrom" + Reason);

        Auditing.AuditEvent recorded = Assert.Single(_kms.Events("DescribeKey"));
        Assert.Equal(("AccessDenied", me + "DescribeKey" + Reason), (recorded.ErrorCode, recorded.ErrorMessage));
    }

    [Theory]
    [InlineData("arn:aws-cn:kms:us-east-1:111122223333:key/" + Unknown)]
    [InlineData("arn:aws:s3:us-east-1:111122223333:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1:11112222333:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1:11112222333x:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1:111122223333\n:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1\n:111122223333:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1\0:111122223333:key/" + Unknown)]
    [InlineData("arn:aws:kms: us-east-1:111122223333:key/" + Unknown)]
    [InlineData("arn:aws:kms:eu_west_1:111122223333:key/" + Unknown)]
    [InlineData("arn:aws:kms::111122223333:key/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1:111122223333:grant/" + Unknown)]
    [InlineData("arn:aws:kms:us-east-1:111122223333")]
    [InlineData("arn:")]
    public void Resolve_ArnOfNoKey_IsInvalidArn(string reference)
    {
        _kms.Refuses(new DescribeKeyRequest { KeyId = reference }, "InvalidArnException", $"Invalid arn {reference}");
        _kms.Refuses(new CreateAliasRequest { AliasName = "alias/a", TargetKeyId = reference }, "NotFoundException", $"Invalid arn {reference}");
        _kms.Refuses(new EncryptRequest { KeyId = reference, Plaintext = [1] }, "NotFoundException", $"Invalid arn {reference}");
    }

    [Fact]
    public void DeclaresInvalidArn_OfOperationsThatTakeAKey_IsAsInTheModel() => Assert.Equal(
        [
            "CreateAlias", "Decrypt", "DeriveSharedSecret", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
            "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "ReEncrypt", "Sign", "UpdateAlias", "Verify",
            "VerifyMac",
        ],
        OperationCatalog.All.Where(static operation => !operation.DeclaresInvalidArn).Select(static operation => operation.Name));

    // Measured on AWS (the pull request 3968 of floci, us-east-1, September 2026), with bodies of nothing but a KeyId, for the first 21;
    // the others take the same kind of member.
    [Theory]
    [InlineData("alias/test")]
    [InlineData("alias/unknown")]
    [InlineData(Prefix + "alias/test")]
    [InlineData(Prefix + "alias/unknown")]
    public void Resolve_AliasWhereOnlyKeysAreTaken_IsNotSupportedBeforeAnythingIsMissed(string alias)
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Alias("alias/test", key.KeyId);

        Refuses(new ScheduleKeyDeletionRequest { KeyId = alias });
        Refuses(new CancelKeyDeletionRequest { KeyId = alias });
        Refuses(new EnableKeyRequest { KeyId = alias });
        Refuses(new DisableKeyRequest { KeyId = alias });
        Refuses(new TagResourceRequest { KeyId = alias });
        Refuses(new UntagResourceRequest { KeyId = alias });
        Refuses(new ListResourceTagsRequest { KeyId = alias });
        Refuses(new UpdateKeyDescriptionRequest { KeyId = alias });
        Refuses(new GetKeyPolicyRequest { KeyId = alias });
        Refuses(new PutKeyPolicyRequest { KeyId = alias });
        Refuses(new ListKeyPoliciesRequest { KeyId = alias });
        Refuses(new GetKeyRotationStatusRequest { KeyId = alias });
        Refuses(new EnableKeyRotationRequest { KeyId = alias });
        Refuses(new DisableKeyRotationRequest { KeyId = alias });
        Refuses(new RotateKeyOnDemandRequest { KeyId = alias });
        Refuses(new CreateGrantRequest { KeyId = alias });
        Refuses(new ListGrantsRequest { KeyId = alias });
        Refuses(new RevokeGrantRequest { KeyId = alias });
        Refuses(new GetParametersForImportRequest { KeyId = alias });
        Refuses(new ImportKeyMaterialRequest { KeyId = alias });
        Refuses(new DeleteImportedKeyMaterialRequest { KeyId = alias });
        Refuses(new ReplicateKeyRequest { KeyId = alias });
        Refuses(new UpdatePrimaryRegionRequest { KeyId = alias });
        Refuses(new ListKeyRotationsRequest { KeyId = alias });
        Refuses(new GetKeyLastUsageRequest { KeyId = alias });
        Refuses(new RetireGrantRequest { KeyId = alias });
        Refuses(new ListAliasesRequest { KeyId = alias });
        Assert.True(_kms.Describe(key.KeyId).Enabled);

        void Refuses<T>(IKmsRequest<T> request)
            where T : class => _kms.Refuses(request, "InvalidArnException", "Key Aliases are not supported for this operation.");
    }

    // CreateAlias and UpdateAlias do not declare InvalidArnException.
    [Fact]
    public void Resolve_AliasAsTargetOfAnAlias_IsInvalidKeyId()
    {
        _kms.Alias("alias/test", _kms.CreateKey().KeyId);

        _kms.Refuses(new CreateAliasRequest { AliasName = "alias/b", TargetKeyId = "alias/test" }, "NotFoundException", "Invalid keyId 'alias/test'");
        _kms.Refuses(new UpdateAliasRequest { AliasName = "alias/test", TargetKeyId = "alias/test" }, "NotFoundException", "Invalid keyId 'alias/test'");
        _kms.Refuses(
            new CreateAliasRequest { AliasName = "alias/b", TargetKeyId = Prefix + "alias/test" }, "NotFoundException", "Invalid keyId alias/test");
    }

    [Theory]
    [InlineData(2048, "InvalidArnException")]
    [InlineData(2049, "ValidationException")]
    public void Resolve_LongAliasWhereOnlyKeysAreTaken_IsBoundedFirst(int length, string code) =>
        Assert.Equal(code, _kms.Error(new DisableKeyRequest { KeyId = "alias/".PadRight(length, 'a') }).Code);

    [Theory]
    [InlineData(2048, "NotFoundException")]
    [InlineData(2049, "ValidationException")]
    [InlineData(0, "ValidationException")]
    public void Resolve_LengthOfReference_IsBoundedByTheModel(int length, string code) =>
        Assert.Equal(code, _kms.Error(new DescribeKeyRequest { KeyId = new string('a', length) }).Code);

    [Fact]
    public void Resolve_BadShapeAndUnknownKey_ReportsTheShape() =>
        Assert.Equal("ValidationException", _kms.Error(new EncryptRequest { KeyId = Unknown, Plaintext = [] }).Code);
}
