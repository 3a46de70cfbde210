using KmsTools.Auditing;

namespace KmsTools.Operations;

public sealed class RotateKeyOnDemandTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void RotateKeyOnDemand_Enabled_HasNewMaterialAndOldCiphertexts()
    {
        KeyMetadata key = _kms.CreateKey();
        byte[] blob = _kms.Encrypt(key.KeyId, 3);
        _kms.StepDays(1);

        Assert.Equal(key.Arn, _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId }).KeyId);

        string? current = _kms.Describe(key.KeyId).CurrentKeyMaterialId;
        Assert.NotEqual(key.CurrentKeyMaterialId, current);
        DecryptResponse old = _kms.Call(new DecryptRequest { CiphertextBlob = blob });
        Assert.Equal([3], old.Plaintext!.ToArray());
        Assert.Equal(key.CurrentKeyMaterialId, old.KeyMaterialId);
        RotationsListEntry rotation = Assert.Single(_kms.Call(new ListKeyRotationsRequest { KeyId = key.KeyId }).Rotations);
        Assert.Equal(RotationType.ON_DEMAND, rotation.RotationType);
        Assert.Equal(new DateTime(2030, 1, 2, 0, 0, 0, DateTimeKind.Utc), rotation.RotationDate);
        AuditEvent entry = Assert.Single(_kms.Events("RotateKey"));
        Assert.Equal("ON_DEMAND", entry.ServiceEventDetails!["rotationType"]);
        Assert.Equal(
            (key.CurrentKeyMaterialId, current),
            (entry.ServiceEventDetails["previousKeyMaterialId"], entry.ServiceEventDetails["currentKeyMaterialId"]));
    }

    [Fact]
    public void RotateKeyOnDemand_AutomaticRotationEnabled_LeavesItsDate()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Call(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = 90 });
        _kms.StepDays(10);

        _kms.Call(new RotateKeyOnDemandRequest { KeyId = keyId });

        Assert.Equal(
            new DateTime(2030, 4, 1, 0, 0, 0, DateTimeKind.Utc),
            _kms.Call(new GetKeyRotationStatusRequest { KeyId = keyId }).NextRotationDate);
    }

    [Fact]
    public void RotateKeyOnDemand_TwentySixthTime_IsOverTheLimit()
    {
        KeyMetadata key = _kms.CreateKey();
        for (int i = 0; i < 25; i++)
        {
            _kms.Call(new RotateKeyOnDemandRequest { KeyId = key.KeyId });
        }

        _kms.Refuses(
            new RotateKeyOnDemandRequest { KeyId = key.KeyId },
            "LimitExceededException",
            "The on-demand rotations limit has been reached for the given keyId. "
            + $"No more on-demand rotations can be performed for this key: {key.Arn}");
        Assert.Equal(25, _kms.Call(new ListKeyRotationsRequest { KeyId = key.KeyId }).Rotations.Length);
    }

    [Fact]
    public void RotateKeyOnDemand_AutomaticRotations_DoNotCountForTheLimit()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Call(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = 90 });
        _kms.StepDays(90 * 26);

        Assert.Equal(26, _kms.Call(new ListKeyRotationsRequest { KeyId = keyId }).Rotations.Length);
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = keyId });
    }

    [Fact]
    public void RotateKeyOnDemand_TwentyMinutesBeforeTheAutomaticOne_IsTheLastMoment()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Call(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = 90 });
        _kms.Step(TimeSpan.FromDays(90) - TimeSpan.FromMinutes(20));
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = keyId });

        _kms.Step(TimeSpan.FromMilliseconds(1));

        Assert.Equal("ConflictException", _kms.Error(new RotateKeyOnDemandRequest { KeyId = keyId }).Code);
    }
}
