using System.Security.Cryptography;
using KmsTools.Operations;

namespace KmsTools.KeyStates;

/// <summary>The operations on asymmetric and HMAC keys, in every state that such keys can reach.</summary>
/// <remarks>Source: "Key states of AWS KMS keys", AWS KMS Developer Guide.</remarks>
public sealed class StatesOfAsymmetricKeysTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData("Sign", KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY)]
    [InlineData("Verify", KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY)]
    [InlineData("GetPublicKey", KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY)]
    [InlineData("DeriveSharedSecret", KeySpec.ECC_NIST_P256, KeyUsageType.KEY_AGREEMENT)]
    [InlineData("GenerateMac", KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC)]
    [InlineData("VerifyMac", KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC)]
    [InlineData("GenerateDataKeyPair", KeySpec.SYMMETRIC_DEFAULT, KeyUsageType.ENCRYPT_DECRYPT)]
    [InlineData("GenerateDataKeyPairWithoutPlaintext", KeySpec.SYMMETRIC_DEFAULT, KeyUsageType.ENCRYPT_DECRYPT)]
    public void Execute_KeyInState_AnswersAsTheTableSays(string operation, KeySpec spec, KeyUsageType usage)
    {
        byte[] material = spec == KeySpec.ECC_NIST_P256
            ? KeysOfEverySpec.EcPrivateKey(ECCurve.NamedCurves.nistP256)
            : RandomNumberGenerator.GetBytes(32);
        KeyMetadata key = _kms.CreateKey(spec, usage, "EXTERNAL");
        (string Code, string Message) Refusal()
        {
            KmsException error = Assert.Throws<KmsException>(() => Run(operation, key.KeyId));
            return (error.ErrorCode, error.Message);
        }

        Assert.Equal(("KMSInvalidStateException", $"{key.Arn} is pending import."), Refusal());

        _kms.Call(_kms.ImportOf(key.KeyId, material));
        Run(operation, key.KeyId);

        _kms.Call(new DisableKeyRequest { KeyId = key.KeyId });
        Assert.Equal(("DisabledException", $"{key.Arn} is disabled."), Refusal());

        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = key.KeyId });
        Assert.Equal(("KMSInvalidStateException", $"{key.Arn} is pending deletion."), Refusal());
    }

    private void Run(string operation, string keyId)
    {
        try
        {
            _ = operation switch
            {
                "Sign" => (object)_kms.Call(new SignRequest { KeyId = keyId, Message = [1], SigningAlgorithm = "ECDSA_SHA_256" }),
                "Verify" => _kms.Call(
                    new VerifyRequest { KeyId = keyId, Message = [1], SigningAlgorithm = "ECDSA_SHA_256", Signature = [1] }),
                "GetPublicKey" => _kms.Call(new GetPublicKeyRequest { KeyId = keyId }),
                "DeriveSharedSecret" => _kms.Call(new DeriveSharedSecretRequest
                {
                    KeyId = keyId,
                    KeyAgreementAlgorithm = "ECDH",
                    PublicKey = PublicKey(),
                }),
                "GenerateMac" => _kms.Call(new GenerateMacRequest { KeyId = keyId, Message = [1], MacAlgorithm = "HMAC_SHA_256" }),
                "VerifyMac" => _kms.Call(new VerifyMacRequest { KeyId = keyId, Message = [1], MacAlgorithm = "HMAC_SHA_256", Mac = [1] }),
                "GenerateDataKeyPair" => _kms.Call(new GenerateDataKeyPairRequest { KeyId = keyId, KeyPairSpec = "ECC_NIST_P256" }),
                "GenerateDataKeyPairWithoutPlaintext" => _kms.Call(
                    new GenerateDataKeyPairWithoutPlaintextRequest { KeyId = keyId, KeyPairSpec = "ECC_NIST_P256" }),
                _ => throw new InvalidOperationException(operation),
            };
        }
        catch (KmsException exception) when (exception.ErrorCode is "KMSInvalidSignatureException" or "KMSInvalidMacException")
        {
            // The key did its work: the signature was bad.
        }
    }

    private static byte[] PublicKey()
    {
        using ECDiffieHellman key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportSubjectPublicKeyInfo();
    }
}
