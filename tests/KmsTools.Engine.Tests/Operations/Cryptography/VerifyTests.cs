namespace KmsTools.Operations;

public sealed class VerifyTests : IDisposable
{
    private const KeyUsageType Signs = KeyUsageType.SIGN_VERIFY;
    private static readonly byte[] Message = "a message"u8.ToArray();
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(KeySpec.RSA_2048, "-algorithm RSA -pkeyopt rsa_keygen_bits:2048")]
    [InlineData(KeySpec.RSA_3072, "-algorithm RSA -pkeyopt rsa_keygen_bits:3072")]
    [InlineData(KeySpec.RSA_4096, "-algorithm RSA -pkeyopt rsa_keygen_bits:4096")]
    [InlineData(KeySpec.ECC_NIST_P256, "-algorithm EC -pkeyopt ec_paramgen_curve:P-256")]
    [InlineData(KeySpec.ECC_NIST_P384, "-algorithm EC -pkeyopt ec_paramgen_curve:P-384")]
    [InlineData(KeySpec.ECC_NIST_P521, "-algorithm EC -pkeyopt ec_paramgen_curve:P-521")]
    [InlineData(KeySpec.ECC_SECG_P256K1, "-algorithm EC -pkeyopt ec_paramgen_curve:secp256k1")]
    public void Verify_SignatureOfOpenSsl_IsValidForTheImportedKey(KeySpec spec, string openSslKey)
    {
        using OpenSsl openSsl = new();
        KeyMetadata key = _kms.ImportedKey(spec, Signs, openSsl.GenerateKey(openSslKey));
        openSsl.Write("message", Message);

        Assert.Equal(openSsl.Read("public"), _kms.PublicKey(key.KeyId));
        Assert.All(key.SigningAlgorithms!, algorithm =>
        {
            openSsl.Run($"dgst {SignTests.OpenSslOptions(algorithm)} -keyform DER -sign private -out signature message");
            Assert.True(_kms.Call(KeysOfEverySpec.Verification(key.KeyId, algorithm, Message, openSsl.Read("signature"))).SignatureValid);
        });
    }

    // RFC 6979, sections A.2.5 to A.2.7: the message "sample"; in DER. secp256k1: the published signature of "Satoshi Nakamoto" with
    // private key 1 and the nonce of RFC 6979.
    [Theory]
    [InlineData(
        KeySpec.ECC_NIST_P256,
        "nistP256",
        "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
        SigningAlgorithmSpec.ECDSA_SHA_256,
        "sample",
        "MEYCIQDv1IsqrLao/RFA3ZzUXoHWnSyHe1aq+ZHDTQ6oTq83FgIhAPfLHJQtZXxB1DbHobbin2Xz6QDbua/0Bk3Eqy+EOs2o")]
    [InlineData(
        KeySpec.ECC_NIST_P384,
        "nistP384",
        "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
        SigningAlgorithmSpec.ECDSA_SHA_384,
        "sample",
        "MGYCMQCU7buSpey4qtRzblbGkZFrP4gUBmbOn6c9ZMTqla0TPIGmSBUuRKz5bjbdHoD6vkYCMQCZ70rrFfF4zqH+QNsmAxOPEw50ChliRSYgO2NR0KOpT6MpwUV4bmeee4LHGjhiisg=")]
    [InlineData(
        KeySpec.ECC_NIST_P521,
        "nistP521",
        "00FAD06DAA62BA3B25D2FB40133DA757205DE67F5BB0018FEE8C86E1B68C7E75CAA896EB32F1F47C70855836A6D16FCC1466F6D8FBEC67DB89EC0C08B0E996B83538",
        SigningAlgorithmSpec.ECDSA_SHA_512,
        "sample",
        "MIGHAkIAwyj6/L153XeFA3DEYyXZh8tSVWn7Y8XTvFOVDm1MXxdOJaHukBe11FBgat0VK1NJMdfU6EVcyR+bFb8F7Dbjd/oCQWF8znz1BkgGxGf2eNO0CA1vHMUK8myiCUFzCCgbaK8oJiPqpj5bXAcj2LjDf/B3exog+Myx3MxDmX8e4ORNpKZ6")]
    [InlineData(
        KeySpec.ECC_SECG_P256K1,
        "secp256k1",
        "0000000000000000000000000000000000000000000000000000000000000001",
        SigningAlgorithmSpec.ECDSA_SHA_256,
        "Satoshi Nakamoto",
        "MEUCIQCTSx6hCks8F1fisMAX0LYUPOPJp+akpJhg16arIQ7j2AIgJELOnSuRYGQQgBR4PpI+w2tJdD4v+hxElvAaUSqv2eU=")]
    public void Verify_PublishedEcdsaSignature_IsValid(
        KeySpec spec, string curve, string privateKey, SigningAlgorithmSpec algorithm, string message, string signature)
    {
        KeyMetadata key = _kms.ImportedKey(spec, Signs, KeysOfEverySpec.EcPrivateKey(curve, privateKey));
        byte[] bytes = Convert.FromBase64String(signature);
        VerifyRequest request = KeysOfEverySpec.Verification(key.KeyId, algorithm, System.Text.Encoding.ASCII.GetBytes(message), bytes);

        Assert.True(_kms.Call(request).SignatureValid);
        bytes[^1] ^= 1;
        _kms.Refuses(request, "KMSInvalidSignatureException", "");
    }

    [Theory]
    [InlineData(KeySpec.RSA_2048, SigningAlgorithmSpec.RSASSA_PSS_SHA_256)]
    [InlineData(KeySpec.RSA_2048, SigningAlgorithmSpec.RSASSA_PKCS1_V1_5_SHA_256)]
    [InlineData(KeySpec.ECC_NIST_P256, SigningAlgorithmSpec.ECDSA_SHA_256)]
    public void Verify_AnythingWrong_IsAnInvalidSignatureWithoutMessage(KeySpec spec, SigningAlgorithmSpec algorithm)
    {
        string keyId = _kms.CreateKey(spec, Signs).KeyId;
        string otherId = _kms.CreateKey(spec, Signs).KeyId;
        byte[] signature = _kms.Sign(keyId, algorithm, Message);
        byte[] flipped = [.. signature];
        flipped[signature.Length / 2] ^= 0x10;

        VerifyRequest good = KeysOfEverySpec.Verification(keyId, algorithm, Message, signature);
        VerifyRequest[] wrong =
        [
            good with { Signature = flipped },
            good with { Signature = signature[..^1] },
            good with { Signature = [.. signature, 0] },
            good with { Signature = [0] },
            good with { Signature = new byte[6144] },
            good with { Message = "another message"u8.ToArray() },
            good with { KeyId = otherId },
        ];

        Assert.True(_kms.Call(good).SignatureValid);
        Assert.All(wrong, request => _kms.Refuses(request, "KMSInvalidSignatureException", ""));
    }

    [Fact]
    public void Verify_PssSaltOfAnotherLength_IsInvalid()
    {
        using OpenSsl openSsl = new();
        KeyMetadata key = _kms.ImportedKey(KeySpec.RSA_2048, Signs, openSsl.GenerateKey("-algorithm RSA -pkeyopt rsa_keygen_bits:2048"));
        openSsl.Write("message", Message)
            .Run("dgst -sha256 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:20 -keyform DER -sign private -out signature message");

        _kms.Refuses(
            KeysOfEverySpec.Verification(key.KeyId, SigningAlgorithmSpec.RSASSA_PSS_SHA_256, Message, openSsl.Read("signature")),
            "KMSInvalidSignatureException",
            "");
    }

    [Fact]
    public void Verify_WrongKeyUsageOrAlgorithm_IsRefused()
    {
        KeyMetadata agreement = _kms.CreateKey(KeySpec.ECC_NIST_P256, KeyUsageType.KEY_AGREEMENT);
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Signs);

        _kms.Refuses(
            KeysOfEverySpec.Verification(agreement.KeyId, SigningAlgorithmSpec.ECDSA_SHA_256, Message, [1]),
            "InvalidKeyUsageException",
            $"{agreement.Arn} key usage is KEY_AGREEMENT which is not valid for Verify.");
        _kms.Refuses(
            KeysOfEverySpec.Verification(key.KeyId, SigningAlgorithmSpec.RSASSA_PSS_SHA_256, Message, [1]),
            "InvalidKeyUsageException",
            "Algorithm RSASSA_PSS_SHA_256 is incompatible with key spec ECC_NIST_P256.");
    }

    [Fact]
    public void Verify_SignatureLength_IsOneTo6144()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Signs);

        Assert.Equal(
            "ValidationException",
            _kms.Refused(KeysOfEverySpec.Verification(key.KeyId, SigningAlgorithmSpec.ECDSA_SHA_256, Message, [])).ErrorCode);
        Assert.Equal(
            "ValidationException",
            _kms.Refused(KeysOfEverySpec.Verification(key.KeyId, SigningAlgorithmSpec.ECDSA_SHA_256, Message, new byte[6145])).ErrorCode);
    }

    [Fact]
    public void Verify_DryRun_LooksAtTheSignatureToo()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Signs);
        byte[] signature = _kms.Call(new SignRequest { KeyId = key.KeyId, Message = Message, SigningAlgorithm = "ECDSA_SHA_256" }).Signature.ToArray();

        _kms.Refuses(
            KeysOfEverySpec.Verification(key.KeyId, SigningAlgorithmSpec.ECDSA_SHA_256, Message, signature) with { DryRun = true },
            "DryRunOperationException",
            "The request would have succeeded, but the DryRun option is set.");
        _kms.Refuses(
            KeysOfEverySpec.Verification(key.KeyId, SigningAlgorithmSpec.ECDSA_SHA_256, Message, [1]) with { DryRun = true },
            "KMSInvalidSignatureException",
            "");
    }

    [Fact]
    public void Verify_Event_HasNeitherMessageNorSignature()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Signs);
        _kms.Refused(KeysOfEverySpec.Verification(key.KeyId, SigningAlgorithmSpec.ECDSA_SHA_256, Message, [1], "RAW"));

        Auditing.AuditEvent verified = Assert.Single(_kms.Events("Verify"));

        Assert.Equal($$"""{"keyId":"{{key.KeyId}}","messageType":"RAW","signingAlgorithm":"ECDSA_SHA_256"}""", verified.ParametersJson());
        Assert.Equal("KMSInvalidSignatureException", verified.ErrorCode);
        Assert.Null(_kms.Call(new GetKeyLastUsageRequest { KeyId = key.KeyId }).KeyLastUsage?.Operation);
    }
}
