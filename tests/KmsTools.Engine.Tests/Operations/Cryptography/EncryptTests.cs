namespace KmsTools.Operations;

public sealed class EncryptTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void Encrypt_Decrypt_RoundTrips()
    {
        KeyMetadata key = _kms.CreateKey();

        EncryptResponse encrypted = _kms.Call(new EncryptRequest { KeyId = key.KeyId, Plaintext = "hello"u8.ToArray() });
        DecryptResponse decrypted = _kms.Call(new DecryptRequest { CiphertextBlob = encrypted.CiphertextBlob.ToArray() });

        Assert.Equal(key.Arn, encrypted.KeyId);
        Assert.Equal(EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT, encrypted.EncryptionAlgorithm);
        Assert.Equal("hello"u8.ToArray(), decrypted.Plaintext!.ToArray());
        Assert.Equal(key.Arn, decrypted.KeyId);
        Assert.Equal(key.CurrentKeyMaterialId, decrypted.KeyMaterialId);
    }
}
