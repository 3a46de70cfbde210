using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.Operations;

/// <summary>Sign and Verify with ML-DSA keys, by whatever this platform has.</summary>
public sealed class SignMlDsaTests : IDisposable
{
    private const KeyUsageType Signs = KeyUsageType.SIGN_VERIFY;
    private const SigningAlgorithmSpec Algorithm = SigningAlgorithmSpec.ML_DSA_SHAKE_256;
    private static readonly byte[] Message = "a message"u8.ToArray();
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(KeySpec.ML_DSA_44, 2420)]
    [InlineData(KeySpec.ML_DSA_65, 3309)]
    [InlineData(KeySpec.ML_DSA_87, 4627)]
    public void Sign_Message_GivesASignatureThatVerifiesOnlyAsItIs(KeySpec spec, int signatureSize)
    {
        KeyMetadata key = _kms.CreateKey(spec, Signs);
        string otherId = _kms.CreateKey(spec, Signs).KeyId;

        SignResponse signed = _kms.Call(new SignRequest { KeyId = key.KeyId, Message = Message, SigningAlgorithm = "ML_DSA_SHAKE_256" });
        byte[] signature = signed.Signature.ToArray();
        byte[] flipped = [.. signature];
        flipped[signatureSize / 2] ^= 1;

        Assert.Equal((key.Arn, Algorithm, signatureSize), (signed.KeyId, signed.SigningAlgorithm, signature.Length));
        VerifyRequest good = KeysOfEverySpec.Verification(key.KeyId, Algorithm, Message, signature);
        VerifyRequest[] wrong =
        [
            good with { Signature = flipped },
            good with { Signature = signature[..^1] },
            good with { Signature = [.. signature, 0] },
            good with { Signature = [0] },
            good with { Message = "another message"u8.ToArray() },
            good with { KeyId = otherId },
        ];
        Assert.True(_kms.Call(good).SignatureValid);
        Assert.All(wrong, request => _kms.Refuses(request, "KMSInvalidSignatureException", ""));
    }

    [Theory]
    [InlineData(KeySpec.ML_DSA_44)]
    [InlineData(KeySpec.ML_DSA_65)]
    [InlineData(KeySpec.ML_DSA_87)]
    public void Verify_PublishedSignature_IsValidForThePublishedKey(KeySpec spec)
    {
        WycheproofMlDsa vector = WycheproofMlDsa.Of(spec);
        string keyId = FixedKey(spec);

        byte[] publicKey = _kms.PublicKey(keyId);

        Assert.Equal(vector.PublicKeySha256, Convert.ToHexStringLower(SHA256.HashData(publicKey.AsSpan(22))));
        Assert.True(_kms.Call(KeysOfEverySpec.Verification(keyId, Algorithm, WycheproofMlDsa.Message, vector.Signature)).SignatureValid);
    }

    [Theory]
    [InlineData(KeySpec.ML_DSA_44, "Message type DIGEST is incompatible with key spec ML_DSA_44.")]
    [InlineData(KeySpec.ML_DSA_65, "Message type DIGEST is incompatible with key spec ML_DSA_65.")]
    [InlineData(KeySpec.ML_DSA_87, "Message type DIGEST is incompatible with key spec ML_DSA_87.")]
    public void SignAndVerify_Digest_IsRefused(KeySpec spec, string message)
    {
        string keyId = _kms.CreateKey(spec, Signs).KeyId;

        _kms.Refuses(
            new SignRequest
            {
                KeyId = keyId,
                Message = new byte[64],
                MessageType = "DIGEST",
                SigningAlgorithm = "ML_DSA_SHAKE_256",
            }, "ValidationException", message);
        _kms.Refuses(KeysOfEverySpec.Verification(keyId, Algorithm, new byte[64], [1], "DIGEST"), "ValidationException", message);
    }

    [Theory]
    [InlineData(63)]
    [InlineData(65)]
    public void SignAndVerify_ExternalMuOfAnotherLength_IsRefused(int length)
    {
        string keyId = _kms.CreateKey(KeySpec.ML_DSA_44, Signs).KeyId;
        const string Refusal = "External mu is invalid length for algorithm ML_DSA_SHAKE_256: 64 bytes are needed.";

        _kms.Refuses(
            new SignRequest
            {
                KeyId = keyId,
                Message = new byte[length],
                MessageType = "EXTERNAL_MU",
                SigningAlgorithm = "ML_DSA_SHAKE_256",
            },
            "ValidationException",
            Refusal);
        _kms.Refuses(KeysOfEverySpec.Verification(keyId, Algorithm, new byte[length], [1], "EXTERNAL_MU"), "ValidationException", Refusal);
    }

    [Fact]
    public void SignAndVerify_ExternalMuWhereThePlatformHasNone_SaysWhereItIs()
    {
        Assert.SkipWhen(MLDsa.IsSupported, "The cryptography of this platform has ML-DSA.");
        string keyId = _kms.CreateKey(KeySpec.ML_DSA_44, Signs).KeyId;
        const string Refusal = "Message type EXTERNAL_MU is not offered here: the cryptography of this platform has no ML-DSA. "
            + "Linux with OpenSSL 3.5 or later and current Windows have it; everywhere else messages of up to 4096 bytes are signed with "
            + "message type RAW.";
        SignRequest request = new()
        {
            KeyId = keyId,
            Message = new byte[64],
            MessageType = "EXTERNAL_MU",
            SigningAlgorithm = "ML_DSA_SHAKE_256",
        };

        _kms.Refuses(request, "UnsupportedOperationException", Refusal);
        _kms.Refuses(request with { DryRun = true }, "UnsupportedOperationException", Refusal);
        _kms.Refuses(
            KeysOfEverySpec.Verification(keyId, Algorithm, new byte[64], [1], "EXTERNAL_MU"),
            "UnsupportedOperationException",
            Refusal);
    }

    [Theory]
    [InlineData(KeySpec.ML_DSA_44)]
    [InlineData(KeySpec.ML_DSA_65)]
    [InlineData(KeySpec.ML_DSA_87)]
    public void SignAndVerify_ExternalMu_IsTheMessage(KeySpec spec)
    {
        Assert.SkipUnless(MLDsa.IsSupported, "The cryptography of this platform has no ML-DSA.");
        WycheproofMlDsa vector = WycheproofMlDsa.Of(spec);
        byte[] mu = Convert.FromHexString(vector.Mu);
        string keyId = FixedKey(spec);

        byte[] signature = _kms.Sign(keyId, Algorithm, mu, "EXTERNAL_MU");

        Assert.True(_kms.Call(KeysOfEverySpec.Verification(keyId, Algorithm, WycheproofMlDsa.Message, signature)).SignatureValid);
        Assert.True(_kms.Call(KeysOfEverySpec.Verification(keyId, Algorithm, mu, vector.Signature, "EXTERNAL_MU")).SignatureValid);
    }

    [Fact]
    public void EnableKeyRotation_KeyFromASeed_IsUnsupportedAsForOtherAsymmetricKeys()
    {
        string keyId = _kms.CreateKey(KeySpec.ML_DSA_44, Signs).KeyId;
        string ed25519 = _kms.CreateKey(KeySpec.ECC_NIST_EDWARDS25519, Signs).KeyId;

        Assert.All(new[] { keyId, ed25519 }, id =>
        {
            _kms.Refuses(new EnableKeyRotationRequest { KeyId = id }, "UnsupportedOperationException", "");
            _kms.Refuses(new RotateKeyOnDemandRequest { KeyId = id }, "UnsupportedOperationException", "");
        });
    }

    private string FixedKey(KeySpec spec)
    {
        using Secret material = Secret.TakeOver(Convert.FromHexString(WycheproofMlDsa.Of(spec).PrivateKey));
        return _kms.Call(new CreateKeyRequest
        {
            KeySpec = spec.ToString(),
            KeyUsage = "SIGN_VERIFY",
            Fixed = new FixedKey(null, material),
        }).KeyMetadata.KeyId;
    }
}
