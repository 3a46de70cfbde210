using KmsTools.Auditing;

namespace KmsTools.Operations;

public sealed class EnableKeyRotationTests : IDisposable
{
    private static readonly TimeSpan Instant = TimeSpan.FromMilliseconds(1);

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(90)]
    [InlineData(2560)]
    public void EnableKeyRotation_PeriodWithinTheLimits_IsKept(int period)
    {
        string keyId = Rotating(period);

        Assert.Equal(period, Status(keyId).RotationPeriodInDays);
        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc).AddDays(period), Status(keyId).NextRotationDate);
    }

    [Theory]
    [InlineData(
        89,
        "Value '89' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value greater than or equal to 90")]
    [InlineData(
        2561,
        "Value '2561' at 'rotationPeriodInDays' failed to satisfy constraint: Member must have value less than or equal to 2560")]
    public void EnableKeyRotation_PeriodOutOfBounds_IsRefused(int period, string message) => _kms.Refuses(
        new EnableKeyRotationRequest { KeyId = _kms.CreateKey().KeyId, RotationPeriodInDays = period },
        "ValidationException",
        $"1 validation error detected: {message}");

    [Fact]
    public void EnableKeyRotation_NoPeriod_Is365Days()
    {
        string keyId = Rotating(null);

        Assert.Equal((true, 365), (Status(keyId).KeyRotationEnabled, Status(keyId).RotationPeriodInDays));
        Assert.Equal(new DateTime(2031, 1, 1, 0, 0, 0, DateTimeKind.Utc), Status(keyId).NextRotationDate);
    }

    [Fact]
    public void EnableKeyRotation_AMillisecondBeforeAndAtTheDate_HasOldAndNewMaterial()
    {
        string keyId = Rotating(90);
        string? first = _kms.Describe(keyId).CurrentKeyMaterialId;
        byte[] blob = _kms.Encrypt(keyId, 1);

        _kms.Step(TimeSpan.FromDays(90) - Instant);
        Assert.Equal(first, _kms.Describe(keyId).CurrentKeyMaterialId);

        _kms.Step(Instant);
        string? second = _kms.Describe(keyId).CurrentKeyMaterialId;
        Assert.NotEqual(first, second);
        Assert.Equal(new DateTime(2030, 6, 30, 0, 0, 0, DateTimeKind.Utc), Status(keyId).NextRotationDate);
        DecryptResponse old = _kms.Call(new DecryptRequest { CiphertextBlob = blob });
        Assert.Equal([1], old.Plaintext!.ToArray());
        Assert.Equal(first, old.KeyMaterialId);
        Assert.Equal(second, _kms.Call(new DecryptRequest { CiphertextBlob = _kms.Encrypt(keyId) }).KeyMaterialId);
    }

    [Fact]
    public void EnableKeyRotation_SeveralPeriodsInOneStep_RotatesAtEachDate()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Call(new EnableKeyRotationRequest { KeyId = key.KeyId, RotationPeriodInDays = 100 });
        byte[] blob = _kms.Encrypt(key.KeyId, 2);

        _kms.StepDays(399);

        DateTime[] dates =
        [
            new(2030, 4, 11, 0, 0, 0, DateTimeKind.Utc), new(2030, 7, 20, 0, 0, 0, DateTimeKind.Utc), new(
                2030,
                10,
                28,
                0,
                0,
                0,
                DateTimeKind.Utc),
        ];
        RotationsListEntry[] rotations = [.. _kms.Call(new ListKeyRotationsRequest { KeyId = key.KeyId }).Rotations];
        Assert.Equal(dates, rotations.Select(rotation => rotation.RotationDate!.Value));
        Assert.All(rotations, rotation => Assert.Equal(RotationType.AUTOMATIC, rotation.RotationType));
        Assert.Equal(4, rotations.Select(rotation => rotation.KeyMaterialId).Append(key.CurrentKeyMaterialId).Distinct().Count());
        AuditEvent[] events = [.. _kms.Events("RotateKey")];
        Assert.Equal(dates, events.Select(entry => entry.EventTime));
        Assert.Equal(key.CurrentKeyMaterialId, events[0].ServiceEventDetails!["previousKeyMaterialId"]);
        Assert.Equal(rotations[0].KeyMaterialId, events[0].ServiceEventDetails!["currentKeyMaterialId"]);
        Assert.Equal(rotations[0].KeyMaterialId, events[1].ServiceEventDetails!["previousKeyMaterialId"]);
        Assert.Equal(
            ("AUTOMATIC", "AWS_KMS"),
            (events[0].ServiceEventDetails!["rotationType"], events[0].ServiceEventDetails!["keyOrigin"]));
        Assert.Equal([2], _kms.Decrypt(blob));
    }

    [Fact]
    public void EnableKeyRotation_Again_CountsFromNow()
    {
        string keyId = Rotating(365);
        _kms.StepDays(10);

        _kms.Call(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = 90 });

        Assert.Equal(new DateTime(2030, 4, 11, 0, 0, 0, DateTimeKind.Utc), Status(keyId).NextRotationDate);
    }

    [Fact]
    public void EnableKeyRotation_KeyDisabled_DoesNotRotateUntilEnabled()
    {
        string keyId = Rotating(90);
        string? first = _kms.Describe(keyId).CurrentKeyMaterialId;
        _kms.Disable(keyId);
        _kms.StepDays(100);
        Assert.Equal(first, _kms.Describe(keyId).CurrentKeyMaterialId);
        Assert.True(Status(keyId).KeyRotationEnabled);

        _kms.Enable(keyId);

        Assert.NotEqual(first, _kms.Describe(keyId).CurrentKeyMaterialId);
        RotationsListEntry rotation = Assert.Single(_kms.Call(new ListKeyRotationsRequest { KeyId = keyId }).Rotations);
        Assert.Equal(new DateTime(2030, 4, 11, 0, 0, 0, DateTimeKind.Utc), rotation.RotationDate);
        Assert.Equal(new DateTime(2030, 7, 10, 0, 0, 0, DateTimeKind.Utc), Status(keyId).NextRotationDate);
    }

    [Fact]
    public void EnableKeyRotation_KeyEnabledBeforeTheDate_KeepsTheDate()
    {
        string keyId = Rotating(90);
        _kms.Disable(keyId);
        _kms.StepDays(89);
        _kms.Enable(keyId);

        Assert.Empty(_kms.Call(new ListKeyRotationsRequest { KeyId = keyId }).Rotations);
        Assert.Equal(new DateTime(2030, 4, 1, 0, 0, 0, DateTimeKind.Utc), Status(keyId).NextRotationDate);
    }

    [Fact]
    public void EnableKeyRotation_KeyPendingDeletion_ShowsFalseAndComesBack()
    {
        string keyId = Rotating(90);
        _kms.StepDays(80);
        _kms.Schedule(keyId, 30);
        Assert.Equal(
            (false, null, null),
            (Status(keyId).KeyRotationEnabled, Status(keyId).RotationPeriodInDays, Status(keyId).NextRotationDate));
        _kms.StepDays(20);

        _kms.Call(new CancelKeyDeletionRequest { KeyId = keyId });

        Assert.Equal((true, 90), (Status(keyId).KeyRotationEnabled, Status(keyId).RotationPeriodInDays));
        Assert.Empty(_kms.Events("RotateKey"));
        _kms.Enable(keyId);
        Assert.Single(_kms.Call(new ListKeyRotationsRequest { KeyId = keyId }).Rotations);
    }

    private string Rotating(int? period)
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Call(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = period });
        return keyId;
    }

    private GetKeyRotationStatusResponse Status(string keyId) => _kms.Call(new GetKeyRotationStatusRequest { KeyId = keyId });
}
