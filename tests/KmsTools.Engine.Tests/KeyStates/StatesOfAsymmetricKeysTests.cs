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
        if (operation == "GetPublicKey")
        {
            // Measured on AWS (the pull request 3968 of floci), although the guide says otherwise.
            Run(operation, key.KeyId);
        }
        else
        {
            Assert.Equal(("DisabledException", $"{key.Arn} is disabled."), Refusal());
        }

        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = key.KeyId });
        Assert.Equal(("KMSInvalidStateException", $"{key.Arn} is pending deletion."), Refusal());
    }

    // Measured on AWS (the pull request 3968 of floci, us-east-1, September 2026): Sign with an HMAC key that is disabled or pending
    // deletion,
    // Encrypt with a disabled signing key, GenerateMac with a disabled HMAC_256 key and HMAC_SHA_512. The others follow the same rule.
    [Fact]
    public void Execute_UnusableKeyOfAnotherUsage_IsRefusedForTheUsage()
    {
        KeyMetadata signing = _kms.CreateKey(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY);
        KeyMetadata mac = _kms.CreateKey(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC);
        KeyMetadata symmetric = _kms.CreateKey();
        KeyMetadata import = _kms.CreateKey(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC, "EXTERNAL");
        foreach (KeyMetadata key in (KeyMetadata[])[signing, mac, symmetric])
        {
            _kms.Disable(key.KeyId);
        }

        RefusesForUsage(signing, new EncryptRequest { KeyId = signing.KeyId, Plaintext = [1] }, "Encrypt");
        RefusesForUsage(mac, new EncryptRequest { KeyId = mac.KeyId, Plaintext = [1] }, "Encrypt");
        RefusesForUsage(import, new EncryptRequest { KeyId = import.KeyId, Plaintext = [1] }, "Encrypt");
        RefusesForUsage(mac, new GenerateDataKeyRequest { KeyId = mac.KeyId, KeySpec = "AES_256" }, "GenerateDataKey");
        RefusesForUsage(symmetric, new GenerateMacRequest { KeyId = symmetric.KeyId, Message = [1], MacAlgorithm = "HMAC_SHA_256" }, "GenerateMac");
        RefusesForUsage(
            signing,
            new DeriveSharedSecretRequest { KeyId = signing.KeyId, KeyAgreementAlgorithm = "ECDH", PublicKey = PublicKey() },
            "DeriveSharedSecret");
        RefusesForUsage(mac, new SignRequest { KeyId = mac.KeyId, Message = [1], SigningAlgorithm = "RSASSA_PSS_SHA_256" }, "Sign");
        _kms.Schedule(mac.KeyId);
        RefusesForUsage(mac, new SignRequest { KeyId = mac.KeyId, Message = [1], SigningAlgorithm = "RSASSA_PSS_SHA_256" }, "Sign");
    }

    [Fact]
    public void Execute_DisabledKeyWithoutTheAlgorithm_IsRefusedForTheState()
    {
        KeyMetadata mac = _kms.CreateKey(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC);
        KeyMetadata rsa = _kms.CreateKey(KeySpec.RSA_2048, KeyUsageType.ENCRYPT_DECRYPT);
        _kms.Disable(mac.KeyId);
        _kms.Disable(rsa.KeyId);

        _kms.Refuses(
            new GenerateMacRequest { KeyId = mac.KeyId, Message = [1], MacAlgorithm = "HMAC_SHA_512" }, "DisabledException", $"{mac.Arn} is disabled.");
        _kms.Refuses(new GenerateDataKeyRequest { KeyId = rsa.KeyId, KeySpec = "AES_256" }, "DisabledException", $"{rsa.Arn} is disabled.");
        _kms.Refuses(new EnableKeyRotationRequest { KeyId = rsa.KeyId }, "DisabledException", $"{rsa.Arn} is disabled.");
    }

    private void RefusesForUsage<T>(KeyMetadata key, IKmsRequest<T> request, string operation)
        where T : class =>
        _kms.Refuses(request, "InvalidKeyUsageException", $"{key.Arn} key usage is {key.KeyUsage} which is not valid for {operation}.");

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
