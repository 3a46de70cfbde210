using System.Security.Cryptography;

namespace KmsTools.Operations;

/// <summary>GetParametersForImport, ImportKeyMaterial and DeleteImportedKeyMaterial on asymmetric and HMAC keys.</summary>
public sealed class ImportAsymmetricMaterialTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(KeySpec.HMAC_224, 28, 64)]
    [InlineData(KeySpec.HMAC_256, 32, 64)]
    [InlineData(KeySpec.HMAC_384, 48, 128)]
    [InlineData(KeySpec.HMAC_512, 64, 128)]
    public void ImportKeyMaterial_HmacLengths_AreBounded(KeySpec spec, int min, int max)
    {
        string keyId = _kms.CreateKey(spec, KeyUsageType.GENERATE_VERIFY_MAC, "EXTERNAL").KeyId;

        _kms.Refuses(
            _kms.ImportOf(keyId, new byte[min - 1]),
            "IncorrectKeyMaterialException",
            $"The key material has {min - 1} bytes; the key needs {min} to {max}.");
        _kms.Refuses(
            _kms.ImportOf(keyId, new byte[max + 1]),
            "IncorrectKeyMaterialException",
            $"The key material has {max + 1} bytes; the key needs {min} to {max}.");
        Assert.Equal(KeyState.PendingImport, _kms.Describe(keyId).KeyState);
        Assert.Equal(KeyState.Enabled, _kms.ImportedKey(spec, KeyUsageType.GENERATE_VERIFY_MAC, new byte[min]).KeyState);
        Assert.Equal(KeyState.Enabled, _kms.ImportedKey(spec, KeyUsageType.GENERATE_VERIFY_MAC, new byte[max]).KeyState);
    }

    [Fact]
    public void ImportKeyMaterial_WrongTypeSizeCurveOrForm_IsIncorrect()
    {
        string rsa = _kms.CreateKey(KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY, "EXTERNAL").KeyId;
        string ec = _kms.CreateKey(KeySpec.ECC_NIST_P256, KeyUsageType.KEY_AGREEMENT, "EXTERNAL").KeyId;
        byte[] p256 = KeysOfEverySpec.EcPrivateKey(ECCurve.NamedCurves.nistP256);
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.All(
            new[] { p256, KeysOfEverySpec.RsaPrivateKey(3072), [1, 2, 3], [.. KeysOfEverySpec.RsaPrivateKey(), 0] },
            material => Assert.Equal("IncorrectKeyMaterialException", _kms.Refused(_kms.ImportOf(rsa, material)).ErrorCode));
        Assert.All(
            new[]
            {
                KeysOfEverySpec.EcPrivateKey(ECCurve.NamedCurves.nistP384),
                KeysOfEverySpec.EcPrivateKey("secp256k1", new string('1', 64)),
                KeysOfEverySpec.RsaPrivateKey(),
                p256[..^1],
                key.ExportECPrivateKey(),
                key.ExportSubjectPublicKeyInfo(),
            },
            material => Assert.Equal("IncorrectKeyMaterialException", _kms.Refused(_kms.ImportOf(ec, material)).ErrorCode));
    }

    [Theory]
    [InlineData(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY)]
    [InlineData(KeySpec.RSA_2048, KeyUsageType.ENCRYPT_DECRYPT)]
    public void ImportKeyMaterial_AnyBitOfItsIdentifiersOtherwise_IsIncorrect(KeySpec spec, KeyUsageType usage)
    {
        string keyId = _kms.CreateKey(spec, usage, "EXTERNAL").KeyId;
        byte[] good = spec == KeySpec.RSA_2048
            ? KeysOfEverySpec.RsaPrivateKey() : KeysOfEverySpec.EcPrivateKey(ECCurve.NamedCurves.nistP256);

        // The sequence of the algorithm's identifier, and for EC of the curve's.
        int start = good.AsSpan().IndexOf(spec == KeySpec.RSA_2048 ? [0x06, 0x09, 0x2a] : new byte[] { 0x06, 0x07, 0x2a });
        int length = spec == KeySpec.RSA_2048 ? 11 : 19;
        Assert.All(Enumerable.Range(8 * start, 8 * length), bit =>
        {
            byte[] otherwise = [.. good];
            otherwise[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal("IncorrectKeyMaterialException", _kms.Refused(_kms.ImportOf(keyId, otherwise)).ErrorCode);
        });
    }

    [Fact]
    public void ImportKeyMaterial_HalvesOfTwoKeys_AreIncorrect()
    {
        string keyId = _kms.CreateKey(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY, "EXTERNAL").KeyId;
        byte[] mixed = KeysOfEverySpec.EcPrivateKey(ECCurve.NamedCurves.nistP256);
        using ECDsa other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        // The public point is the end of the encoding.
        other.ExportSubjectPublicKeyInfo()[^64..].CopyTo(mixed, mixed.Length - 64);

        Assert.Equal("IncorrectKeyMaterialException", _kms.Refused(_kms.ImportOf(keyId, mixed)).ErrorCode);
    }

    [Fact]
    public void ImportKeyMaterial_AsymmetricKey_ShowsNoMaterialId()
    {
        byte[] material = KeysOfEverySpec.EcPrivateKey(ECCurve.NamedCurves.nistP256);
        string keyId = _kms.CreateKey(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY, "EXTERNAL").KeyId;

        ImportKeyMaterialResponse imported = _kms.Call(_kms.ImportOf(keyId, material) with
        {
            ExpirationModel = "KEY_MATERIAL_EXPIRES",
            ValidTo = KmsFixture.Start.AddDays(1),
        });
        KeyMetadata key = _kms.Describe(keyId);

        Assert.Null(imported.KeyMaterialId);
        Assert.Equal(
            (KeyState.Enabled, (string?)null, ExpirationModelType.KEY_MATERIAL_EXPIRES),
            (key.KeyState, key.CurrentKeyMaterialId, key.ExpirationModel));
        _kms.StepDays(1);
        Assert.Equal(KeyState.PendingImport, _kms.Describe(keyId).KeyState);
        Assert.DoesNotContain(
            "aterialId",
            Assert.Single(_kms.Events("DeleteExpiredKeyMaterial")).CloudTrailEvent,
            StringComparison.Ordinal);
        Assert.DoesNotContain("aterialId", Assert.Single(_kms.Events("ImportKeyMaterial")).CloudTrailEvent, StringComparison.Ordinal);
    }

    [Fact]
    public void ImportKeyMaterial_DeletedMaterial_ComesBackAndNoOtherDoes()
    {
        byte[] material = KeysOfEverySpec.RsaPrivateKey();
        KeyMetadata key = _kms.ImportedKey(KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY, material);
        byte[] signature = _kms.Sign(key.KeyId, SigningAlgorithmSpec.RSASSA_PSS_SHA_256, [1]);

        DeleteImportedKeyMaterialResponse deleted = _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key.KeyId });

        Assert.Equal((key.Arn, ""), (deleted.KeyId, deleted.KeyMaterialId));
        _kms.Refuses(
            KeysOfEverySpec.Verification(key.KeyId, SigningAlgorithmSpec.RSASSA_PSS_SHA_256, [1], signature),
            "KMSInvalidStateException",
            $"{key.Arn} is pending import.");
        Assert.Equal("IncorrectKeyMaterialException", _kms.Refused(_kms.ImportOf(key.KeyId, KeysOfEverySpec.RsaPrivateKey())).ErrorCode);
        _kms.Call(_kms.ImportOf(key.KeyId, material));
        Assert.True(
            _kms.Call(KeysOfEverySpec.Verification(key.KeyId, SigningAlgorithmSpec.RSASSA_PSS_SHA_256, [1], signature)).SignatureValid);
        Assert.Equal("IncorrectKeyMaterialException", _kms.Refused(_kms.ImportOf(key.KeyId, KeysOfEverySpec.RsaPrivateKey())).ErrorCode);
    }

    [Fact]
    public void ImportKeyMaterial_SameKeyEncodedWithoutItsPublicHalf_IsTheSame()
    {
        using OpenSsl openSsl = new();
        byte[] material = openSsl.GenerateKey("-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
        KeyMetadata key = _kms.ImportedKey(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY, material);
        openSsl.Run("ec -inform DER -in private -no_public -outform DER -out sec1");
        openSsl.Run("pkcs8 -topk8 -nocrypt -inform DER -in sec1 -outform DER -out short");

        _kms.Call(_kms.ImportOf(key.KeyId, openSsl.Read("short")));

        Assert.Equal(openSsl.Read("public"), _kms.PublicKey(key.KeyId));
    }

    [Fact]
    public void ImportKeyMaterial_MembersForSymmetricKeys_AreUnsupported()
    {
        string keyId = _kms.CreateKey(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC, "EXTERNAL").KeyId;
        ImportKeyMaterialRequest request = _kms.ImportOf(keyId, new byte[32]);

        Assert.All(
            new[]
            {
                request with { ImportType = "NEW_KEY_MATERIAL" },
                request with { ImportType = "EXISTING_KEY_MATERIAL" },
                request with { KeyMaterialDescription = "x" },
                request with { KeyMaterialId = new string('a', 64) },
            },
            wrong => Assert.Equal("UnsupportedOperationException", _kms.Refused(wrong).ErrorCode));
        _kms.Call(request);
        Assert.Equal(
            "UnsupportedOperationException",
            _kms.Refused(new DeleteImportedKeyMaterialRequest { KeyId = keyId, KeyMaterialId = new string('a', 64) }).ErrorCode);
    }

    [Theory]
    [InlineData(KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY, "RSAES_OAEP_SHA_1", "RSA_4096", false)]
    [InlineData(KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY, "RSAES_OAEP_SHA_256", "RSA_2048", false)]
    [InlineData(KeySpec.RSA_2048, KeyUsageType.SIGN_VERIFY, "RSA_AES_KEY_WRAP_SHA_1", "RSA_2048", true)]
    [InlineData(KeySpec.ECC_NIST_P521, KeyUsageType.SIGN_VERIFY, "RSAES_OAEP_SHA_256", "RSA_2048", false)]
    [InlineData(KeySpec.ECC_NIST_P521, KeyUsageType.SIGN_VERIFY, "RSAES_OAEP_SHA_1", "RSA_2048", false)]
    [InlineData(KeySpec.ECC_NIST_P521, KeyUsageType.SIGN_VERIFY, "RSAES_OAEP_SHA_256", "RSA_3072", true)]
    [InlineData(KeySpec.ECC_NIST_P384, KeyUsageType.SIGN_VERIFY, "RSAES_OAEP_SHA_256", "RSA_2048", true)]
    [InlineData(KeySpec.ECC_NIST_EDWARDS25519, KeyUsageType.SIGN_VERIFY, "RSAES_OAEP_SHA_256", "RSA_2048", true)]
    [InlineData(KeySpec.HMAC_512, KeyUsageType.GENERATE_VERIFY_MAC, "RSAES_OAEP_SHA_256", "RSA_2048", true)]
    public void GetParametersForImport_MaterialThatDoesNotFit_IsUnsupported(
        KeySpec spec, KeyUsageType usage, string algorithm, string wrappingKeySpec, bool allowed)
    {
        GetParametersForImportRequest request = new()
        {
            KeyId = _kms.CreateKey(spec, usage, "EXTERNAL").KeyId,
            WrappingAlgorithm = algorithm,
            WrappingKeySpec = wrappingKeySpec,
        };

        if (allowed)
        {
            Assert.NotEmpty(_kms.Call(request).ImportToken.ToArray());
        }
        else
        {
            Assert.Equal("UnsupportedOperationException", _kms.Refused(request).ErrorCode);
        }
    }

    [Theory]
    [InlineData(AlgorithmSpec.RSAES_OAEP_SHA_1)]
    [InlineData(AlgorithmSpec.RSAES_OAEP_SHA_256)]
    [InlineData(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_1)]
    [InlineData(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256)]
    public void ImportKeyMaterial_EllipticCurveKeyInEveryWrapping_Works(AlgorithmSpec algorithm)
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P384, KeyUsageType.SIGN_VERIFY, "EXTERNAL");

        _kms.Call(_kms.ImportOf(key.KeyId, KeysOfEverySpec.EcPrivateKey(ECCurve.NamedCurves.nistP384), algorithm));

        Assert.Equal(KeyState.Enabled, _kms.Describe(key.KeyId).KeyState);
    }
}
