using KmsTools.Auditing;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Keys;

public sealed class AwsManagedKeysTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void DescribeKey_AliasOfAService_MakesItsKeyOnce()
    {
        Assert.Empty(_kms.Call(new ListKeysRequest()).Keys);

        KeyMetadata key = _kms.Describe("alias/aws/s3");

        Assert.Equal(KeyManagerType.AWS, key.KeyManager);
        Assert.Equal((KeyState.Enabled, OriginType.AWS_KMS), (key.KeyState, key.Origin));
        Assert.Equal(key.KeyId, _kms.Describe("alias/aws/s3").KeyId);
        Assert.Equal(key.KeyId, _kms.Describe("arn:aws:kms:us-east-1:111122223333:alias/aws/s3").KeyId);
        Assert.NotEqual(key.KeyId, _kms.Describe("alias/aws/ebs").KeyId);
        Assert.NotEqual(key.KeyId, _kms.Call(new DescribeKeyRequest { KeyId = "alias/aws/s3" }, "eu-west-1").KeyMetadata.KeyId);
        _kms.Reopen();
        Assert.Equal(key.KeyId, _kms.Describe("alias/aws/s3").KeyId);
    }

    [Fact]
    public void Encrypt_AliasOfAService_MakesItsKey()
    {
        _kms.Engine.Authorization.Set(directUseOfAwsManagedKeys: true);

        byte[] blob = _kms.Encrypt("alias/aws/ebs", 1);

        Assert.Equal([1], _kms.Decrypt(blob));
        Assert.Equal(
            "alias/aws/ebs", Assert.Single(_kms.Call(new ListAliasesRequest()).Aliases, static alias => alias.TargetKeyId is not null).AliasName);
    }

    [Fact]
    public void Preview_AliasOfAServiceWithoutKey_AgreesWithTheCallAndMakesNoKey()
    {
        const string alias = "arn:aws:kms:us-east-1:111122223333:alias/aws/ebs";
        EncryptRequest encrypt = new() { KeyId = "alias/aws/ebs", Plaintext = [1] };
        SignRequest sign = new() { KeyId = "alias/aws/ebs", Message = [1], SigningAlgorithm = "RSASSA_PSS_SHA_256" };
        Assert.Equal("AccessDeniedException", Assert.Throws<KmsException>(() => _kms.Engine.Preview(encrypt)).ErrorCode);
        _kms.Engine.Authorization.Set(directUseOfAwsManagedKeys: true);

        foreach (string name in new[] { "alias/aws/ebs", alias })
        {
            KeyTarget target = Assert.Single(_kms.Engine.Preview(encrypt with { KeyId = name }, isTried: true));
            Assert.Equal(("Encrypt", alias), (target.Action, target.AliasOfDraft));
        }

        _kms.Engine.Authorization.Set(AuthorizationMode.Record);
        KmsException refused = Assert.Throws<KmsException>(() => _kms.Engine.Preview(sign, isTried: true));
        Assert.Equal(
            ("InvalidKeyUsageException", $"{alias} key usage is ENCRYPT_DECRYPT which is not valid for Sign.", null),
            (refused.ErrorCode, refused.Message, refused.KeyArn));
        AuditEvent left = Assert.Single(_kms.Engine.FindEvents(new EventQuery { EventName = "Sign" }));
        Assert.Equal(("InvalidKeyUsageException", 0), (left.ErrorCode, left.Resources.Count));
        Assert.Equal("NotFoundException", Assert.Throws<KmsException>(() => _kms.Engine.FindKey("alias/aws/ebs")).ErrorCode);
        Assert.Empty(_kms.Call(new ListKeysRequest()).Keys);
        _kms.Encrypt("alias/aws/ebs", 1);
        Assert.Null(Assert.Single(_kms.Engine.Preview(encrypt)).AliasOfDraft);
    }

    [Fact]
    public void DescribeKey_AliasOfNoService_IsNotFound() => _kms.Refuses(
        new DescribeKeyRequest { KeyId = "alias/aws/unknown" },
        "NotFoundException",
        "Alias arn:aws:kms:us-east-1:111122223333:alias/aws/unknown is not found.");

    [Fact]
    public void ProcessDue_AwsManagedKey_RotatesEvery1095Days()
    {
        _kms.Engine.Authorization.Set(directUseOfAwsManagedKeys: true);
        KeyMetadata key = _kms.Describe("alias/aws/s3");
        byte[] blob = _kms.Encrypt(key.KeyId, 1);
        Assert.Equal(
            (true, 1095),
            (Status(key.KeyId).KeyRotationEnabled, Status(key.KeyId).RotationPeriodInDays));
        _kms.Step(TimeSpan.FromDays(1095) - TimeSpan.FromMilliseconds(1));
        Assert.Equal(key.CurrentKeyMaterialId, _kms.Describe(key.KeyId).CurrentKeyMaterialId);

        _kms.Step(TimeSpan.FromMilliseconds(1));

        Assert.NotEqual(key.CurrentKeyMaterialId, _kms.Describe(key.KeyId).CurrentKeyMaterialId);
        Assert.Equal([1], _kms.Decrypt(blob));
        Assert.Equal(new DateTime(2035, 12, 31, 0, 0, 0, DateTimeKind.Utc), Status(key.KeyId).NextRotationDate);
    }

    [Fact]
    public void Execute_ManagementOfAnAwsManagedKey_IsDenied()
    {
        KeyMetadata key = _kms.Describe("alias/aws/s3");
        string id = key.KeyId;
        void Denied<T>(IKmsRequest<T> request, string action)
            where T : class
        {
            (string code, string message) = _kms.Error(request);
            Assert.Equal("AccessDeniedException", code);
            Assert.Contains($"is not authorized to perform: kms:{action} on resource: {key.Arn}", message, StringComparison.Ordinal);
        }

        Denied(new DisableKeyRequest { KeyId = id }, "DisableKey");
        Denied(new EnableKeyRequest { KeyId = id }, "EnableKey");
        Denied(new ScheduleKeyDeletionRequest { KeyId = id }, "ScheduleKeyDeletion");
        Denied(new CancelKeyDeletionRequest { KeyId = id }, "CancelKeyDeletion");
        Denied(new UpdateKeyDescriptionRequest { KeyId = id, Description = "" }, "UpdateKeyDescription");
        Denied(new EnableKeyRotationRequest { KeyId = id }, "EnableKeyRotation");
        Denied(new DisableKeyRotationRequest { KeyId = id }, "DisableKeyRotation");
        Denied(new RotateKeyOnDemandRequest { KeyId = id }, "RotateKeyOnDemand");
        Denied(new ImportKeyMaterialRequest { KeyId = id, ImportToken = [1], EncryptedKeyMaterial = [1] }, "ImportKeyMaterial");
        Denied(new DeleteImportedKeyMaterialRequest { KeyId = id }, "DeleteImportedKeyMaterial");
        Denied(new CreateAliasRequest { AliasName = "alias/mine", TargetKeyId = id }, "CreateAlias");
        _kms.Alias("alias/mine", _kms.CreateKey().KeyId);
        Denied(new UpdateAliasRequest { AliasName = "alias/mine", TargetKeyId = id }, "UpdateAlias");
        Assert.Equal("NotAuthorizedException", _kms.Error(new DeleteAliasRequest { AliasName = "alias/aws/s3" }).Code);
        Assert.Equal(
            "NotAuthorizedException",
            _kms.Error(new UpdateAliasRequest { AliasName = "alias/aws/s3", TargetKeyId = _kms.CreateKey().KeyId }).Code);
        Assert.Equivalent(key, _kms.Describe(id));
    }

    private GetKeyRotationStatusResponse Status(string keyId) => _kms.Call(new GetKeyRotationStatusRequest { KeyId = keyId });
}
