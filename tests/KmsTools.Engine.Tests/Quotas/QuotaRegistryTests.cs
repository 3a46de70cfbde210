using KmsTools.Identifiers;
using KmsTools.Operations;

namespace KmsTools.Quotas;

public sealed class QuotaRegistryTests : IDisposable
{
    private readonly KmsFixture _kms = new();

    public void Dispose() => _kms.Dispose();

    [Theory]
    [InlineData("KeysPerRegion", 100_000, "Count", "Region", true)]
    [InlineData("AliasesPerKey", 50, "Count", "Key", true)]
    [InlineData("GrantsPerKey", 50_000, "Count", "Key", true)]
    [InlineData("CustomKeyStores", 10, "Count", "Region", true)]
    [InlineData("OnDemandRotationsPerKey", 25, "Count", "Key", true)]
    [InlineData("TagsPerKey", 50, "Count", "Key", true)]
    [InlineData("KeyPolicySize", 32_768, "Bytes", "Key", true)]
    [InlineData("SymmetricRequests", 100_000, "Requests per second", "Region", false)]
    [InlineData("CustomKeyStoreRequests", 1800, "Requests per second", "Custom key store", false)]
    [InlineData("GenerateDataKeyPair.RSA_4096", 1, "Requests per second", "Region", false)]
    [InlineData("GetParametersForImport", 1, "Requests per second", "Region", false)]
    [InlineData("DescribeKey", 2000, "Requests per second", "Region", false)]
    public void List_NewStore_HasTheDefaults(string name, long value, string unit, string scope, bool enforced) =>
        Assert.Equal(new Quota(name, value, value, unit, scope, enforced), _kms.Engine.Quotas.List().Single(quota => quota.Name == name));

    [Theory]
    [InlineData("us-east-1", 100_000)]
    [InlineData("eu-central-1", 20_000)]
    [InlineData("sa-east-1", 10_000)]
    public void List_OfARegion_HasItsDefaults(string region, long value) =>
        Assert.Equal(
            value,
            _kms.Engine.Quotas.List(RegionName.Parse(region)).Single(static quota => quota.Name == "SymmetricRequests").Value);

    [Fact]
    public void List_EveryOperation_HasARequestQuota()
    {
        IReadOnlyList<string> names = [.. _kms.Engine.Quotas.List().Select(static quota => quota.Name)];
        string[] shared =
        [
            "Decrypt", "DeriveSharedSecret", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair", "GenerateDataKeyPairWithoutPlaintext",
            "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom", "ReEncrypt", "Sign", "Verify", "VerifyMac",
        ];
        Assert.Empty(OperationCatalog.All.Select(static operation => operation.Name).Except(shared).Except(names));
    }

    [Fact]
    public void Set_ThenReset_HoldsUntilReset()
    {
        _kms.Engine.Quotas.Set("AliasesPerKey", 3);
        _kms.Engine.Quotas.Set("SymmetricRequests", 7);
        _kms.Reopen();
        Assert.Equal(
            new Quota("AliasesPerKey", 3, 50, "Count", "Key", IsEnforced: true),
            _kms.Engine.Quotas.List().Single(static quota => quota.Name == "AliasesPerKey"));
        Assert.Equal(
            7,
            _kms.Engine.Quotas.List(RegionName.Parse("sa-east-1")).Single(static quota => quota.Name == "SymmetricRequests").Value);

        _kms.Engine.Quotas.Reset("AliasesPerKey");
        Assert.Equal(50, _kms.Engine.Quotas.List().Single(static quota => quota.Name == "AliasesPerKey").Value);
    }

    [Fact]
    public void RequestQuotasEnabled_EnforcesEveryQuota()
    {
        _kms.Engine.Quotas.RequestQuotasEnabled = true;
        Assert.All(_kms.Engine.Quotas.List(), static quota => Assert.True(quota.IsEnforced));
    }

    [Fact]
    public void Set_WhatIsNoQuota_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => _kms.Engine.Quotas.Set("Bananas", 1));
        Assert.Throws<ArgumentException>(() => _kms.Engine.Quotas.Reset("Bananas"));
        Assert.Throws<ArgumentOutOfRangeException>(() => _kms.Engine.Quotas.Set("AliasesPerKey", -1));
    }
}
