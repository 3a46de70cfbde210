using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.Operations;

public sealed class SignTests : IDisposable
{
    private const KeyUsageType Signs = KeyUsageType.SIGN_VERIFY;
    private static readonly byte[] Message = "a message"u8.ToArray();
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(KeySpec.RSA_2048)]
    [InlineData(KeySpec.RSA_3072)]
    [InlineData(KeySpec.RSA_4096)]
    [InlineData(KeySpec.ECC_NIST_P256)]
    [InlineData(KeySpec.ECC_NIST_P384)]
    [InlineData(KeySpec.ECC_NIST_P521)]
    [InlineData(KeySpec.ECC_SECG_P256K1)]
    public void Sign_EveryAlgorithmOfTheKey_VerifiesHereAndWithOpenSsl(KeySpec spec)
    {
        using OpenSsl openSsl = new();
        KeyMetadata key = _kms.CreateKey(spec, Signs);
        openSsl.Write("public", _kms.PublicKey(key.KeyId)).Write("message", Message);

        Assert.All(key.SigningAlgorithms!, algorithm =>
        {
            SignResponse signed = _kms.Call(
                new SignRequest { KeyId = key.KeyId, Message = Message, SigningAlgorithm = algorithm.ToString() });
            byte[] signature = signed.Signature.ToArray();

            Assert.Equal((key.Arn, algorithm), (signed.KeyId, signed.SigningAlgorithm));
            openSsl.Write("signature", signature);
            Assert.True(openSsl.Succeeds($"dgst {OpenSslOptions(algorithm)} -keyform DER -verify public -signature signature message"));

            // The digest verifies what was signed as a message, and the reverse.
            byte[] digest = CryptographicOperations.HashData(HashOf(algorithm), Message);
            Assert.True(_kms.Call(KeysOfEverySpec.Verification(key.KeyId, algorithm, Message, signature)).SignatureValid);
            Assert.True(_kms.Call(KeysOfEverySpec.Verification(key.KeyId, algorithm, digest, signature, "DIGEST")).SignatureValid);
            byte[] ofDigest = _kms.Sign(key.KeyId, algorithm, digest, "DIGEST");
            Assert.True(_kms.Call(KeysOfEverySpec.Verification(key.KeyId, algorithm, Message, ofDigest, "RAW")).SignatureValid);
        });
    }

    // Wycheproof, rsa_pkcs1_2048_sig_gen_test.json. The signatures are deterministic.
    [Theory]
    [InlineData(WycheproofRsa.Pkcs1Sha256Key, SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_256, WycheproofRsa.Pkcs1Sha256Signature)]
    [InlineData(WycheproofRsa.Pkcs1Sha384Key, SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_384, WycheproofRsa.Pkcs1Sha384Signature)]
    [InlineData(WycheproofRsa.Pkcs1Sha512Key, SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_512, WycheproofRsa.Pkcs1Sha512Signature)]
    public void Sign_Pkcs1WithWycheproofKeys_GivesThePublishedSignatures(
        string privateKey,
        SigningAlgorithmSpec algorithm,
        string signature)
    {
        KeyMetadata key = _kms.ImportedKey(KeySpec.RSA_2048, Signs, Convert.FromBase64String(privateKey));

        Assert.Equal(Convert.FromBase64String(signature), _kms.Sign(key.KeyId, algorithm, "Test"u8.ToArray()));
    }

    [Theory]
    [InlineData(KeySpec.RSA_2048, SigningAlgorithmSpec.RSASSA_PSS_SHA_256, 32)]
    [InlineData(KeySpec.RSA_2048, SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_512, 64)]
    [InlineData(KeySpec.ECC_NIST_P384, SigningAlgorithmSpec.ECDSA_SHA_384, 48)]
    public void SignAndVerify_DigestOneByteOff_SayThatTheLengthIsInvalid(KeySpec spec, SigningAlgorithmSpec algorithm, int size)
    {
        string keyId = _kms.CreateKey(spec, Signs).KeyId;
        string message = $"Digest is invalid length for algorithm {algorithm}.";

        foreach (int length in new[] { size - 1, size + 1 })
        {
            _kms.Refuses(
                new SignRequest
                {
                    KeyId = keyId,
                    Message = new byte[length],
                    MessageType = "DIGEST",
                    SigningAlgorithm = algorithm.ToString(),
                },
                "ValidationException",
                message);
            _kms.Refuses(KeysOfEverySpec.Verification(keyId, algorithm, new byte[length], [1], "DIGEST"), "ValidationException", message);
        }

        Assert.NotEmpty(_kms.Sign(keyId, algorithm, new byte[size], "DIGEST"));
    }

    [Fact]
    public void Sign_MessageLength_IsOneTo4096()
    {
        string keyId = _kms.CreateKey(KeySpec.ECC_NIST_P256, Signs).KeyId;

        Assert.NotEmpty(_kms.Sign(keyId, SigningAlgorithmSpec.ECDSA_SHA_256, new byte[1]));
        Assert.NotEmpty(_kms.Sign(keyId, SigningAlgorithmSpec.ECDSA_SHA_256, new byte[4096]));
        SignRequest request = new() { KeyId = keyId, SigningAlgorithm = "ECDSA_SHA_256" };
        _kms.Refuses(
            request with { Message = new byte[4097] },
            "ValidationException",
            "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length less than or equal to "
                + "4096");
        _kms.Refuses(
            request with { Message = [] },
            "ValidationException",
            "1 validation error detected: Value at 'message' failed to satisfy constraint: Member must have length greater than or equal "
                + "to 1");
    }

    [Fact]
    public void Sign_AlgorithmOfAnotherKey_IsIncompatible()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Signs);

        _kms.Refuses(
            new SignRequest { KeyId = key.KeyId, Message = Message, SigningAlgorithm = "ECDSA_SHA_384" },
            "InvalidKeyUsageException",
            "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.");
        _kms.Refuses(
            new SignRequest { KeyId = key.KeyId, Message = Message, SigningAlgorithm = "SM2DSA" },
            "InvalidKeyUsageException",
            "Algorithm SM2DSA is incompatible with key spec ECC_NIST_P256.");
    }

    [Fact]
    public void Sign_KeyForEncryption_IsRefusedBeforeTheAlgorithm()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.RSA_2048, KeyUsageType.ENCRYPT_DECRYPT);

        _kms.Refuses(
            new SignRequest { KeyId = key.KeyId, Message = Message, SigningAlgorithm = "ECDSA_SHA_384" },
            "InvalidKeyUsageException",
            $"{key.Arn} key usage is ENCRYPT_DECRYPT which is not valid for Sign.");
    }

    [Fact]
    public void Sign_ExternalMuWithEcdsa_IsRefused()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Signs);

        _kms.Refuses(
            new SignRequest { KeyId = key.KeyId, Message = new byte[64], MessageType = "EXTERNAL_MU", SigningAlgorithm = "ECDSA_SHA_256" },
            "ValidationException",
            "Message type EXTERNAL_MU is incompatible with algorithm ECDSA_SHA_256.");
    }

    [Fact]
    public void Sign_DryRun_EndsAfterAllChecks()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Signs);
        SignRequest request = new() { KeyId = key.KeyId, Message = Message, SigningAlgorithm = "ECDSA_SHA_256", DryRun = true };

        _kms.Refuses(request, "DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
        Assert.Equal("ValidationException", _kms.Refused(request with { MessageType = "DIGEST" }).ErrorCode);
    }

    [Fact]
    public void Sign_Event_HasNeitherMessageNorSignature()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Signs);
        _kms.Sign(key.KeyId, SigningAlgorithmSpec.ECDSA_SHA_256, new byte[32], "DIGEST");

        Auditing.AuditEvent signed = Assert.Single(_kms.Events("Sign"));

        Assert.Equal(
            $$"""{"keyId":"{{key.KeyId}}","messageType":"DIGEST","signingAlgorithm":"ECDSA_SHA_256"}""",
            signed.ParametersJson());
        Assert.True(signed.ReadOnly);
        Assert.Equal("Sign", _kms.Call(new GetKeyLastUsageRequest { KeyId = key.KeyId }).KeyLastUsage!.Operation);
    }

    [Fact]
    public void Sign_ManyThreads_AllSignaturesAreValid()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Signs);

        Parallel.For(0, 64, i =>
        {
            byte[] message = BitConverter.GetBytes(i);
            byte[] signature = _kms.Sign(key.KeyId, SigningAlgorithmSpec.ECDSA_SHA_256, message);
            Assert.True(
                _kms.Call(KeysOfEverySpec.Verification(key.KeyId, SigningAlgorithmSpec.ECDSA_SHA_256, message, signature)).SignatureValid);
        });
    }

    internal static string OpenSslOptions(SigningAlgorithmSpec algorithm) =>
        $"-{HashOf(algorithm).Name!.ToLowerInvariant()}"
        + (algorithm.ToString().Contains("PSS", StringComparison.Ordinal)
            ? " -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:digest"
            : "");

    internal static HashAlgorithmName HashOf(SigningAlgorithmSpec algorithm) => algorithm.ToString()[^3..] switch
    {
        "256" => HashAlgorithmName.SHA256,
        "384" => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };
}
