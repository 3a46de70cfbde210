using System.Security.Cryptography;
using KmsTools.Operations;

namespace KmsTools;

/// <summary>What waits in HSMs, and in several Regions.</summary>
[Collection("SoftHSM")]
public sealed class HeldMaterialTests
{
    private readonly MovedClock _clock = new();

    [Fact]
    public void KeyInHsm_ClockAhead_StaysInTheHsmUntilItIsConfirmed()
    {
        using HsmFixture hsm = new(clock: _clock);
        hsm.Connected();
        string key = hsm.CreateKey().KeyId;
        byte[] blob = hsm.Kms.Encrypt(key);
        hsm.Kms.Schedule(key);

        _clock.Jump(TimeSpan.FromDays(8));
        Assert.Equal(KeyState.PendingDeletion, hsm.Kms.Describe(key).KeyState);
        Assert.Single(hsm.Objects());
        Assert.Empty(hsm.Kms.Engine.FindEvents(new Persistence.EventQuery { EventName = "DeleteKey" }));
        _clock.Jump(TimeSpan.FromDays(-8));
        hsm.Kms.Call(new CancelKeyDeletionRequest { KeyId = key });
        hsm.Kms.Enable(key);
        Assert.Equal([1, 2, 3], hsm.Kms.Decrypt(blob));

        hsm.Kms.Schedule(key);
        _clock.Jump(TimeSpan.FromDays(8));
        Assert.Equal(KeyState.PendingDeletion, hsm.Kms.Describe(key).KeyState);
        hsm.Kms.Engine.ClockTrust.Confirm();

        Assert.Empty(hsm.Objects());
        Assert.Equal("NotFoundException", hsm.Kms.Refused(new DescribeKeyRequest { KeyId = key }).ErrorCode);
    }

    [Fact]
    public void PendingMaterialOfAPrimary_ClockAheadForAMoment_ComesBackInAllRegions()
    {
        using KmsFixture kms = new(clock: _clock);
        byte[] first = RandomNumberGenerator.GetBytes(32);
        byte[] next = RandomNumberGenerator.GetBytes(32);
        string key = kms.Call(new CreateKeyRequest { Origin = "EXTERNAL", MultiRegion = true }).KeyMetadata.KeyId;
        kms.Import(key, first);
        kms.Call(new ReplicateKeyRequest { KeyId = key, ReplicaRegion = "eu-west-1" });
        ImportInto(kms, "eu-west-1", key, first);
        string pending = kms.Import(key, next, _clock.GetUtcNow().AddDays(5), "NEW_KEY_MATERIAL");
        ImportInto(kms, "eu-west-1", key, next);
        Assert.Equal([(pending, KeyMaterialState.PENDING_ROTATION), (pending, KeyMaterialState.PENDING_ROTATION)], Pending(kms, key));

        _clock.Jump(TimeSpan.FromDays(6));
        kms.Engine.ProcessDue();
        Assert.Empty(Pending(kms, key));
        Assert.Equal(2, kms.Engine.ClockTrust.Read().Waiting.Length);
        _clock.Jump(TimeSpan.FromDays(-6));
        kms.Engine.ProcessDue();

        Assert.Equal([(pending, KeyMaterialState.PENDING_ROTATION), (pending, KeyMaterialState.PENDING_ROTATION)], Pending(kms, key));
        kms.Call(new RotateKeyOnDemandRequest { KeyId = key });
        Assert.Equal([1, 2, 3], kms.Decrypt(kms.Encrypt(key)));
        Assert.Empty(kms.Engine.ClockTrust.Read().Waiting);
    }

    [Fact]
    public void PendingMaterial_AnotherIsImportedMeanwhile_IsDiscarded()
    {
        using KmsFixture kms = new(clock: _clock);
        string key = kms.ImportedKey().KeyId;
        kms.Import(key, RandomNumberGenerator.GetBytes(32), _clock.GetUtcNow().AddDays(5), "NEW_KEY_MATERIAL");
        _clock.Jump(TimeSpan.FromDays(6));
        kms.Engine.ProcessDue();
        Assert.Single(kms.Engine.ClockTrust.Read().Waiting);

        string other = kms.Import(key, RandomNumberGenerator.GetBytes(32), null, "NEW_KEY_MATERIAL");

        Assert.Empty(kms.Engine.ClockTrust.Read().Waiting);
        _clock.Jump(TimeSpan.FromDays(-6));
        kms.Engine.ProcessDue();
        Assert.Equal([(other, KeyMaterialState.PENDING_ROTATION)], Pending(kms, key));
    }

    [Fact]
    public void HeldKey_IsDeletedByConfirmation_TakesItsHeldMaterialAlong()
    {
        using KmsFixture kms = new(clock: _clock);
        string key = kms.ImportedKey(null, _clock.GetUtcNow().AddDays(5)).KeyId;
        kms.Schedule(key);
        _clock.Jump(TimeSpan.FromDays(8));
        kms.Engine.ProcessDue();
        Assert.Equal(2, kms.Engine.ClockTrust.Read().Waiting.Length);

        kms.Engine.ClockTrust.Confirm();

        Assert.Empty(kms.Engine.ClockTrust.Read().Waiting);
        Assert.Equal("NotFoundException", kms.Refused(new DescribeKeyRequest { KeyId = key }).ErrorCode);
    }

    private static void ImportInto(KmsFixture kms, string region, string key, byte[] material)
    {
        GetParametersForImportResponse parameters = kms.Call(
            new GetParametersForImportRequest { KeyId = key, WrappingAlgorithm = "RSAES_OAEP_SHA_256", WrappingKeySpec = "RSA_2048" }, region);
        kms.Call(
            new ImportKeyMaterialRequest
            {
                KeyId = key,
                ImportToken = parameters.ImportToken.ToArray(),
                EncryptedKeyMaterial =
                    Cryptography.MaterialWrapping.Wrap(parameters.PublicKey.ToArray(), AlgorithmSpec.RSAES_OAEP_SHA_256, material),
                ExpirationModel = "KEY_MATERIAL_DOES_NOT_EXPIRE",
            },
            region);
    }

    private static (string, KeyMaterialState)[] Pending(KmsFixture kms, string key)
    {
        using Persistence.IStateReader reader = kms.Engine.OpenReader();
        return
        [
            .. new[] { "us-east-1", "eu-west-1" }.Select(region => reader.FindKey(region, key)?.PendingMaterial).OfType<KeyMaterial>()
                .Select(static material => (material.KeyMaterialId, material.State)),
        ];
    }
}
