namespace KmsTools.Operations;

public sealed class DeleteAliasTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void DeleteAlias_Known_LeavesTheKey()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Alias("alias/gone", keyId);

        Assert.Same(EmptyResponse.Instance, _kms.Call(new DeleteAliasRequest { AliasName = "alias/gone" }));

        Assert.Equal("NotFoundException", _kms.Error(new DescribeKeyRequest { KeyId = "alias/gone" }).Code);
        Assert.True(_kms.Describe(keyId).Enabled);
    }

    [Fact]
    public void DeleteAlias_Unknown_IsNotFound() => _kms.Refuses(
        new DeleteAliasRequest { AliasName = "alias/unknown" },
        "NotFoundException",
        "Alias arn:aws:kms:us-east-1:111122223333:alias/unknown is not found.");
}
