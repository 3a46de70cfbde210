using KmsTools.Persistence;

namespace KmsTools.Operations;

public sealed class PreviewTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(6, false)]
    [InlineData(7, true)]
    [InlineData(30, true)]
    [InlineData(31, false)]
    public void Preview_WaitingPeriod_IsCheckedAsTheCallDoes(int days, bool isAllowed)
    {
        ScheduleKeyDeletionRequest request = new() { KeyId = _kms.CreateKey().KeyId, PendingWindowInDays = days };

        if (isAllowed)
        {
            Assert.Equal(request.KeyId, Assert.Single(_kms.Engine.Preview(request)).Key.KeyId);
        }
        else
        {
            Assert.Equal("PendingWindowInDays must be between 7 and 30", Assert.Throws<KmsException>(() => _kms.Engine.Preview(request)).Message);
        }

        Assert.Equal(KeyState.Enabled, _kms.Describe(request.KeyId!).KeyState);
    }

    [Fact]
    public void Preview_AliasInUse_IsRefusedAndRecordsNothing()
    {
        KeyMetadata key = _kms.CreateKey();
        _kms.Alias("alias/taken", key.KeyId);
        int before = _kms.Engine.FindEvents(new EventQuery()).Count();

        KmsException error = Assert.Throws<KmsException>(
            () => _kms.Engine.Preview(new CreateAliasRequest { AliasName = "alias/taken", TargetKeyId = key.KeyId }));

        Assert.Equal("AlreadyExistsException", error.ErrorCode);
        Assert.Equal("An alias with the name arn:aws:kms:us-east-1:111122223333:alias/taken already exists", error.Message);
        Assert.Equal(before, _kms.Engine.FindEvents(new EventQuery()).Count());
    }

    [Fact]
    public void Preview_FreeAlias_MakesNone()
    {
        KeyMetadata key = _kms.CreateKey();

        Assert.Equal(key.KeyId, Assert.Single(_kms.Engine.Preview(new CreateAliasRequest { AliasName = "alias/free", TargetKeyId = key.KeyId })).Key.KeyId);

        Assert.Empty(_kms.Call(new ListAliasesRequest { KeyId = key.KeyId }).Aliases);
    }

    [Fact]
    public void Preview_UnknownGrant_IsRefused() => Assert.Equal(
        $"Grant ID {new string('a', 64)} not found",
        Assert.Throws<KmsException>(
            () => _kms.Engine.Preview(new RevokeGrantRequest { KeyId = _kms.CreateKey().KeyId, GrantId = new string('a', 64) })).Message);

    [Fact]
    public void Preview_KeyQuota_IsChecked()
    {
        _kms.CreateKey();
        _kms.Engine.Quotas.Set("KeysPerRegion", 1);

        Assert.Equal("LimitExceededException", Assert.Throws<KmsException>(() => _kms.Engine.Preview(new CreateKeyRequest())).ErrorCode);
        _kms.Engine.Quotas.Set("KeysPerRegion", 2);
        Assert.Empty(_kms.Engine.Preview(new CreateKeyRequest()));
        Assert.Single(_kms.Call(new ListKeysRequest()).Keys);
    }

    [Fact]
    public void Preview_CustomKeyStoreThatIsNotThere_SaysWhichNameIsMissing()
    {
        KmsException error = Assert.Throws<KmsException>(
            () => _kms.Engine.Preview(new DeleteCustomKeyStoreRequest { CustomKeyStoreId = "cks-1234567890abcdef0" }));

        Assert.Equal("CustomKeyStoreNotFoundException", error.ErrorCode);
        Assert.Equal("cks-1234567890abcdef0", error.MissingName);
    }

    [Theory]
    [InlineData(EncryptionAlgorithmSpec.RSAES_OAEP_SHA_1, 214)]
    [InlineData(EncryptionAlgorithmSpec.RSAES_OAEP_SHA_256, 190)]
    public void Preview_PlaintextUnderAnRsaKey_MayBeAsLongAsTheAlgorithmAllows(EncryptionAlgorithmSpec algorithm, int max)
    {
        string keyId = _kms.CreateKey(KeySpec.RSA_2048, KeyUsageType.ENCRYPT_DECRYPT).KeyId;

        Passes(new EncryptRequest { KeyId = keyId, Plaintext = new byte[max], EncryptionAlgorithm = $"{algorithm}", DryRun = true });
        RefusesAsPreview(
            new EncryptRequest { KeyId = keyId, Plaintext = new byte[max + 1], EncryptionAlgorithm = $"{algorithm}", DryRun = true },
            "ValidationException",
            $"Algorithm {algorithm} and key spec RSA_2048 cannot encrypt data larger than {max} bytes.");
    }

    [Theory]
    [InlineData(KeySpec.ECC_NIST_P256, "ECDSA_SHA_256", 32)]
    [InlineData(KeySpec.ECC_NIST_P384, "ECDSA_SHA_384", 48)]
    [InlineData(KeySpec.ECC_NIST_EDWARDS25519, "ED25519_PH_SHA_512", 64)]
    public void Preview_DigestToSign_HasTheLengthOfTheHash(KeySpec spec, string algorithm, int size)
    {
        SignRequest request = new()
        {
            KeyId = _kms.CreateKey(spec, KeyUsageType.SIGN_VERIFY).KeyId, SigningAlgorithm = algorithm, MessageType = "DIGEST", DryRun = true,
        };

        Passes(request with { Message = new byte[size] });
        RefusesAsPreview(
            request with { Message = new byte[size - 1] }, "ValidationException", $"Digest is invalid length for algorithm {algorithm}.");
        RefusesAsPreview(
            request with { Message = new byte[size + 1] }, "ValidationException", $"Digest is invalid length for algorithm {algorithm}.");
    }

    [Fact]
    public void Preview_SignaturesOfOtherAlgorithms_AreRefused()
    {
        string keyId = _kms.CreateKey(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY).KeyId;
        const string Message = "Algorithm ECDSA_SHA_384 is incompatible with key spec ECC_NIST_P256.";

        RefusesAsPreview(
            new SignRequest { KeyId = keyId, Message = [1], SigningAlgorithm = "ECDSA_SHA_384", DryRun = true }, "InvalidKeyUsageException", Message);
        RefusesAsPreview(
            new VerifyRequest { KeyId = keyId, Message = [1], SigningAlgorithm = "ECDSA_SHA_384", Signature = [1], DryRun = true },
            "InvalidKeyUsageException",
            Message);
        RefusesAsPreview(
            new SignRequest { KeyId = keyId, Message = new byte[64], SigningAlgorithm = "ECDSA_SHA_256", MessageType = "EXTERNAL_MU", DryRun = true },
            "ValidationException",
            "Message type EXTERNAL_MU is incompatible with algorithm ECDSA_SHA_256.");
    }

    [Fact]
    public void Preview_MacsOfOtherAlgorithms_AreRefused()
    {
        string keyId = _kms.CreateKey(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC).KeyId;
        const string Message = "Algorithm HMAC_SHA_384 is incompatible with key spec HMAC_256.";

        Passes(new GenerateMacRequest { KeyId = keyId, Message = [1], MacAlgorithm = "HMAC_SHA_256", DryRun = true });
        RefusesAsPreview(
            new GenerateMacRequest { KeyId = keyId, Message = [1], MacAlgorithm = "HMAC_SHA_384", DryRun = true }, "InvalidKeyUsageException", Message);
        RefusesAsPreview(
            new VerifyMacRequest { KeyId = keyId, Message = [1], MacAlgorithm = "HMAC_SHA_384", Mac = [1], DryRun = true },
            "InvalidKeyUsageException",
            Message);
    }

    [Fact]
    public void Preview_EncryptionsThatAKeyDoesNotPermit_AreRefused()
    {
        string rsa = _kms.CreateKey(KeySpec.RSA_2048, KeyUsageType.ENCRYPT_DECRYPT).KeyId;
        string symmetric = _kms.CreateKey().KeyId;
        byte[] ciphertext = _kms.Encrypt(symmetric);
        Dictionary<string, string> context = new() { ["a"] = "b" };
        const string Incompatible = "Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.";
        const string NoContext = "An encryption context is not valid with algorithm RSAES_OAEP_SHA_256: only symmetric encryption keys take one.";
        const string NoDataKey = "You cannot generate a data key with an asymmetric CMK";

        RefusesAsPreview(new EncryptRequest { KeyId = rsa, Plaintext = [1], DryRun = true }, "InvalidKeyUsageException", Incompatible);
        RefusesAsPreview(
            new EncryptRequest { KeyId = rsa, Plaintext = [1], EncryptionAlgorithm = "RSAES_OAEP_SHA_256", EncryptionContext = context, DryRun = true },
            "ValidationException",
            NoContext);
        RefusesAsPreview(
            new DecryptRequest
            {
                KeyId = symmetric, CiphertextBlob = ciphertext, EncryptionAlgorithm = "RSAES_OAEP_SHA_256", DryRun = true,
            },
            "InvalidKeyUsageException",
            "Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.");
        RefusesAsPreview(
            new ReEncryptRequest { CiphertextBlob = ciphertext, DestinationKeyId = rsa, DryRun = true }, "InvalidKeyUsageException", Incompatible);
        Passes(new ReEncryptRequest { CiphertextBlob = ciphertext, DestinationKeyId = symmetric, DryRun = true });
        RefusesAsPreview(new GenerateDataKeyRequest { KeyId = rsa, KeySpec = "AES_256", DryRun = true }, "InvalidKeyUsageException", NoDataKey);
        RefusesAsPreview(
            new GenerateDataKeyWithoutPlaintextRequest { KeyId = rsa, KeySpec = "AES_256", DryRun = true }, "InvalidKeyUsageException", NoDataKey);
        string arn = _kms.Describe(rsa).Arn;
        RefusesAsPreview(
            new GenerateDataKeyPairRequest { KeyId = rsa, KeyPairSpec = "ECC_NIST_P256", DryRun = true },
            "InvalidKeyUsageException",
            $"{arn} key KeySpec is RSA_2048 which is not valid for GenerateDataKeyPair.");
        RefusesAsPreview(
            new GenerateDataKeyPairWithoutPlaintextRequest { KeyId = symmetric, KeyPairSpec = "SM2", DryRun = true },
            "UnsupportedOperationException",
            "SM2 keys are offered in China Regions of AWS only.");
    }

    [Fact]
    public void Preview_PublicKeyOnAnotherCurve_IsRefused()
    {
        DeriveSharedSecretRequest request = new()
        {
            KeyId = _kms.CreateKey(KeySpec.ECC_NIST_P256, KeyUsageType.KEY_AGREEMENT).KeyId, KeyAgreementAlgorithm = "ECDH", DryRun = true,
        };

        Passes(request with { PublicKey = PeerOn(KeySpec.ECC_NIST_P256) });
        RefusesAsPreview(
            request with { PublicKey = PeerOn(KeySpec.ECC_NIST_P384) },
            "ValidationException",
            "The public key is not on the elliptic curve of the KMS key.");
    }

    private byte[] PeerOn(KeySpec spec) => _kms.PublicKey(_kms.CreateKey(spec, KeyUsageType.KEY_AGREEMENT).KeyId);

    private void Passes<T>(IKmsRequest<T> request)
        where T : class
    {
        Assert.NotEmpty(_kms.Engine.Preview(request));
        Assert.Equal("DryRunOperationException", Assert.Throws<KmsException>(() => _kms.Call(request)).ErrorCode);
    }

    private void RefusesAsPreview<T>(IKmsRequest<T> request, string errorCode, string message)
        where T : class
    {
        Assert.Equal((errorCode, message), Read(Assert.Throws<KmsException>(() => _kms.Engine.Preview(request))));
        Assert.Equal((errorCode, message), Read(Assert.Throws<KmsException>(() => _kms.Call(request))));

        static (string, string) Read(KmsException error) => (error.ErrorCode, error.Message);
    }
}
