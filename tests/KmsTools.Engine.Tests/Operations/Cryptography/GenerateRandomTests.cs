namespace KmsTools.Operations;

public sealed class GenerateRandomTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(1024)]
    public void GenerateRandom_WithinTheLimit_GivesThatManyBytes(int count) =>
        Assert.Equal(count, _kms.Call(new GenerateRandomRequest { NumberOfBytes = count }).Plaintext!.Length);

    [Fact]
    public void GenerateRandom_Twice_Differs() => Assert.NotEqual(
        _kms.Call(new GenerateRandomRequest { NumberOfBytes = 32 }).Plaintext!.ToArray(),
        _kms.Call(new GenerateRandomRequest { NumberOfBytes = 32 }).Plaintext!.ToArray());

    [Theory]
    [InlineData(null, "NumberOfBytes is required.")]
    [InlineData(0, "1 validation error detected: Value '0' at 'numberOfBytes' failed to satisfy constraint: Member must have value "
        + "greater than or equal to 1")]
    [InlineData(1025, "1 validation error detected: Value '1025' at 'numberOfBytes' failed to satisfy constraint: Member must have value "
        + "less than or equal to 1024")]
    public void GenerateRandom_OutsideTheLimit_IsRefused(int? count, string message) =>
        _kms.Refuses(new GenerateRandomRequest { NumberOfBytes = count }, "ValidationException", message);

    [Fact]
    public void GenerateRandom_UnknownStore_IsNotFound() => Assert.Equal(
        "CustomKeyStoreNotFoundException",
        _kms.Error(new GenerateRandomRequest { NumberOfBytes = 1, CustomKeyStoreId = "cks-1234567890abcdef0" }).Code);
}
