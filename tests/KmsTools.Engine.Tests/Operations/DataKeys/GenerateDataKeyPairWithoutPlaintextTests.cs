using System.Security.Cryptography;

namespace KmsTools.Operations;

public sealed class GenerateDataKeyPairWithoutPlaintextTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void GenerateDataKeyPairWithoutPlaintext_Decrypted_IsThePrivateKeyOfThePublicOne()
    {
        KeyMetadata key = _kms.CreateKey();

        GenerateDataKeyPairWithoutPlaintextResponse pair = _kms.Call(
            new GenerateDataKeyPairWithoutPlaintextRequest { KeyId = key.KeyId, KeyPairSpec = "ECC_NIST_P384" });
        using ECDsa privateKey = ECDsa.Create();
        privateKey.ImportPkcs8PrivateKey(_kms.Decrypt(pair.PrivateKeyCiphertextBlob.ToArray()), out _);

        Assert.Equal(privateKey.ExportSubjectPublicKeyInfo(), pair.PublicKey.ToArray());
        Assert.Equal(
            (key.Arn, DataKeyPairSpec.ECC_NIST_P384, key.CurrentKeyMaterialId), (pair.KeyId, pair.KeyPairSpec, pair.KeyMaterialId));
        Assert.Equal(
            $$"""{"keyId":"{{key.KeyId}}","keyPairSpec":"ECC_NIST_P384"}""",
            Assert.Single(_kms.Events("GenerateDataKeyPairWithoutPlaintext")).ParametersJson());
    }

    [Fact]
    public void GenerateDataKeyPairWithoutPlaintext_AsymmetricKey_IsRefused()
    {
        KeyMetadata rsa = _kms.CreateKey(KeySpec.RSA_2048, KeyUsageType.ENCRYPT_DECRYPT);

        _kms.Refuses(
            new GenerateDataKeyPairWithoutPlaintextRequest { KeyId = rsa.KeyId, KeyPairSpec = "RSA_2048" },
            "InvalidKeyUsageException",
            $"{rsa.Arn} key KeySpec is RSA_2048 which is not valid for GenerateDataKeyPairWithoutPlaintext.");
    }

    [Fact]
    public void GenerateDataKeyPairWithoutPlaintext_UnknownSpecAndDryRun_AreRefused()
    {
        GenerateDataKeyPairWithoutPlaintextRequest request = new()
        {
            KeyId = _kms.CreateKey().KeyId,
            KeyPairSpec = "RSA_2048",
            DryRun = true,
        };

        Assert.Equal("DryRunOperationException", _kms.Refused(request).ErrorCode);
        Assert.Equal("ValidationException", _kms.Refused(request with { KeyPairSpec = "RSA_1024" }).ErrorCode);
        Assert.Equal("UnsupportedOperationException", _kms.Refused(request with { KeyPairSpec = "SM2" }).ErrorCode);
    }
}
