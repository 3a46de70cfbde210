using KmsTools.Auditing;

namespace KmsTools.Operations;

public sealed class GetKeyLastUsageTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void GetKeyLastUsage_NeverUsed_IsEmpty()
    {
        _kms.StepDays(1);
        KeyMetadata key = _kms.CreateKey();
        _kms.StepDays(1);
        _kms.Describe(key.KeyId);

        GetKeyLastUsageResponse usage = _kms.Call(new GetKeyLastUsageRequest { KeyId = key.Arn });

        Assert.Equal(key.KeyId, usage.KeyId);
        Assert.Equal(new KeyLastUsageData(), usage.KeyLastUsage);
        Assert.Equal(new DateTime(2030, 1, 2, 0, 0, 0, DateTimeKind.Utc), usage.KeyCreationDate);
        Assert.Equal(new DateTime(2030, 1, 2, 0, 0, 0, DateTimeKind.Utc), usage.TrackingStartDate);
    }

    [Fact]
    public void GetKeyLastUsage_UsedAndThenRefused_ShowsTheUse()
    {
        KeyMetadata key = _kms.CreateKey();
        byte[] blob = _kms.Encrypt(key.KeyId);
        _kms.StepDays(1);
        _kms.Decrypt(blob);
        _kms.StepDays(1);
        _kms.Disable(key.KeyId);
        _kms.Refused(new DecryptRequest { CiphertextBlob = blob });

        KeyLastUsageData usage = _kms.Call(new GetKeyLastUsageRequest { KeyId = key.KeyId }).KeyLastUsage;

        AuditEvent decryption = _kms.Events("Decrypt")[0];
        Assert.Equal("Decrypt", usage.Operation);
        Assert.Equal(new DateTime(2030, 1, 2, 0, 0, 0, DateTimeKind.Utc), usage.Timestamp);
        Assert.Equal((decryption.EventId, decryption.RequestId), (usage.CloudTrailEventId, usage.KmsRequestId));
    }

    [Fact]
    public void GetKeyLastUsage_EveryCryptographicOperation_Counts()
    {
        string keyId = _kms.CreateKey().KeyId;
        string? Last() => _kms.Call(new GetKeyLastUsageRequest { KeyId = keyId }).KeyLastUsage.Operation;

        byte[] blob = _kms.Encrypt(keyId);
        Assert.Equal("Encrypt", Last());
        _kms.Decrypt(blob);
        Assert.Equal("Decrypt", Last());
        _kms.Call(new GenerateDataKeyRequest { KeyId = keyId, KeySpec = "AES_256" });
        Assert.Equal("GenerateDataKey", Last());
        _kms.Call(new GenerateDataKeyWithoutPlaintextRequest { KeyId = keyId, KeySpec = "AES_256" });
        Assert.Equal("GenerateDataKeyWithoutPlaintext", Last());
        _kms.Call(new ReEncryptRequest { CiphertextBlob = blob, DestinationKeyId = keyId });
        Assert.Equal("ReEncrypt", Last());
        _kms.Call(new UpdateKeyDescriptionRequest { KeyId = keyId, Description = "" });
        Assert.Equal("ReEncrypt", Last());
    }
}
