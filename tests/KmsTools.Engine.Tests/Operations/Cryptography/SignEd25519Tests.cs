using System.Numerics;
using System.Security.Cryptography;

namespace KmsTools.Operations;

/// <summary>Sign and Verify with Ed25519 keys.</summary>
public sealed class SignEd25519Tests : IDisposable
{
    private const KeySpec Spec = KeySpec.ECC_NIST_EDWARDS25519;
    private const KeyUsageType Signs = KeyUsageType.SIGN_VERIFY;
    private const SigningAlgorithmSpec Pure = SigningAlgorithmSpec.ED25519_SHA_512;
    private const SigningAlgorithmSpec PreHash = SigningAlgorithmSpec.ED25519_PH_SHA_512;

    // RFC 8032: the key of SHA(abc) in section 7.1 and of section 7.3.
    private const string RfcKey = "302E020100300506032B657004220420833FE62409237B9D62EC77587520911E9A759CEC1D19755B7DA901B96DCA3D42";

    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(64)]
    [InlineData(4096)]
    public void Sign_Message_VerifiesHereAndWithOpenSsl(int length)
    {
        using OpenSsl openSsl = new();
        byte[] message = RandomNumberGenerator.GetBytes(length);
        KeyMetadata key = _kms.CreateKey(Spec, Signs);

        SignResponse signed = _kms.Call(new SignRequest { KeyId = key.KeyId, Message = message, SigningAlgorithm = "ED25519_SHA_512" });
        byte[] signature = signed.Signature.ToArray();

        Assert.Equal((key.Arn, Pure, 64), (signed.KeyId, signed.SigningAlgorithm, signature.Length));
        Assert.Equal(signature, _kms.Sign(key.KeyId, Pure, message, "RAW"));
        Assert.True(_kms.Call(KeysOfEverySpec.Verification(key.KeyId, Pure, message, signature)).SignatureValid);
        openSsl.Write("public", _kms.PublicKey(key.KeyId)).Write("message", message).Write("signature", signature);
        openSsl.Run("pkeyutl -verify -pubin -keyform DER -inkey public -rawin -in message -sigfile signature");
    }

    [Fact]
    public void Verify_SignatureOfOpenSsl_IsValidForTheImportedKey()
    {
        using OpenSsl openSsl = new();
        byte[] message = "a message"u8.ToArray();
        KeyMetadata key = _kms.ImportedKey(Spec, Signs, openSsl.GenerateKey("-algorithm ED25519"));
        openSsl.Write("message", message).Run("pkeyutl -sign -keyform DER -inkey private -rawin -in message -out signature");

        Assert.Equal(openSsl.Read("public"), _kms.PublicKey(key.KeyId));
        Assert.Equal(openSsl.Read("signature"), _kms.Sign(key.KeyId, Pure, message));
        Assert.True(_kms.Call(KeysOfEverySpec.Verification(key.KeyId, Pure, message, openSsl.Read("signature"))).SignatureValid);
    }

    [Fact]
    public void Sign_KeyOfTheRfc_GivesThePublishedSignature()
    {
        string keyId = _kms.ImportedKey(Spec, Signs, Convert.FromHexString(RfcKey)).KeyId;

        Assert.Equal(
            "DC2A4459E7369633A52B1BF277839A00201009A3EFBF3ECB69BEA2186C26B58909351FC9AC90B3ECFDFBC7C66431E0303DCA179C138AC17AD9BEF1177331A704",
            Convert.ToHexString(_kms.Sign(keyId, Pure, SHA512.HashData("abc"u8))));
    }

    // AWS hashes the digest again: the signature is that of Ed25519ph over the digest as message. The value comes from arithmetic written
    // after RFC 8032, section 6, which also gives the vector of section 7.3 for the message "abc".
    [Fact]
    public void Sign_Digest_SignsTheDigestAsAMessageOfEd25519ph()
    {
        string keyId = _kms.ImportedKey(Spec, Signs, Convert.FromHexString(RfcKey)).KeyId;
        byte[] digest = SHA512.HashData("abc"u8);
        byte[] ofMessage = Convert.FromHexString(
            "98A70222F0B8121AA9D30F813D683F809E462B469C7FF87639499BB94E6DAE4131F85042463C2A355A2003D062ADF5AAA10B8C61E636062AAAD11C2A26083406");

        byte[] signature = _kms.Sign(keyId, PreHash, digest, "DIGEST");

        Assert.Equal(
            "914DC6538AC512DB8FFBDFBBF9C2FD2C1E5C915FF5D708751AD2D3A1425F0C9BFA3F1DA6D93E5C7FC5B106B536F7263A3DB68E4A285F30E4BD7E8B9F93D42F0E",
            Convert.ToHexString(signature));
        Assert.True(_kms.Call(KeysOfEverySpec.Verification(keyId, PreHash, digest, signature, "DIGEST")).SignatureValid);
        _kms.Refuses(KeysOfEverySpec.Verification(keyId, PreHash, digest, ofMessage, "DIGEST"), "KMSInvalidSignatureException", "");
        _kms.Refuses(KeysOfEverySpec.Verification(keyId, Pure, digest, signature), "KMSInvalidSignatureException", "");
        _kms.Refuses(
            KeysOfEverySpec.Verification(keyId, PreHash, digest, _kms.Sign(keyId, Pure, digest), "DIGEST"),
            "KMSInvalidSignatureException",
            "");
    }

    [Theory]
    [InlineData(Pure, "DIGEST", "Message type DIGEST is incompatible with algorithm ED25519_SHA_512.")]
    [InlineData(Pure, "EXTERNAL_MU", "Message type EXTERNAL_MU is incompatible with algorithm ED25519_SHA_512.")]
    [InlineData(PreHash, "RAW", "Message type RAW is incompatible with algorithm ED25519_PH_SHA_512.")]
    [InlineData(PreHash, null, "Message type RAW is incompatible with algorithm ED25519_PH_SHA_512.")]
    [InlineData(PreHash, "EXTERNAL_MU", "Message type EXTERNAL_MU is incompatible with algorithm ED25519_PH_SHA_512.")]
    public void SignAndVerify_OtherMessageType_IsRefused(SigningAlgorithmSpec algorithm, string? type, string message)
    {
        string keyId = _kms.CreateKey(Spec, Signs).KeyId;

        _kms.Refuses(
            new SignRequest
            {
                KeyId = keyId,
                Message = new byte[64],
                MessageType = type,
                SigningAlgorithm = algorithm.ToString(),
            }, "ValidationException", message);
        _kms.Refuses(KeysOfEverySpec.Verification(keyId, algorithm, new byte[64], new byte[64], type), "ValidationException", message);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(63)]
    [InlineData(65)]
    public void SignAndVerify_DigestOfAnotherLength_SayThatTheLengthIsInvalid(int length)
    {
        string keyId = _kms.CreateKey(Spec, Signs).KeyId;
        const string Message = "Digest is invalid length for algorithm ED25519_PH_SHA_512.";

        _kms.Refuses(
            new SignRequest { KeyId = keyId, Message = new byte[length], MessageType = "DIGEST", SigningAlgorithm = "ED25519_PH_SHA_512" },
            "ValidationException",
            Message);
        _kms.Refuses(KeysOfEverySpec.Verification(keyId, PreHash, new byte[length], [1], "DIGEST"), "ValidationException", Message);
    }

    [Theory]
    [InlineData(KeySpec.ECC_NIST_P256, "ED25519_PH_SHA_512", "Algorithm ED25519_PH_SHA_512 is incompatible with key spec ECC_NIST_P256.")]
    [InlineData(KeySpec.ECC_NIST_P256, "ED25519_SHA_512", "Algorithm ED25519_SHA_512 is incompatible with key spec ECC_NIST_P256.")]
    [InlineData(Spec, "ECDSA_SHA_512", "Algorithm ECDSA_SHA_512 is incompatible with key spec ECC_NIST_EDWARDS25519.")]
    [InlineData(Spec, "ML_DSA_SHAKE_256", "Algorithm ML_DSA_SHAKE_256 is incompatible with key spec ECC_NIST_EDWARDS25519.")]
    public void SignAndVerify_AlgorithmOfAnotherKey_IsRefusedBeforeTheDigest(KeySpec spec, string algorithm, string message)
    {
        string keyId = _kms.CreateKey(spec, Signs).KeyId;

        _kms.Refuses(
            new SignRequest
            {
                KeyId = keyId,
                Message = [1],
                MessageType = "DIGEST",
                SigningAlgorithm = algorithm,
            }, "InvalidKeyUsageException", message);
        _kms.Refuses(
            new VerifyRequest { KeyId = keyId, Message = [1], MessageType = "DIGEST", SigningAlgorithm = algorithm, Signature = [1] },
            "InvalidKeyUsageException",
            message);
    }

    [Theory]
    [InlineData(Pure, "RAW")]
    [InlineData(PreHash, "DIGEST")]
    public void Verify_AnythingWrong_IsAnInvalidSignatureWithoutMessage(SigningAlgorithmSpec algorithm, string type)
    {
        string keyId = _kms.CreateKey(Spec, Signs).KeyId;
        string otherId = _kms.CreateKey(Spec, Signs).KeyId;
        byte[] message = SHA512.HashData("a message"u8);
        byte[] signature = _kms.Sign(keyId, algorithm, message, type);
        byte[] flipped = [.. signature];
        flipped[10] ^= 0x10;

        // L of RFC 8032, section 5.1.
        BigInteger order = (BigInteger.One << 252) + BigInteger.Parse("27742317777372353535851937790883648493");
        byte[] larger = (new BigInteger(signature.AsSpan(32), isUnsigned: true) + order).ToByteArray(isUnsigned: true);
        VerifyRequest good = KeysOfEverySpec.Verification(keyId, algorithm, message, signature, type);
        VerifyRequest[] wrong =
        [
            good with { Signature = flipped },
            good with { Signature = signature[..^1] },
            good with { Signature = [.. signature, 0] },
            good with { Signature = [0] },
            good with { Signature = new byte[6144] },
            good with { Signature = [.. signature.AsSpan(0, 32), .. larger] },
            good with { Message = SHA512.HashData("another message"u8) },
            good with { KeyId = otherId },
        ];

        Assert.True(_kms.Call(good).SignatureValid);
        Assert.All(wrong, request => _kms.Refuses(request, "KMSInvalidSignatureException", ""));
    }

    [Fact]
    public void Sign_ManyThreads_AllSignaturesAreValid()
    {
        string keyId = _kms.CreateKey(Spec, Signs).KeyId;

        Parallel.For(0, 64, i =>
        {
            byte[] message = BitConverter.GetBytes(i);
            byte[] signature = _kms.Sign(keyId, Pure, message);
            Assert.True(_kms.Call(KeysOfEverySpec.Verification(keyId, Pure, message, signature)).SignatureValid);
        });
    }

    [Fact]
    public void Sign_MaterialDeletedAndImportedAgainInTheOtherForm_IsTheSameKey()
    {
        byte[] pkcs8 = Convert.FromHexString(RfcKey);

        // RFC 8410: version 2, the public key behind the private one.
        byte[] longer = Convert.FromHexString(
            "3051020101300506032B657004220420833FE62409237B9D62EC77587520911E9A759CEC1D19755B7DA901B96DCA3D42"
            + "812100EC172B93AD5E563BF4932C70E1245034C35467EF2EFD4D64EBF819683467E2BF");
        KeyMetadata key = _kms.ImportedKey(Spec, Signs, pkcs8);
        byte[] signature = _kms.Sign(key.KeyId, Pure, [1]);

        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId });

        _kms.Refuses(
            KeysOfEverySpec.Verification(key.KeyId, Pure, [1], signature),
            "KMSInvalidStateException",
            $"{key.Arn} is pending import.");
        byte[] other = [.. pkcs8];
        other[^1] ^= 1;
        _kms.Refuses(
            _kms.ImportOf(key.KeyId, other),
            "IncorrectKeyMaterialException",
            $"The key material is not the one that was imported into {key.Arn} before. Only the same bytes can be imported again.");
        longer[^1] ^= 1;
        _kms.Refuses(
            _kms.ImportOf(
                key.KeyId,
                longer), "IncorrectKeyMaterialException", "The key material is not an Ed25519 private key in PKCS #8 form (DER).");
        longer[^1] ^= 1;
        _kms.Call(_kms.ImportOf(key.KeyId, longer));
        Assert.True(_kms.Call(KeysOfEverySpec.Verification(key.KeyId, Pure, [1], signature)).SignatureValid);
    }

    [Theory]
    [InlineData("-algorithm X25519")]
    [InlineData("-algorithm ED448")]
    [InlineData("-algorithm EC -pkeyopt ec_paramgen_curve:P-256")]
    public void ImportKeyMaterial_KeyOnAnotherCurve_IsIncorrect(string openSslKey)
    {
        using OpenSsl openSsl = new();
        string keyId = _kms.CreateKey(Spec, Signs, "EXTERNAL").KeyId;

        _kms.Refuses(
            _kms.ImportOf(keyId, openSsl.GenerateKey(openSslKey)),
            "IncorrectKeyMaterialException",
            "The key material is not an Ed25519 private key in PKCS #8 form (DER).");
        Assert.Equal(KeyState.PendingImport, _kms.Describe(keyId).KeyState);
    }

    [Theory]
    [InlineData(AlgorithmSpec.RSAES_OAEP_SHA_1)]
    [InlineData(AlgorithmSpec.RSAES_OAEP_SHA_256)]
    [InlineData(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_1)]
    [InlineData(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256)]
    public void ImportKeyMaterial_EveryWrapping_Works(AlgorithmSpec algorithm)
    {
        string keyId = _kms.CreateKey(Spec, Signs, "EXTERNAL").KeyId;

        _kms.Call(_kms.ImportOf(keyId, Convert.FromHexString(RfcKey), algorithm));

        Assert.EndsWith(
            "EC172B93AD5E563BF4932C70E1245034C35467EF2EFD4D64EBF819683467E2BF", Convert.ToHexString(
                _kms.PublicKey(keyId)), StringComparison.Ordinal);
    }
}
