namespace KmsTools.Operations;

public sealed class OperationCatalogTests
{
    [Fact]
    public void All_EveryOperation_HasATestClass()
    {
        string[] classes = [.. typeof(OperationCatalogTests).Assembly.GetTypes().Select(type => type.FullName!)];

        Assert.NotEmpty(OperationCatalog.All);
        Assert.All(OperationCatalog.All, operation => Assert.Contains($"KmsTools.Operations.{operation.Name}Tests", classes));
    }

    [Fact]
    public void Find_NameOfNoOperation_IsNull()
    {
        Assert.Equal("Encrypt", OperationCatalog.Find("Encrypt")!.Name);
        Assert.Null(OperationCatalog.Find("encrypt"));
        Assert.IsType<EncryptRequest>(Activator.CreateInstance(OperationCatalog.Find("Encrypt")!.RequestType));
    }
}
