namespace KmsTools.Operations;

public sealed class GenerateMacTests : IDisposable
{
    private const KeyUsageType Macs = KeyUsageType.GENERATE_VERIFY_MAC;
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    // RFC 4231, test case 2: key "Jefe". HMAC extends a key with zeroes to the length of a block, so the key may be that long.
    [Theory]
    [InlineData(KeySpec.HMAC_224, "HMAC_SHA_224", 64, "a30e01098bc6dbbf45690f3a7e9e6d0f8bbea2a39e6148008fd05e44")]
    [InlineData(KeySpec.HMAC_256, "HMAC_SHA_256", 64, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")]
    [InlineData(
        KeySpec.HMAC_384,
        "HMAC_SHA_384",
        128,
        "af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e8e2240ca5e69e2c78b3239ecfab21649")]
    [InlineData(
        KeySpec.HMAC_512,
        "HMAC_SHA_512",
        128,
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737")]
    public void GenerateMac_Rfc4231WithImportedKey_GivesThePublishedCode(KeySpec spec, string algorithm, int blockSize, string mac)
    {
        byte[] material = new byte[blockSize];
        "Jefe"u8.CopyTo(material);
        KeyMetadata key = _kms.ImportedKey(spec, Macs, material);

        GenerateMacResponse response = _kms.Call(
            new GenerateMacRequest { KeyId = key.KeyId, MacAlgorithm = algorithm, Message = "what do ya want for nothing?"u8.ToArray() });

        Assert.Equal(mac, Convert.ToHexStringLower(response.Mac.ToArray()));
        Assert.Equal((key.Arn, algorithm), (response.KeyId, response.MacAlgorithm.ToString()));
    }

    [Theory]
    [InlineData(KeySpec.HMAC_224, "SHA224", 28, 64)]
    [InlineData(KeySpec.HMAC_256, "SHA256", 32, 64)]
    [InlineData(KeySpec.HMAC_384, "SHA384", 48, 128)]
    [InlineData(KeySpec.HMAC_512, "SHA512", 64, 128)]
    public void GenerateMac_ShortestAndLongestKey_AgreesWithOpenSsl(KeySpec spec, string digest, int shortest, int longest)
    {
        using OpenSsl openSsl = new();
        byte[] message = [.. Enumerable.Range(0, 4096).Select(i => (byte)(i % 256))];
        openSsl.Write("message", message);
        foreach (int length in new[] { shortest, longest })
        {
            byte[] material = [.. Enumerable.Range(1, length).Select(i => (byte)(i % 256))];
            KeyMetadata key = _kms.ImportedKey(spec, Macs, material);

            byte[] mac = _kms.Call(new GenerateMacRequest
            {
                KeyId = key.KeyId,
                MacAlgorithm = key.MacAlgorithms![0].ToString(),
                Message = message,
            }).Mac.ToArray();

            string expected = openSsl.Run($"mac -digest {digest} -macopt hexkey:{Convert.ToHexString(material)} -in message HMAC");
            Assert.Equal(expected.Trim(), Convert.ToHexString(mac), ignoreCase: true);
            Assert.True(_kms.Call(new VerifyMacRequest
            {
                KeyId = key.KeyId,
                MacAlgorithm = key.MacAlgorithms![0].ToString(),
                Message = message,
                Mac = Convert.FromHexString(expected.Trim()),
            }).MacValid);
        }
    }

    [Fact]
    public void GenerateMac_AlgorithmOfAnotherKey_IsIncompatible()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.HMAC_224, Macs);

        _kms.Refuses(
            new GenerateMacRequest { KeyId = key.KeyId, MacAlgorithm = "HMAC_SHA_256", Message = [1] },
            "InvalidKeyUsageException",
            "Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.");
    }

    [Fact]
    public void GenerateMac_SymmetricKey_IsRefused()
    {
        KeyMetadata key = _kms.CreateKey();

        _kms.Refuses(
            new GenerateMacRequest { KeyId = key.KeyId, MacAlgorithm = "HMAC_SHA_256", Message = [1] },
            "InvalidKeyUsageException",
            $"{key.Arn} key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac.");
    }

    [Fact]
    public void GenerateMac_SeveralThingsWrong_ReportsShapeThenKeyReference()
    {
        GenerateMacRequest request = new() { KeyId = "nonsense", MacAlgorithm = "HMAC_SHA_1", Message = [1] };

        // The order is that of the recordings of LocalStack.
        _kms.Refuses(
            request,
            "ValidationException",
            "1 validation error detected: Value 'HMAC_SHA_1' at 'macAlgorithm' failed to satisfy constraint: Member must satisfy enum "
                + "value set: [HMAC_SHA_384, HMAC_SHA_256, HMAC_SHA_224, HMAC_SHA_512]");
        _kms.Refuses(request with { MacAlgorithm = "HMAC_SHA_224" }, "NotFoundException", "Invalid keyId 'nonsense'");
    }

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, true)]
    [InlineData(4096, true)]
    [InlineData(4097, false)]
    public void GenerateMac_MessageLength_IsOneTo4096(int length, bool allowed)
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.HMAC_512, Macs);
        GenerateMacRequest request = new() { KeyId = key.KeyId, MacAlgorithm = "HMAC_SHA_512", Message = new byte[length] };

        if (allowed)
        {
            Assert.Equal(64, _kms.Call(request).Mac.Length);
        }
        else
        {
            Assert.Equal("ValidationException", _kms.Refused(request).ErrorCode);
        }
    }

    [Fact]
    public void GenerateMac_DryRun_Ends()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.HMAC_256, Macs);

        Assert.Equal(
            "DryRunOperationException",
            _kms.Refused(new GenerateMacRequest { KeyId = key.KeyId, MacAlgorithm = "HMAC_SHA_256", Message = [1], DryRun = true }).ErrorCode);
    }

    [Fact]
    public void GenerateMac_Event_HasNeitherMessageNorMac()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.HMAC_256, Macs);
        _kms.Call(new GenerateMacRequest { KeyId = key.KeyId, MacAlgorithm = "HMAC_SHA_256", Message = [1] });

        Assert.Equal(
            $$"""{"keyId":"{{key.KeyId}}","macAlgorithm":"HMAC_SHA_256"}""",
            Assert.Single(_kms.Events("GenerateMac")).ParametersJson());
        Assert.Equal("GenerateMac", _kms.Call(new GetKeyLastUsageRequest { KeyId = key.KeyId }).KeyLastUsage!.Operation);
    }
}
