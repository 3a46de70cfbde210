namespace KmsTools.Operations;

public sealed class VerifyMacTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(KeySpec.HMAC_224, "HMAC_SHA_224", 28)]
    [InlineData(KeySpec.HMAC_256, "HMAC_SHA_256", 32)]
    [InlineData(KeySpec.HMAC_384, "HMAC_SHA_384", 48)]
    [InlineData(KeySpec.HMAC_512, "HMAC_SHA_512", 64)]
    public void VerifyMac_WholeCodeOnly_IsValid(KeySpec spec, string algorithm, int size)
    {
        KeyMetadata key = _kms.CreateKey(spec, KeyUsageType.GENERATE_VERIFY_MAC);
        byte[] mac = _kms.Call(new GenerateMacRequest { KeyId = key.KeyId, MacAlgorithm = algorithm, Message = [1, 2] }).Mac.ToArray();
        byte[] flipped = [.. mac];
        flipped[^1] ^= 1;

        VerifyMacRequest good = new() { KeyId = key.KeyId, MacAlgorithm = algorithm, Message = [1, 2], Mac = mac };
        VerifyMacResponse response = _kms.Call(good);

        Assert.Equal(size, mac.Length);
        Assert.Equal((key.Arn, true, algorithm), (response.KeyId, response.MacValid, response.MacAlgorithm.ToString()));
        VerifyMacRequest[] wrong =
            [good with { Mac = flipped }, good with { Mac = mac[..^1] }, good with { Mac = [.. mac, 0] }, good with { Message = [1] }];
        Assert.All(wrong, request => _kms.Refuses(request, "KMSInvalidMacException", ""));
    }

    [Fact]
    public void VerifyMac_WrongKeyUsageOrAlgorithm_IsRefused()
    {
        KeyMetadata signing = _kms.CreateKey(KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY);
        KeyMetadata key = _kms.CreateKey(KeySpec.HMAC_384, KeyUsageType.GENERATE_VERIFY_MAC);
        VerifyMacRequest request = new() { KeyId = signing.KeyId, MacAlgorithm = "HMAC_SHA_512", Message = [1], Mac = [1] };

        _kms.Refuses(request, "InvalidKeyUsageException", $"{signing.Arn} key usage is SIGN_VERIFY which is not valid for VerifyMac.");
        _kms.Refuses(
            request with { KeyId = key
                .KeyId }, "InvalidKeyUsageException", "Algorithm HMAC_SHA_512 is incompatible with key spec HMAC_384.");
    }

    [Fact]
    public void VerifyMac_DryRun_LooksAtTheMacToo()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC);
        VerifyMacRequest request = new() { KeyId = key.KeyId, MacAlgorithm = "HMAC_SHA_256", Message = [1], Mac = [1] };

        byte[] mac = _kms.Call(new GenerateMacRequest { KeyId = key.KeyId, MacAlgorithm = "HMAC_SHA_256", Message = [1] }).Mac.ToArray();

        _kms.Refuses(
            request with { DryRun = true, Mac = mac }, "DryRunOperationException", "The request would have succeeded, but the DryRun "
                + "option is set.");
        _kms.Refuses(request with { DryRun = true }, "KMSInvalidMacException", "");
        Assert.Equal("ValidationException", _kms.Refused(request with { DryRun = true, Mac = [] }).ErrorCode);
        Assert.Equal("ValidationException", _kms.Refused(request with { DryRun = true, Mac = new byte[6145] }).ErrorCode);
    }

    [Fact]
    public void VerifyMac_Event_HasNeitherMessageNorMac()
    {
        KeyMetadata key = _kms.CreateKey(KeySpec.HMAC_256, KeyUsageType.GENERATE_VERIFY_MAC);
        _kms.Refused(new VerifyMacRequest { KeyId = key.KeyId, MacAlgorithm = "HMAC_SHA_256", Message = [1], Mac = [1] });

        Assert.Equal(
            $$"""{"keyId":"{{key.KeyId}}","macAlgorithm":"HMAC_SHA_256"}""", Assert.Single(_kms.Events("VerifyMac")).ParametersJson());
    }
}
