using KmsTools.Operations;

namespace KmsTools.Faults;

/// <summary>A cluster that needs two active HSMs to make a key, and one to use it.</summary>
[Collection("SoftHSM")]
public sealed class HighAvailabilityTests : IDisposable
{
    private readonly NetworkHsmRack _rack = new(2, timeout: 10_000, highAvailability: true);

    public void Dispose() => _rack.Dispose();

    [Fact]
    public void CreateKey_OneOfTwoHsmsSwitchedOff_IsInvalidConfigurationAndOldKeysWork()
    {
        _rack.Connected();
        CreateKeyRequest creating = new() { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = _rack.StoreId };
        KeyMetadata key = _rack.Kms.Call(creating).KeyMetadata;
        byte[] ciphertext = _rack.Kms.Encrypt(key.KeyId, 7);
        Assert.All(_rack.Hsms, hsm => Assert.Single(hsm.KeyIds(key.Arn)));

        foreach (int off in (int[])[0, 1])
        {
            _rack.Hsms[off].Kill();
            for (int call = 0; call < 20; call++)
            {
                Assert.Equal([7], _rack.Kms.Decrypt(ciphertext));
                _rack.Kms.Encrypt(key.KeyId, 1);
            }

            _rack.Kms.Refuses(
                creating,
                "CloudHsmClusterInvalidConfigurationException",
                "CloudHSM cluster must contain active HSMs in at least two Availability Zones");
            Assert.Equal(ConnectionStateType.CONNECTED, _rack.Store.ConnectionState);
            _rack.Hsms[off].Start();
            KeyMetadata next = _rack.Kms.Call(creating).KeyMetadata;
            Assert.All(_rack.Hsms, hsm => Assert.Single(hsm.KeyIds(next.Arn)));
        }
    }
}
