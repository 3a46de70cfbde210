using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Cryptography;

/// <summary>
/// The expected values of derived secrets were computed with another implementation of HKDF, HMAC and XAES-256-GCM, which gives the test
/// vectors of C2SP.
/// </summary>
public sealed class StoreSecretsTests : IDisposable
{
    private readonly RootKey _rootKey = new([.. Enumerable.Range(0, 32).Select(static number => (byte)number)]);

    public void Dispose() => _rootKey.Dispose();

    [Fact]
    public void DeriveFrom_RootKey_AreThoseOfEarlierVersions()
    {
        using StoreSecrets secrets = StoreSecrets.DeriveFrom(_rootKey);
        using Secret token = secrets.OpenToken(
            Convert.FromHexString(
                "000102030405060708090a0b0c0d0e0f1011121314151617a10f76992ba1721bee0aba194424920a459ad1e3d3c7c5"),
            "grant");

        Assert.Equal("a grant", token.Use(static bytes => Encoding.UTF8.GetString(bytes)));
        Assert.Equal("ef1bfe959bb6eb4637a0d62a1d93c0cd7895e71ee9b55ac9e62346f25c04bb6e", MaterialId(secrets));
        Assert.Equal("b6cb848fa5e79a88", Check(secrets));
    }

    [Fact]
    public void Generate_Twice_HasNothingInCommon()
    {
        using StoreSecrets one = StoreSecrets.Generate();
        using StoreSecrets other = StoreSecrets.Generate();

        byte[] token = one.SealToken([1], "grant");
        Assert.ThrowsAny<CryptographicException>(() => other.OpenToken(token, "grant"));
        Assert.NotEqual(MaterialId(one), MaterialId(other));
        Assert.NotEqual(Check(one), Check(other));
    }

    [Fact]
    public void OpenToken_OtherPurpose_IsRefused()
    {
        using StoreSecrets secrets = StoreSecrets.Generate();
        byte[] token = secrets.SealToken([1, 2], "grant");

        using Secret content = secrets.OpenToken(token, "grant");
        Assert.Equal([1, 2], content.Use(static bytes => bytes.ToArray()));
        Assert.ThrowsAny<CryptographicException>(() => secrets.OpenToken(token, "import"));
    }

    [Fact]
    public void Unwrap_UnderAnotherRootKey_AreTheSame()
    {
        using StoreSecrets secrets = StoreSecrets.Generate();
        using RootKey other = new(RandomNumberGenerator.GetBytes(RootKey.Size));
        byte[] token = secrets.SealToken([1, 2], "grant");

        ImmutableArray<WrappedStoreSecret> wrapped = secrets.Wrap(other, "store-1");
        using StoreSecrets same = StoreSecrets.Unwrap([.. wrapped.Reverse()], other, "store-1");

        Assert.Equal(["tokens", "key material IDs", "ciphertext headers", "row MACs"], wrapped.Select(static secret => secret.Name));
        using Secret content = same.OpenToken(token, "grant");
        Assert.Equal([1, 2], content.Use(static bytes => bytes.ToArray()));
        Assert.Equal(MaterialId(secrets), MaterialId(same));
        Assert.Equal(Check(secrets), Check(same));
        Assert.ThrowsAny<CryptographicException>(() => StoreSecrets.Unwrap(wrapped, _rootKey, "store-1"));
        Assert.ThrowsAny<CryptographicException>(() => StoreSecrets.Unwrap(wrapped, other, "store-2"));
    }

    [Theory]
    [InlineData(0, "The secret 'tokens' of the store is missing.")]
    [InlineData(1, "The secret 'key material IDs' of the store is missing.")]
    [InlineData(2, "The secret 'ciphertext headers' of the store is missing.")]
    public void Unwrap_OneIsMissing_IsRefused(int index, string message)
    {
        using StoreSecrets secrets = StoreSecrets.Generate();
        ImmutableArray<WrappedStoreSecret> wrapped = secrets.Wrap(_rootKey, "store-1");

        Assert.Equal(
            message,
            Assert.Throws<CryptographicException>(() => StoreSecrets.Unwrap(wrapped.RemoveAt(index), _rootKey, "store-1")).Message);
    }

    [Fact]
    public void Unwrap_TwoAreExchanged_IsRefused()
    {
        using StoreSecrets secrets = StoreSecrets.Generate();
        ImmutableArray<WrappedStoreSecret> wrapped = secrets.Wrap(_rootKey, "store-1");
        ImmutableArray<WrappedStoreSecret> exchanged =
            [wrapped[0] with { Wrapped = wrapped[1].Wrapped }, wrapped[1] with { Wrapped = wrapped[0].Wrapped }, wrapped[2]];

        Assert.ThrowsAny<CryptographicException>(() => StoreSecrets.Unwrap(exchanged, _rootKey, "store-1"));
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    public void Unwrap_OtherLength_IsRefused(int length)
    {
        using StoreSecrets secrets = StoreSecrets.Generate();
        ImmutableArray<WrappedStoreSecret> wrapped = secrets.Wrap(_rootKey, "store-1");
        const string context = "store secret store-1 key material IDs";
        WrappedStoreSecret other = wrapped[1] with { Wrapped = [.. _rootKey.Wrap(new byte[length], context)] };
        WrappedStoreSecret right = wrapped[1] with { Wrapped = [.. _rootKey.Wrap(new byte[RootKey.Size], context)] };

        Assert.Equal(
            "The secret 'key material IDs' of the store must have 32 bytes.",
            Assert.Throws<CryptographicException>(() => StoreSecrets.Unwrap(wrapped.SetItem(1, other), _rootKey, "store-1")).Message);
        StoreSecrets.Unwrap(wrapped.SetItem(1, right), _rootKey, "store-1").Dispose();
    }

    private static string MaterialId(StoreSecrets secrets)
    {
        using Secret material = Secret.CopyOf([1, 2, 3]);
        return secrets.KeyMaterialId("key-1", material);
    }

    private static string Check(StoreSecrets secrets)
    {
        byte[] check = new byte[8];
        secrets.HeaderCheck("header"u8, check);
        return Convert.ToHexStringLower(check);
    }
}
