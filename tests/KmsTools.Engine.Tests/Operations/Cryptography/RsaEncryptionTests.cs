using KmsTools.Cryptography;

namespace KmsTools.Operations;

/// <summary>Encrypt, Decrypt and ReEncrypt with RSA keys.</summary>
public sealed class RsaEncryptionTests : IDisposable
{
    private const KeyUsageType Encrypts = KeyUsageType.ENCRYPT_DECRYPT;
    private const string Sha1 = "RSAES_OAEP_SHA_1";
    private const string Sha256 = "RSAES_OAEP_SHA_256";
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(KeySpec.RSA_2048, 214, 190)]
    [InlineData(KeySpec.RSA_3072, 342, 318)]
    [InlineData(KeySpec.RSA_4096, 470, 446)]
    public void Encrypt_LongestPlaintextAndOneMore_WorksAndIsRefused(KeySpec spec, int maxSha1, int maxSha256)
    {
        KeyMetadata key = _kms.CreateKey(spec, Encrypts);
        foreach ((string algorithm, int max) in new[] { (Sha1, maxSha1), (Sha256, maxSha256) })
        {
            byte[] plaintext = [.. Enumerable.Range(0, max).Select(i => (byte)(i % 256))];
            EncryptResponse encrypted = Encrypt(key.KeyId, algorithm, plaintext);
            DecryptResponse decrypted = _kms.Call(Decryption(key.Arn, algorithm, encrypted.CiphertextBlob.ToArray()));

            Assert.Equal((key.Arn, algorithm), (encrypted.KeyId, encrypted.EncryptionAlgorithm.ToString()));
            Assert.Equal(plaintext, decrypted.Plaintext!.ToArray());
            Assert.Equal((key.Arn, algorithm, null), (decrypted.KeyId, decrypted.EncryptionAlgorithm.ToString(), decrypted.KeyMaterialId));
            _kms.Refuses(
                new EncryptRequest { KeyId = key.KeyId, EncryptionAlgorithm = algorithm, Plaintext = new byte[max + 1] },
                "ValidationException",
                $"Algorithm {algorithm} and key spec {spec} cannot encrypt data larger than {max} bytes.");
        }
    }

    [Theory]
    [InlineData("sha1", Sha1)]
    [InlineData("sha256", Sha256)]
    public void EncryptAndDecrypt_OtherSideOpenSsl_Agree(string hash, string algorithm)
    {
        using OpenSsl openSsl = new();
        KeyMetadata key = _kms.ImportedKey(KeySpec.RSA_2048, Encrypts, openSsl.GenerateKey("-algorithm RSA -pkeyopt rsa_keygen_bits:2048"));
        string options = $"-keyform DER -pkeyopt rsa_padding_mode:oaep -pkeyopt rsa_oaep_md:{hash} -pkeyopt rsa_mgf1_md:{hash}";

        openSsl.Write("plaintext", "to KMS"u8.ToArray())
            .Run($"pkeyutl -encrypt -pubin -inkey public {options} -in plaintext -out ciphertext");
        Assert.Equal("to KMS"u8.ToArray(), _kms.Call(Decryption(key.KeyId, algorithm, openSsl.Read("ciphertext"))).Plaintext!.ToArray());

        openSsl.Write("ciphertext", Encrypt(key.KeyId, algorithm, "from KMS"u8.ToArray()).CiphertextBlob.ToArray())
            .Run($"pkeyutl -decrypt -inkey private {options} -in ciphertext -out plaintext");
        Assert.Equal("from KMS"u8.ToArray(), openSsl.Read("plaintext"));
    }

    // Wycheproof, rsa_oaep_2048_sha1_mgf1sha1_test.json and rsa_oaep_2048_sha256_mgf1sha256_test.json.
    [Theory]
    [InlineData(
        Sha1,
        WycheproofRsa.OaepSha1Key,
        WycheproofRsa.OaepSha1Short,
        WycheproofRsa.OaepSha1Longest,
        WycheproofRsa.OaepSha1BadHash,
        214)]
    [InlineData(
        Sha256,
        WycheproofRsa.OaepSha256Key,
        WycheproofRsa.OaepSha256Short,
        WycheproofRsa.OaepSha256Longest,
        WycheproofRsa.OaepSha256BadHash,
        190)]
    public void Decrypt_Wycheproof_GivesThePublishedMessages(
        string algorithm,
        string key,
        string shortest,
        string longest,
        string badHash,
        int max)
    {
        string keyId = _kms.ImportedKey(KeySpec.RSA_2048, Encrypts, Convert.FromBase64String(key)).KeyId;

        byte[] Plaintext(string ciphertext) =>
            _kms.Call(Decryption(keyId, algorithm, Convert.FromBase64String(ciphertext))).Plaintext!.ToArray();

        Assert.Equal("Test"u8.ToArray(), Plaintext(shortest));
        Assert.Equal(Enumerable.Repeat((byte)'x', max), Plaintext(longest));
        _kms.Refuses(Decryption(keyId, algorithm, Convert.FromBase64String(badHash)), "InvalidCiphertextException", "");
    }

    [Fact]
    public void Decrypt_AnythingWrong_IsAnInvalidCiphertextWithoutMessage()
    {
        string keyId = _kms.CreateKey(KeySpec.RSA_2048, Encrypts).KeyId;
        string otherId = _kms.CreateKey(KeySpec.RSA_2048, Encrypts).KeyId;
        byte[] ciphertext = Encrypt(keyId, Sha256, [1]).CiphertextBlob.ToArray();
        byte[] flipped = [.. ciphertext];
        flipped[100] ^= 1;

        DecryptRequest[] wrong =
        [
            Decryption(keyId, Sha1, ciphertext),
            Decryption(otherId, Sha256, ciphertext),
            Decryption(keyId, Sha256, flipped),
            Decryption(keyId, Sha256, ciphertext[..^1]),
            Decryption(keyId, Sha256, [.. ciphertext, 0]),
            Decryption(keyId, Sha256, [1]),

            // Without an algorithm the ciphertext must be a symmetric one.
            new() { KeyId = keyId, CiphertextBlob = ciphertext },
        ];

        Assert.All(wrong, request => _kms.Refuses(request, "InvalidCiphertextException", ""));
    }

    [Fact]
    public void Decrypt_WithoutKeyId_IsRefused() => _kms.Refuses(
        new DecryptRequest { EncryptionAlgorithm = Sha256, CiphertextBlob = new byte[256] },
        "ValidationException",
        "1 validation error detected: Value null at 'keyId' failed to satisfy constraint: Member must not be null");

    [Fact]
    public void Decrypt_SymmetricCiphertextWithAsymmetricKey_IsTheWrongKey()
    {
        string keyId = _kms.CreateKey(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC).KeyId;

        _kms.Refuses(
            new DecryptRequest { KeyId = keyId, CiphertextBlob = _kms.Encrypt(_kms.CreateKey().KeyId) },
            "IncorrectKeyException",
            "The key ID in the request does not identify a CMK that can perform this operation.");
    }

    [Fact]
    public void EncryptAndDecrypt_EncryptionContext_IsRefused()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.RSA_2048, Encrypts);
        Dictionary<string, string> context = new() { ["a"] = "b" };
        EncryptRequest encryption = new() { KeyId = key.KeyId, EncryptionAlgorithm = Sha256, Plaintext = [1], EncryptionContext = context };

        Assert.Equal("ValidationException", _kms.Refused(encryption).ErrorCode);
        byte[] ciphertext = _kms.Call(encryption with { EncryptionContext = new Dictionary<string, string>() }).CiphertextBlob.ToArray();
        Assert.Equal(
            "ValidationException",
            _kms.Refused(Decryption(key.KeyId, Sha256, ciphertext) with { EncryptionContext = context }).ErrorCode);
    }

    [Fact]
    public void Encrypt_AlgorithmOfAnotherKey_IsIncompatible()
    {
        KeyMetadata rsa = _kms.CreateKey(KeySpec.RSA_2048, Encrypts);
        KeyMetadata signing = _kms.CreateKey(KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY);

        _kms.Refuses(
            new EncryptRequest { KeyId = rsa.KeyId, Plaintext = [1] },
            "InvalidKeyUsageException",
            "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.");
        _kms.Refuses(
            new EncryptRequest { KeyId = _kms.CreateKey().KeyId, Plaintext = [1], EncryptionAlgorithm = Sha1 },
            "InvalidKeyUsageException",
            "Algorithm RSAES_OAEP_SHA_1 is incompatible with key spec SYMMETRIC_DEFAULT.");
        _kms.Refuses(
            new EncryptRequest { KeyId = signing.KeyId, Plaintext = [1] },
            "InvalidKeyUsageException",
            $"{signing.Arn} key usage is SIGN_VERIFY which is not valid for Encrypt.");
    }

    [Fact]
    public void Encrypt_DryRun_ChecksTheLength()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.RSA_2048, Encrypts);
        EncryptRequest request = new() { KeyId = key.KeyId, EncryptionAlgorithm = Sha256, Plaintext = new byte[190], DryRun = true };

        Assert.Equal("DryRunOperationException", _kms.Refused(request).ErrorCode);
        Assert.Equal("ValidationException", _kms.Refused(request with { Plaintext = new byte[191] }).ErrorCode);
    }

    [Fact]
    public void ReEncrypt_BetweenSymmetricAndRsa_ShowsMaterialsOfTheSymmetricSide()
    {
        KeyMetadata rsa = _kms.CreateKey(KeySpec.RSA_2048, Encrypts);
        KeyMetadata symmetric = _kms.CreateKey();

        ReEncryptResponse toRsa = _kms.Call(new ReEncryptRequest
        {
            CiphertextBlob = _kms.Encrypt(symmetric.KeyId, 7, 8, 9),
            DestinationKeyId = rsa.KeyId,
            DestinationEncryptionAlgorithm = Sha256,
        });
        ReEncryptResponse back = _kms.Call(new ReEncryptRequest
        {
            CiphertextBlob = toRsa.CiphertextBlob.ToArray(),
            SourceKeyId = rsa.KeyId,
            SourceEncryptionAlgorithm = Sha256,
            DestinationKeyId = symmetric.KeyId,
        });

        Assert.Equal((symmetric.Arn, rsa.Arn), (toRsa.SourceKeyId, toRsa.KeyId));
        Assert.Equal((symmetric.CurrentKeyMaterialId, null), (toRsa.SourceKeyMaterialId, toRsa.DestinationKeyMaterialId));
        Assert.Equal(
            (EncryptionAlgorithmSpec.SYMMETRIC_DEFAULT, EncryptionAlgorithmSpec.RSAES_OAEP_SHA_256),
            (toRsa.SourceEncryptionAlgorithm, toRsa.DestinationEncryptionAlgorithm));
        Assert.Equal((null, symmetric.CurrentKeyMaterialId), (back.SourceKeyMaterialId, back.DestinationKeyMaterialId));
        Assert.Equal(new byte[] { 7, 8, 9 }, _kms.Decrypt(back.CiphertextBlob.ToArray()));
    }

    [Fact]
    public void ReEncrypt_PlaintextTooLongForTheDestination_IsRefused()
    {
        KeyMetadata rsa = _kms.CreateKey(KeySpec.RSA_2048, Encrypts);

        _kms.Refuses(
            new ReEncryptRequest
            {
                CiphertextBlob = _kms.Encrypt(_kms.CreateKey().KeyId, new byte[191]),
                DestinationKeyId = rsa.KeyId,
                DestinationEncryptionAlgorithm = Sha256,
            },
            "ValidationException",
            "Algorithm RSAES_OAEP_SHA_256 and key spec RSA_2048 cannot encrypt data larger than 190 bytes.",
            isPreviewed: false);
    }

    [Fact]
    public void ReEncrypt_DestinationForSigning_NamesReEncryptTo()
    {
        KeyMetadata signing = _kms.CreateKey(KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY);

        _kms.Refuses(
            new ReEncryptRequest { CiphertextBlob = _kms.Encrypt(_kms.CreateKey().KeyId), DestinationKeyId = signing.KeyId },
            "InvalidKeyUsageException",
            $"{signing.Arn} key usage is SIGN_VERIFY which is not valid for ReEncryptTo.");
    }

    [Fact]
    public void ReEncrypt_BothKeysWrong_ReportsTheSource()
    {
        KeyMetadata hmac = _kms.CreateKey(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC);

        Assert.Equal("IncorrectKeyException", _kms.Refused(new ReEncryptRequest
        {
            CiphertextBlob = _kms.Encrypt(_kms.CreateKey().KeyId),
            SourceKeyId = hmac.KeyId,
            DestinationKeyId = hmac.KeyId,
        }).ErrorCode);
    }

    [Fact]
    public void GenerateDataKey_AsymmetricKey_IsRefused()
    {
        KeyMetadata rsa = _kms.CreateKey(KeySpec.RSA_2048, Encrypts);
        KeyMetadata signing = _kms.CreateKey(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY);

        _kms.Refuses(
            new GenerateDataKeyRequest { KeyId = rsa.KeyId, KeySpec = "AES_256" },
            "InvalidKeyUsageException",
            "You cannot generate a data key with an asymmetric CMK");
        _kms.Refuses(
            new GenerateDataKeyWithoutPlaintextRequest { KeyId = rsa.KeyId, KeySpec = "AES_256" },
            "InvalidKeyUsageException",
            "You cannot generate a data key with an asymmetric CMK");
        _kms.Refuses(
            new GenerateDataKeyRequest { KeyId = signing.KeyId, KeySpec = "AES_256" },
            "InvalidKeyUsageException",
            $"{signing.Arn} key usage is SIGN_VERIFY which is not valid for GenerateDataKey.");
    }

    private static DecryptRequest Decryption(string keyId, string algorithm, byte[] ciphertext) =>
        new() { KeyId = keyId, EncryptionAlgorithm = algorithm, CiphertextBlob = ciphertext };

    private EncryptResponse Encrypt(string keyId, string algorithm, byte[] plaintext) =>
        _kms.Call(new EncryptRequest { KeyId = keyId, EncryptionAlgorithm = algorithm, Plaintext = plaintext });
}
