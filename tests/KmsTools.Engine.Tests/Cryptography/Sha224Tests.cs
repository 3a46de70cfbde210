using System.Text;

namespace KmsTools.Cryptography;

public sealed class Sha224Tests
{
    // NIST, "Cryptographic Standards and Guidelines: Example Values", SHA-224: the one-block and the two-block message; and the
    // empty message of the CAVP byte vectors.
    [Theory]
    [InlineData("", "d14a028c2a3a2bc9476102bb288234c415a2b01f828ea62ac5b3e42f")]
    [InlineData("abc", "23097d223405d8228642a477bda255b32aadbce4bda0b3f7e36c9da7")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "75388b16512776cc5dba5da1fd890150b0c6455cb4f58b1952522525")]
    public void HashData_PublishedMessages_GivesPublishedHashes(string message, string hash) =>
        Assert.Equal(hash, Convert.ToHexStringLower(Sha224.HashData(Encoding.ASCII.GetBytes(message))));

    [Fact]
    public void HashData_MillionTimesA_GivesThePublishedHash() => Assert.Equal(
        "20794655980c91d8bbb4c1ea97618a4bf03f42581948b2ee4ee7ad67",
        Convert.ToHexStringLower(Sha224.HashData(Encoding.ASCII.GetBytes(new string('a', 1_000_000)))));

    // Lengths around the ends of a block and of the padding.
    [Fact]
    public void HashData_LengthsAroundABlock_AgreesWithOpenSsl()
    {
        using OpenSsl openSsl = new();
        foreach (int length in new[] { 1, 55, 56, 63, 64, 65, 119, 120, 127, 128, 129 })
        {
            byte[] message = [.. Enumerable.Range(0, length).Select(i => (byte)i)];
            openSsl.Write("message", message).Run("dgst -sha224 -binary -out hash message");
            Assert.Equal(openSsl.Read("hash"), Sha224.HashData(message));
        }
    }
}
