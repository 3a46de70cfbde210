using System.Collections;

namespace KmsTools.Operations;

/// <summary>CreateKey with every key spec and key usage.</summary>
public sealed class CreateKeyOfEverySpecTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData("RSA_2048", "ENCRYPT_DECRYPT", "RSAES_OAEP_SHA_1 RSAES_OAEP_SHA_256")]
    [InlineData(
        "RSA_3072",
        "SIGN_VERIFY",
        "RSASSA_PKCS1_V1_5_SHA_256 RSASSA_PKCS1_V1_5_SHA_384 RSASSA_PKCS1_V1_5_SHA_512 RSASSA_PSS_SHA_256 RSASSA_PSS_SHA_384 "
            + "RSASSA_PSS_SHA_512")]
    [InlineData("ECC_NIST_P256", "SIGN_VERIFY", "ECDSA_SHA_256")]
    [InlineData("ECC_NIST_P384", "SIGN_VERIFY", "ECDSA_SHA_384")]
    [InlineData("ECC_NIST_P521", "SIGN_VERIFY", "ECDSA_SHA_512")]
    [InlineData("ECC_SECG_P256K1", "SIGN_VERIFY", "ECDSA_SHA_256")]
    [InlineData("ECC_NIST_P256", "KEY_AGREEMENT", "ECDH")]
    [InlineData("ECC_NIST_P384", "KEY_AGREEMENT", "ECDH")]
    [InlineData("ECC_NIST_P521", "KEY_AGREEMENT", "ECDH")]
    [InlineData("ECC_NIST_EDWARDS25519", "SIGN_VERIFY", "ED25519_SHA_512 ED25519_PH_SHA_512")]
    [InlineData("ML_DSA_44", "SIGN_VERIFY", "ML_DSA_SHAKE_256")]
    [InlineData("ML_DSA_65", "SIGN_VERIFY", "ML_DSA_SHAKE_256")]
    [InlineData("ML_DSA_87", "SIGN_VERIFY", "ML_DSA_SHAKE_256")]
    [InlineData("HMAC_224", "GENERATE_VERIFY_MAC", "HMAC_SHA_224")]
    [InlineData("HMAC_256", "GENERATE_VERIFY_MAC", "HMAC_SHA_256")]
    [InlineData("HMAC_384", "GENERATE_VERIFY_MAC", "HMAC_SHA_384")]
    [InlineData("HMAC_512", "GENERATE_VERIFY_MAC", "HMAC_SHA_512")]
    public void CreateKey_SpecWithUsage_ShowsTheAlgorithmsOfTheUsageOnly(string spec, string usage, string algorithms)
    {
        KeyMetadata key = _kms.Call(new CreateKeyRequest { KeySpec = spec, KeyUsage = usage }).KeyMetadata;

        Assert.Equal((spec, spec, usage), (key.KeySpec.ToString(), key.CustomerMasterKeySpec.ToString(), key.KeyUsage.ToString()));
        Assert.Equal(KeyState.Enabled, key.KeyState);
        Assert.Null(key.CurrentKeyMaterialId);
        object?[] lists = [key.EncryptionAlgorithms, key.SigningAlgorithms, key.MacAlgorithms, key.KeyAgreementAlgorithms];
        IEnumerable list = (System.Collections.IEnumerable)Assert.Single(lists, value => value is not null)!;
        Assert.Equal(algorithms, string.Join(' ', list.Cast<object>()));
        Assert.Equivalent(key, _kms.Describe(key.KeyId));
    }

    [Theory]
    [InlineData("HMAC_256", "SIGN_VERIFY")]
    [InlineData("RSA_2048", "KEY_AGREEMENT")]
    [InlineData("ECC_NIST_P256", "ENCRYPT_DECRYPT")]
    [InlineData("ECC_SECG_P256K1", "KEY_AGREEMENT")]
    [InlineData("ECC_NIST_EDWARDS25519", "KEY_AGREEMENT")]
    [InlineData("ECC_NIST_EDWARDS25519", "ENCRYPT_DECRYPT")]
    [InlineData("ECC_NIST_EDWARDS25519", "GENERATE_VERIFY_MAC")]
    [InlineData("ML_DSA_44", "ENCRYPT_DECRYPT")]
    [InlineData("SM2", "GENERATE_VERIFY_MAC")]
    [InlineData("SYMMETRIC_DEFAULT", "SIGN_VERIFY")]
    public void CreateKey_UsageThatDoesNotFit_IsRefused(string spec, string usage) => _kms.Refuses(
        new CreateKeyRequest { KeySpec = spec, KeyUsage = usage },
        "ValidationException",
        $"KeyUsage {usage} is not compatible with KeySpec {spec}");

    [Fact]
    public void CreateKey_NoUsage_IsRefusedForAllButSymmetricKeys()
    {
        Assert.All(Enum.GetValues<KeySpec>().Where(spec => spec != KeySpec.SYMMETRIC_DEFAULT), spec => _kms.Refuses(
            new CreateKeyRequest { KeySpec = spec.ToString() },
            "ValidationException",
            "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys."));
        Assert.Equal(KeySpec.SYMMETRIC_DEFAULT, _kms.Call(new CreateKeyRequest { KeySpec = "SYMMETRIC_DEFAULT" }).KeyMetadata.KeySpec);
    }

    [Theory]
    [InlineData("RSA_2048")]
    [InlineData("RSA_3072")]
    [InlineData("RSA_4096")]
    [InlineData("ECC_NIST_P256")]
    [InlineData("ECC_NIST_P384")]
    [InlineData("ECC_NIST_P521")]
    [InlineData("ECC_SECG_P256K1")]
    [InlineData("HMAC_224")]
    [InlineData("HMAC_256")]
    [InlineData("HMAC_384")]
    [InlineData("HMAC_512")]
    [InlineData("SM2")]
    public void CreateKey_OldNameOfTheSpec_TakesTheValuesOfItsEnumeration(string spec) => _kms.Refuses(
        new CreateKeyRequest { CustomerMasterKeySpec = spec },
        "ValidationException",
        "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");

    [Theory]
    [InlineData("ECC_NIST_EDWARDS25519")]
    [InlineData("ML_DSA_44")]
    [InlineData("ML_DSA_65")]
    [InlineData("ML_DSA_87")]
    public void CreateKey_OldNameOfTheSpecWithANewerValue_IsRefused(string spec) => _kms.Refuses(
        new CreateKeyRequest { CustomerMasterKeySpec = spec, KeyUsage = "SIGN_VERIFY" },
        "ValidationException",
        $"1 validation error detected: Value '{spec}' at 'customerMasterKeySpec' failed to satisfy constraint: Member must satisfy enum value "
            + "set: [RSA_2048, RSA_3072, RSA_4096, ECC_NIST_P256, ECC_NIST_P384, ECC_NIST_P521, ECC_SECG_P256K1, SYMMETRIC_DEFAULT, HMAC_224, "
            + "HMAC_256, HMAC_384, HMAC_512, SM2]");

    [Fact]
    public void CreateKey_BothNamesOfTheSpec_AreRefused() => _kms.Refuses(
        new CreateKeyRequest { KeySpec = "RSA_2048", CustomerMasterKeySpec = "RSA_2048", KeyUsage = "SIGN_VERIFY" },
        "ValidationException",
        "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.");

    [Theory]
    [InlineData("AWS_CLOUDHSM")]
    [InlineData("EXTERNAL_KEY_STORE")]
    public void CreateKey_AsymmetricInCustomKeyStore_IsRefused(string origin) => _kms.Refuses(
        new CreateKeyRequest { KeySpec = "RSA_2048", KeyUsage = "SIGN_VERIFY", Origin = origin, CustomKeyStoreId = "cks-1" },
        "ValidationException",
        $"KeySpec RSA_2048 is not supported for Origin {origin}");

    [Fact]
    public void CreateKey_SpecNotOffered_SaysWhy() => _kms.Refuses(
        new CreateKeyRequest { KeySpec = "SM2", KeyUsage = "SIGN_VERIFY" },
        "UnsupportedOperationException",
        "SM2 keys are offered in China Regions of AWS only.");

    // "Requirements for imported key material", AWS KMS Developer Guide.
    [Theory]
    [InlineData("ML_DSA_44")]
    [InlineData("ML_DSA_65")]
    [InlineData("ML_DSA_87")]
    public void CreateKey_MlDsaForImportedMaterial_IsRefused(string spec) => _kms.Refuses(
        new CreateKeyRequest { KeySpec = spec, KeyUsage = "SIGN_VERIFY", Origin = "EXTERNAL" },
        "ValidationException",
        $"KeySpec {spec} is not supported for Origin EXTERNAL");

    [Fact]
    public void RotateKeyOnDemand_AsymmetricKey_IsUnsupportedOnceTheStateAllowsIt()
    {
        string keyId = _kms.CreateKey(KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY).KeyId;

        _kms.Refuses(new RotateKeyOnDemandRequest { KeyId = keyId }, "UnsupportedOperationException", "");
        _kms.Call(new DisableKeyRequest { KeyId = keyId });
        Assert.Equal("DisabledException", _kms.Refused(new RotateKeyOnDemandRequest { KeyId = keyId }).ErrorCode);
    }
}
