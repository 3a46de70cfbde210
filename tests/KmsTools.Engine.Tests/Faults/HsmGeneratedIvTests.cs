using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Faults;

/// <summary>A cluster with an HSM that generates the IVs of AES-GCM itself and takes no other, as those of CloudHSM do.</summary>
[Collection("SoftHSM")]
public sealed class HsmGeneratedIvTests : IDisposable
{
    private readonly NetworkHsmRack _rack = new(2, timeout: 10_000);

    public void Dispose() => _rack.Dispose();

    [Fact]
    public void Encrypt_OneOfTwoHsmsGeneratesTheIv_EitherDecryptsAndEachMessageCountsOnce()
    {
        _rack.Hsms[0].SetFaults("iv own C_EncryptInit 71");
        _rack.Connected();
        string keyId = _rack.Kms.Call(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = _rack.StoreId }).KeyMetadata.KeyId;
        List<(byte[] Plaintext, byte[] Ciphertext)> messages = [];
        for (byte message = 0; message < 64; message++)
        {
            byte[] plaintext = [message, 7];
            messages.Add((plaintext, Encrypt(keyId, plaintext)));
        }

        Assert.Equal(64, Reserved(keyId));
        messages.Add(([8], Encrypt(keyId, [8])));
        Assert.Equal(192, Reserved(keyId));
        Assert.Equal(["iv refused 71"], _rack.Hsms[0].Log().Where(static line => line.StartsWith("iv ", StringComparison.Ordinal)));
        Assert.DoesNotContain(_rack.Hsms[1].Log(), static line => line.StartsWith("iv ", StringComparison.Ordinal));

        foreach (int off in (int[])[0, 1])
        {
            _rack.Hsms[off].Kill();
            Assert.All(messages, message => Assert.Equal(message.Plaintext, Decrypt(message.Ciphertext)));
            _rack.Hsms[off].RepairToken();
            _rack.Hsms[off].Start();
            _rack.Disconnect();
            _rack.Connected();
        }
    }

    private byte[] Encrypt(string keyId, byte[] plaintext) => _rack.Kms.Call(new EncryptRequest
    {
        KeyId = keyId,
        Plaintext = plaintext,
        EncryptionContext = new Dictionary<string, string> { ["department"] = "10103.0" },
    }).CiphertextBlob.ToArray();

    private byte[] Decrypt(byte[] ciphertext) => _rack.Kms.Call(new DecryptRequest
    {
        CiphertextBlob = ciphertext,
        EncryptionContext = new Dictionary<string, string> { ["department"] = "10103.0" },
    }).Plaintext!.ToArray();

    private long Reserved(string keyId)
    {
        using IStateReader reader = _rack.Kms.Engine.Store.OpenReader();
        return reader.FindKey(KmsFixture.Region, keyId)!.ReservedMessages;
    }
}
