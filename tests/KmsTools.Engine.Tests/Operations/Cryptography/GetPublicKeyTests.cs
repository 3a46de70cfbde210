namespace KmsTools.Operations;

public sealed class GetPublicKeyTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(KeySpec.RSA_2048, KeyUsageType.ENCRYPT_DECRYPT)]
    [InlineData(KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY)]
    [InlineData(KeySpec.ECC_NIST_P384, KeyUsageType.KEY_AGREEMENT)]
    [InlineData(KeySpec.ECC_SECG_P256K1, KeyUsageType.SIGN_VERIFY)]
    [InlineData(KeySpec.ECC_NIST_EDWARDS25519, KeyUsageType.SIGN_VERIFY)]
    public void GetPublicKey_AsymmetricKey_TellsWhatTheKeyIs(KeySpec spec, KeyUsageType usage)
    {
        using OpenSsl openSsl = new();
        KeyMetadata key = _kms.CreateKey(spec, usage);

        GetPublicKeyResponse response = _kms.Call(new GetPublicKeyRequest { KeyId = key.Arn });

        Assert.Equal((key.Arn, spec, spec, usage), (response.KeyId, response.KeySpec, response.CustomerMasterKeySpec, response.KeyUsage));
        Assert.Equal(key.EncryptionAlgorithms, response.EncryptionAlgorithms);
        Assert.Equal(key.SigningAlgorithms, response.SigningAlgorithms);
        Assert.Equal(key.KeyAgreementAlgorithms, response.KeyAgreementAlgorithms);
        openSsl.Write("public", response.PublicKey.ToArray()).Run("pkey -pubin -inform DER -in public -pubcheck -noout");
    }

    // RFC 8410 and RFC 9881: no parameters.
    [Theory]
    [InlineData(KeySpec.ECC_NIST_EDWARDS25519, 44, "302A300506032B6570032100")]
    [InlineData(KeySpec.ML_DSA_44, 1334, "30820532300B060960864801650304031103820521")]
    [InlineData(KeySpec.ML_DSA_65, 1974, "308207B2300B0609608648016503040312038207A1")]
    [InlineData(KeySpec.ML_DSA_87, 2614, "30820A32300B060960864801650304031303820A21")]
    public void GetPublicKey_KeyFromASeed_IsEncodedAsItsStandardSays(KeySpec spec, int size, string start)
    {
        byte[] publicKey = _kms.PublicKey(_kms.CreateKey(spec, KeyUsageType.SIGN_VERIFY).KeyId);

        Assert.Equal(size, publicKey.Length);
        Assert.StartsWith(start, Convert.ToHexString(publicKey), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(KeySpec.ECC_NIST_P521)]
    [InlineData(KeySpec.ECC_NIST_EDWARDS25519)]
    [InlineData(KeySpec.ML_DSA_65)]
    public void GetPublicKey_Reopened_IsTheSame(KeySpec spec)
    {
        KeyMetadata key = _kms.CreateKey(spec, KeyUsageType.SIGN_VERIFY);
        byte[] before = _kms.PublicKey(key.KeyId);

        _kms.Reopen();

        Assert.Equal(before, _kms.PublicKey(key.KeyId));
    }

    [Fact]
    public void GetPublicKey_KeyWithoutPublicHalf_IsUnsupported()
    {
        KeyMetadata symmetric = _kms.CreateKey();
        KeyMetadata hmac = _kms.CreateKey(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC);

        // Measured on AWS for symmetric keys (the pull request 3968 of floci).
        _kms.Refuses(new GetPublicKeyRequest { KeyId = symmetric.KeyId }, "UnsupportedOperationException", "");
        _kms.Refuses(new GetPublicKeyRequest { KeyId = hmac.KeyId }, "UnsupportedOperationException", "");
    }

    [Fact]
    public void GetPublicKey_Success_IsNoUseOfTheKey()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY);
        _kms.PublicKey(key.KeyId);

        Assert.Null(_kms.Call(new GetKeyLastUsageRequest { KeyId = key.KeyId }).KeyLastUsage?.Operation);
        Assert.Equal($$"""{"keyId":"{{key.KeyId}}"}""", Assert.Single(_kms.Events("GetPublicKey")).ParametersJson());
    }
}
