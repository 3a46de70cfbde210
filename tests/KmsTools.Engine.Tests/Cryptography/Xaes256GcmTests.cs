using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Cryptography;

/// <remarks>Vectors: C2SP, XAES-256-GCM, "Test vectors" (c2sp.org/XAES-256-GCM).</remarks>
public sealed class Xaes256GcmTests
{
    [Theory]
    [InlineData(0x01, "", "ce546ef63c9cc60765923609b33a9a1974e96e52daf2fcf7075e2271")]
    [InlineData(0x03, "c2sp.org/XAES-256-GCM", "986ec1832593df5443a179437fd083bf3fdb41abd740a21f71eb769d")]
    public void Encrypt_PublishedVector_GivesThePublishedCiphertext(byte keyByte, string additionalData, string expected)
    {
        byte[] key = new byte[32];
        Array.Fill(key, keyByte);
        using Xaes256Gcm cipher = new(key);
        byte[] nonce = "ABCDEFGHIJKLMNOPQRSTUVWX"u8.ToArray();
        byte[] output = new byte[12 + 16];

        cipher.Encrypt(nonce, "XAES-256-GCM"u8, Encoding.ASCII.GetBytes(additionalData), output.AsSpan(0, 12), output.AsSpan(12));

        Assert.Equal(expected, Convert.ToHexStringLower(output));
        Assert.Equal("XAES-256-GCM"u8.ToArray(), cipher.Open([.. nonce, .. output], Encoding.ASCII.GetBytes(additionalData)));
    }

    /// <summary>"Accumulated randomized tests": inputs from one SHAKE-128 stream, all ciphertexts into another.</summary>
    [Fact]
    public void Encrypt_TenThousandRandomInputs_AccumulateToThePublishedHash()
    {
        Assert.SkipUnless(Shake128.IsSupported, "This platform has no SHAKE-128.");
        // The longest that the stream can be; squeezing it bit by bit is not supported everywhere.
        byte[] stream = Shake128.HashData([], 10_000 * (32 + 24 + 256 + 256));
        using Shake128 outputs = new();
        int position = 0;
        byte[] Read(int length) => stream[position..(position += length)];
        for (int i = 0; i < 10_000; i++)
        {
            using Xaes256Gcm cipher = new(Read(32));
            byte[] nonce = Read(24);
            byte[] plaintext = Read(Read(1)[0]);
            byte[] additionalData = Read(Read(1)[0]);
            byte[] output = new byte[plaintext.Length + 16];
            cipher.Encrypt(nonce, plaintext, additionalData, output.AsSpan(0, plaintext.Length), output.AsSpan(plaintext.Length));
            outputs.AppendData(output);
        }

        Assert.Equal(
            "e6b9edf2df6cec60c8cbd864e2211b597fb69a529160cd040d56c0c210081939",
            Convert.ToHexStringLower(outputs.GetHashAndReset(32)));
    }

    [Fact]
    public void Seal_SameMessageTwice_HasAnotherNonce()
    {
        using Xaes256Gcm cipher = new(new byte[32]);

        Assert.NotEqual(cipher.Seal([1], [])[..24], cipher.Seal([1], [])[..24]);
    }

    [Fact]
    public void Seal_ManyThreadsOnOneCipher_EveryMessageOpens()
    {
        using Xaes256Gcm cipher = new(new byte[32]);
        using Xaes256Gcm other = new(new byte[32]);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, thread =>
        {
            byte[] plaintext = [(byte)thread, 1, 2];
            for (int i = 0; i < 500; i++)
            {
                Assert.Equal(plaintext, other.Open(cipher.Seal(plaintext, "data"u8), "data"u8));
            }
        });
    }

    [Fact]
    public void Open_AnyBitFlipped_IsRefused()
    {
        using Xaes256Gcm cipher = new(new byte[32]);
        byte[] message = cipher.Seal("message"u8, "data"u8);
        for (int bit = 0; bit < message.Length * 8; bit++)
        {
            byte[] flipped = [.. message];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.ThrowsAny<CryptographicException>(() => cipher.Open(flipped, "data"u8));
        }

        Assert.ThrowsAny<CryptographicException>(() => cipher.Open(message, "Data"u8));
        Assert.ThrowsAny<CryptographicException>(() => cipher.Open(message.AsSpan(0, 39), "data"u8));
    }
}
