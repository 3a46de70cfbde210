using System.Security.Cryptography;

namespace KmsTools.Cryptography;

public sealed class MaterialWrappingTests
{
    private static readonly Lazy<RSA> WrappingKey = new(static () => RSA.Create(2048));

    /// <summary>AES-KWP, on which RSA_AES_KEY_WRAP is built. Vectors: RFC 5649, section 6.</summary>
    [Theory]
    [InlineData("c37b7e6492584340bed12207808941155068f738", "138bdeaa9b8fa7fc61f97742e72248ee5ae6ae5360d1ae6a5f54f373fa543b6a")]
    [InlineData("466f7250617369", "afbeb0f07dfbf5419200f2ccb50bb24f")]
    public void EncryptKeyWrapPadded_PublishedVector_GivesThePublishedCiphertext(string material, string expected)
    {
        using Aes aes = Aes.Create();
        aes.Key = Convert.FromHexString("5840df6e29b02af1ab493b705bf16ea1ae8338f4dcc176a8");

        Assert.Equal(expected, Convert.ToHexStringLower(aes.EncryptKeyWrapPadded(Convert.FromHexString(material))));
        Assert.Equal(material, Convert.ToHexStringLower(aes.DecryptKeyWrapPadded(Convert.FromHexString(expected))));
    }

    [Theory]
    [InlineData(AlgorithmSpec.RSAES_OAEP_SHA_1, 32)]
    [InlineData(AlgorithmSpec.RSAES_OAEP_SHA_256, 32)]
    [InlineData(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_1, 1200)]
    [InlineData(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256, 1200)]
    public void Wrap_Unwrap_GivesTheSameBytes(AlgorithmSpec algorithm, int length)
    {
        byte[] material = RandomNumberGenerator.GetBytes(length);
        byte[] wrapped = MaterialWrapping.Wrap(WrappingKey.Value.ExportSubjectPublicKeyInfo(), algorithm, material);
        using Secret unwrapped = MaterialWrapping.Unwrap(WrappingKey.Value, algorithm, wrapped);

        Assert.True(unwrapped.Use(bytes => bytes.SequenceEqual(material)));
    }

    [Theory]
    [InlineData(AlgorithmSpec.RSAES_OAEP_SHA_256, 191)]
    [InlineData(AlgorithmSpec.RSAES_OAEP_SHA_1, 215)]
    public void Wrap_LongerThanOaepHolds_IsRefused(AlgorithmSpec algorithm, int length)
    {
        byte[] publicKey = WrappingKey.Value.ExportSubjectPublicKeyInfo();

        Assert.Equal(256, MaterialWrapping.Wrap(publicKey, algorithm, new byte[length - 1]).Length);
        Assert.ThrowsAny<CryptographicException>(() => MaterialWrapping.Wrap(publicKey, algorithm, new byte[length]));
    }

    [Theory]
    [InlineData(AlgorithmSpec.RSAES_OAEP_SHA_256, 0)]
    [InlineData(AlgorithmSpec.RSAES_OAEP_SHA_256, 255)]
    [InlineData(AlgorithmSpec.RSAES_OAEP_SHA_256, 257)]
    [InlineData(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256, 256)]
    [InlineData(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256, 257)]
    [InlineData(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256, 264)]
    [InlineData(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256, 295)]
    [InlineData(AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256, 297)]
    public void Unwrap_WrongLength_IsInvalidCiphertext(AlgorithmSpec algorithm, int length)
    {
        byte[] wrapped = MaterialWrapping.Wrap(WrappingKey.Value.ExportSubjectPublicKeyInfo(), algorithm, new byte[32]);
        Array.Resize(ref wrapped, length);

        KmsException error = Assert.Throws<KmsException>(() => MaterialWrapping.Unwrap(WrappingKey.Value, algorithm, wrapped));

        Assert.Equal(("InvalidCiphertextException", ""), (error.ErrorCode, error.Message));
    }
}
