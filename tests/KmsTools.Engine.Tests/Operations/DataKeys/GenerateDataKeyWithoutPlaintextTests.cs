namespace KmsTools.Operations;

public sealed class GenerateDataKeyWithoutPlaintextTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(null, "AES_128", 16)]
    [InlineData(null, "AES_256", 32)]
    [InlineData(1, null, 1)]
    [InlineData(1024, null, 1024)]
    public void GenerateDataKeyWithoutPlaintext_LengthGivenOnce_DecryptsToThatLength(int? numberOfBytes, string? keySpec, int expected)
    {
        KeyMetadata key = _kms.CreateKey();

        GenerateDataKeyWithoutPlaintextResponse dataKey = _kms.Call(
            new GenerateDataKeyWithoutPlaintextRequest { KeyId = key.Arn, NumberOfBytes = numberOfBytes, KeySpec = keySpec });

        Assert.Equal(key.Arn, dataKey.KeyId);
        Assert.Equal(key.CurrentKeyMaterialId, dataKey.KeyMaterialId);
        Assert.Equal(expected, _kms.Decrypt(dataKey.CiphertextBlob.ToArray()).Length);
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData(16, "AES_128")]
    [InlineData(0, null)]
    [InlineData(1025, null)]
    [InlineData(null, "AES_512")]
    public void GenerateDataKeyWithoutPlaintext_WrongLength_IsRefused(int? numberOfBytes, string? keySpec) => Assert.Equal(
        "ValidationException",
        _kms.Error(
            new GenerateDataKeyWithoutPlaintextRequest { KeyId = _kms.CreateKey().KeyId, NumberOfBytes = numberOfBytes, KeySpec = keySpec }).Code);

    [Fact]
    public void GenerateDataKeyWithoutPlaintext_DryRun_GivesNothing()
    {
        Dictionary<string, string> tooLong = new() { ["k"] = new('v', 8192) };
        GenerateDataKeyWithoutPlaintextRequest request = new() { KeyId = _kms.CreateKey().KeyId, KeySpec = "AES_256", DryRun = true };

        Assert.Equal("DryRunOperationException", _kms.Error(request).Code);
        Assert.Equal("ValidationException", _kms.Error(request with { EncryptionContext = tooLong }).Code);
    }
}
