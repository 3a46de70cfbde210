using System.Security.Cryptography;

namespace KmsTools.Operations;

public sealed class DeriveSharedSecretTests : IDisposable
{
    private const KeyUsageType Agrees = KeyUsageType.KEY_AGREEMENT;
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    // Wycheproof, ecdh_secp256r1_test.json, ecdh_secp384r1_test.json, ecdh_secp521r1_test.json, tcId 1 and (a shared secret that is
    // zero, so that leading zeroes count) tcId 3.
    [Theory]
    [InlineData(
        KeySpec.ECC_NIST_P256,
        "nistP256",
        "3059301306072a8648ce3d020106082a8648ce3d0301070342000462d5bd3372af75fe85a040715d0f502428e07046868b0bfdfa61d731afe44f26ac333a93a9e70a81cd5a95b5bf8d13990eb741c8c38872b4a07d275a014e30cf",
        "0612465c89a023ab17855b0a6bcebfd3febb53aef84138647b5352e02c10c346",
        "53020d908b0219328b658b525f26780e3ae12bcd952bb25a93bc0895e1714285")]
    [InlineData(
        KeySpec.ECC_NIST_P256,
        "nistP256",
        "3059301306072a8648ce3d020106082a8648ce3d0301070342000458fd4168a87795603e2b04390285bdca6e57de6027fe211dd9d25e2212d29e62080d36bd224d7405509295eed02a17150e03b314f96da37445b0d1d29377d12c",
        "0a0d622a47e48f6bc1038ace438c6f528aa00ad2bd1da5f13ee46bf5f633d71a",
        "0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData(
        KeySpec.ECC_NIST_P384,
        "nistP384",
        "3076301006072a8648ce3d020106052b8104002203620004790a6e059ef9a5940163183d4a7809135d29791643fc43a2f17ee8bf677ab84f791b64a6be15969ffa012dd9185d8796d9b954baa8a75e82df711b3b56eadff6b0f668c3b26b4b1aeb308a1fcc1c680d329a6705025f1c98a0b5e5bfcb163caa",
        "766e61425b2da9f846c09fc3564b93a6f8603b7392c785165bf20da948c49fd1fb1dee4edd64356b9f21c588b75dfd81",
        "6461defb95d996b24296f5a1832b34db05ed031114fbe7d98d098f93859866e4de1e229da71fef0c77fe49b249190135")]
    [InlineData(
        KeySpec.ECC_NIST_P384,
        "nistP384",
        "3076301006072a8648ce3d020106052b8104002203620004490e96d17f4c6ceccd45def408cea33e9704a5f1b01a3de2eaaa3409fd160d78d395d6b3b003d71fd1f590fad95bf1c9d8665efc2070d059aa847125c2f707435955535c7c5df6d6c079ec806dce6b6849d337140db7ca50616f9456de1323c4",
        "a2b6442a37f8a3759d2cb91df5eca75b14f5a6766da8035cc1943b15a8e4ebb6025f373be334080f22ab821a3535a6a7",
        "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData(
        KeySpec.ECC_NIST_P521,
        "nistP521",
        "30819b301006072a8648ce3d020106052b8104002303818600040064da3e94733db536a74a0d8a5cb2265a31c54a1da6529a198377fbd38575d9d79769ca2bdf2d4c972642926d444891a652e7f492337251adf1613cf3077999b5ce00e04ad19cf9fd4722b0c824c069f70c3c0e7ebc5288940dfa92422152ae4a4f79183ced375afb54db1409ddf338b85bb6dbfc5950163346bb63a90a70c5aba098f7",
        "01939982b529596ce77a94bc6efd03e92c21a849eb4f87b8f619d506efc9bb22e7c61640c90d598f795b64566dc6df43992ae34a1341d458574440a7371f611c7dcd",
        "01f1e410f2c6262bce6879a3f46dfb7dd11d30eeee9ab49852102e1892201dd10f27266c2cf7cbccc7f6885099043dad80ff57f0df96acf283fb090de53df95f7d87")]
    [InlineData(
        KeySpec.ECC_NIST_P521,
        "nistP521",
        "30819b301006072a8648ce3d020106052b810400230381860004014c643329691ba27459a40dfe7c4ce17b3ea14d0cd7aa47b01f1315404db51436fbbfe6de0842e0f7e1265f6ff3aca28750677d3370b2fb2a6ef497356f4b95811201051b14178639a09a41465c72d3743436ee1c191ff7388a40140b34d5317de5911ea03cdbb0329fdeb446695a3b92d437271a9f3c318b02dec4d473908158140e97",
        "00a2b6442a37f8a3759d2cb91df5eca75af6b89e27baf2f6cbf971dee5058ffa9d8dac805c7bc72f3718489d6a9cb2787af8c93a17ddeb1a19211ab23604d47b7646",
        "000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000")]
    public void DeriveSharedSecret_Wycheproof_GivesTheRawXCoordinate(
        KeySpec spec,
        string curve,
        string publicKey,
        string privateKey,
        string shared)
    {
        KeyMetadata key = _kms.ImportedKey(spec, Agrees, KeysOfEverySpec.EcPrivateKey(curve, privateKey));

        DeriveSharedSecretResponse response = _kms.Call(RequestFor(key, Convert.FromHexString(publicKey)));

        Assert.Equal(shared, Convert.ToHexStringLower(response.SharedSecret!.ToArray()));
        Assert.Equal(
            (key.Arn, KeyAgreementAlgorithmSpec.ECDH, OriginType.EXTERNAL),
            (response.KeyId, response.KeyAgreementAlgorithm, response.KeyOrigin));
    }

    [Theory]
    [InlineData(KeySpec.ECC_NIST_P256, "P-256")]
    [InlineData(KeySpec.ECC_NIST_P384, "P-384")]
    [InlineData(KeySpec.ECC_NIST_P521, "P-521")]
    public void DeriveSharedSecret_BothParties_AgreeWithOpenSsl(KeySpec spec, string curve)
    {
        using OpenSsl openSsl = new();
        KeyMetadata key = _kms.CreateKey(spec, Agrees);
        openSsl.GenerateKey($"-algorithm EC -pkeyopt ec_paramgen_curve:{curve}");
        openSsl.Write("peer", _kms.PublicKey(key.KeyId))
            .Run("pkeyutl -derive -keyform DER -inkey private -peerform DER -peerkey peer -out secret");

        byte[] secret = _kms.Call(RequestFor(key, openSsl.Read("public"))).SharedSecret!.ToArray();

        Assert.Equal(openSsl.Read("secret"), secret);
    }

    [Fact]
    public void DeriveSharedSecret_PublicKeyNotOne_IsRefusedWithoutMessage()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Agrees);
        byte[] good = PublicKey(ECCurve.NamedCurves.nistP256);
        using RSA rsa = RSA.Create(2048);

        // Wycheproof, ecdh_secp256r1_test.json, tcId 332: the point (0, 0), which is not on the curve.
        byte[] notOnCurve = [.. good.AsSpan(0, 27), .. new byte[64]];
        Assert.All(
            new[] { [1, 2, 3], good[..^1], [.. good, 0], notOnCurve, rsa.ExportSubjectPublicKeyInfo() },
            publicKey => _kms.Refuses(RequestFor(key, publicKey), "ValidationException", ""));
        Assert.Equal(32, _kms.Call(RequestFor(key, good)).SharedSecret!.Length);
    }

    [Theory]
    [InlineData(KeySpec.ECC_NIST_P256, 19)]
    [InlineData(KeySpec.ECC_NIST_P521, 16)]
    public void DeriveSharedSecret_AnyBitOfItsIdentifiersOtherwise_IsRefused(KeySpec spec, int length)
    {
        KeyMetadata key = _kms.CreateKey(spec, Agrees);
        byte[] good = PublicKey(spec == KeySpec.ECC_NIST_P256 ? ECCurve.NamedCurves.nistP256 : ECCurve.NamedCurves.nistP521);

        // The identifiers of the algorithm and of the curve, one behind the other.
        int start = good.AsSpan().IndexOf(new byte[] { 0x06, 0x07, 0x2a });
        Assert.All(Enumerable.Range(8 * start, 8 * length), bit =>
        {
            byte[] otherwise = [.. good];
            otherwise[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal("ValidationException", _kms.Refused(RequestFor(key, otherwise)).ErrorCode);
        });
    }

    [Fact]
    public void DeriveSharedSecret_PublicKeyOnAnotherCurve_IsRefused()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Agrees);

        Assert.Equal("ValidationException", _kms.Refused(RequestFor(key, PublicKey(ECCurve.NamedCurves.nistP384))).ErrorCode);
        Assert.Equal(
            "ValidationException",
            _kms.Refused(RequestFor(key, PublicKey(ECCurve.CreateFromFriendlyName("secp256k1")))).ErrorCode);
    }

    [Fact]
    public void DeriveSharedSecret_KeyForSigning_IsRefused()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY);

        _kms.Refuses(
            RequestFor(key, [1]),
            "InvalidKeyUsageException",
            $"{key.Arn} key usage is SIGN_VERIFY which is not valid for DeriveSharedSecret.");
    }

    [Fact]
    public void DeriveSharedSecret_DryRun_ChecksThePublicKey()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Agrees);

        Assert.Equal(
            "DryRunOperationException",
            _kms.Refused(RequestFor(key, PublicKey(ECCurve.NamedCurves.nistP256)) with { DryRun = true }).ErrorCode);
        Assert.Equal("ValidationException", _kms.Refused(RequestFor(key, [1]) with { DryRun = true }).ErrorCode);
    }

    [Fact]
    public void DeriveSharedSecret_Recipient_IsUnsupported()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Agrees);

        Assert.Equal(
            "UnsupportedOperationException",
            _kms.Refused(RequestFor(key, [1]) with { Recipient = new RecipientInfo { AttestationDocument = [1] } }).ErrorCode);
    }

    [Fact]
    public void DeriveSharedSecret_Event_HasNoPublicKey()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.ECC_NIST_P256, Agrees);
        _kms.Call(RequestFor(key, PublicKey(ECCurve.NamedCurves.nistP256)));

        Assert.Equal(
            $$"""{"keyId":"{{key.KeyId}}","keyAgreementAlgorithm":"ECDH"}""",
            Assert.Single(_kms.Events("DeriveSharedSecret")).ParametersJson());
        Assert.Equal("DeriveSharedSecret", _kms.Call(new GetKeyLastUsageRequest { KeyId = key.KeyId }).KeyLastUsage!.Operation);
    }

    private static DeriveSharedSecretRequest RequestFor(KeyMetadata key, byte[] publicKey) =>
        new() { KeyId = key.KeyId, KeyAgreementAlgorithm = "ECDH", PublicKey = publicKey };

    private static byte[] PublicKey(ECCurve curve)
    {
        using ECDiffieHellman key = ECDiffieHellman.Create(curve);
        return key.ExportSubjectPublicKeyInfo();
    }
}
