using System.Security.Cryptography;
using System.Text;

namespace KmsTools.EnvelopeEncryption;

/// <summary>A hash that other threads compute, around the length of a batch and of all batches that may wait.</summary>
public sealed class BackgroundHashTests
{
    private const int Batch = 262_144;

    // FIPS 180-4, examples: the empty message, "abc" and a million times "a".
    [Theory]
    [InlineData("", 1, "38b060a751ac96384cd9327eb1b1e36a21fdb71114be07434c0cc7bf63f6e1da274edebfe76f65fbd51ad2f14898b95b")]
    [InlineData("abc", 1, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7")]
    [InlineData("a", 1_000_000, "9d0e1809716474cb086e834e310a4a1ced149e9c00f248527972cec5704c2a5b07b8b3dc38ecc4ebae97ddd87f3d8985")]
    public void GetHash_PublishedMessages_GivesTheirHashes(string text, int times, string hash)
    {
        using BackgroundHash subject = new(HashAlgorithmName.SHA384);
        byte[] bytes = Encoding.ASCII.GetBytes(text);
        for (int i = 0; i < times; i++)
        {
            subject.Append(bytes);
        }

        Assert.Equal(hash, Convert.ToHexStringLower(subject.GetHash()));
    }

    [Theory]
    [InlineData(Batch - 1)]
    [InlineData(Batch)]
    [InlineData(Batch + 1)]
    [InlineData((8 * Batch) - 1)]
    [InlineData(8 * Batch)]
    [InlineData((8 * Batch) + 1)]
    [InlineData((40 * Batch) + 17)]
    public void GetHash_AnyLength_IsThatOfAllBytesInOrder(int length)
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(length);
        byte[] hash = SHA384.HashData(bytes);
        using BackgroundHash subject = new(HashAlgorithmName.SHA384);
        subject.Append(bytes);
        Assert.Equal(hash, subject.GetHash());

        // In pieces of a frame, after the first result.
        foreach (byte[] piece in bytes.Chunk(4124))
        {
            subject.Append(piece);
            Array.Clear(piece);
        }

        Assert.Equal(hash, subject.GetHash());
    }

    [Fact]
    public void Dispose_InTheMiddle_WaitsForWhatIsHashed()
    {
        for (int i = 0; i < 50; i++)
        {
            BackgroundHash subject = new(HashAlgorithmName.SHA384);
            subject.Append(new byte[(12 * Batch) + i]);
            subject.Dispose();
            Assert.Throws<ObjectDisposedException>(() => subject.GetHash());
        }
    }
}
