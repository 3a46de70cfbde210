namespace KmsTools.Cryptography;

/// <summary>Random bytes that are not secret.</summary>
public sealed class PublicRandomTests
{
    [Fact]
    public void Fill_ManyThreads_GivesNothingTwice()
    {
        string[] seen = new string[8 * 1000];
        Parallel.For(0, 8, thread =>
        {
            for (int i = 0; i < 1000; i++)
            {
                byte[] bytes = new byte[24];
                PublicRandom.Fill(bytes);
                seen[(thread * 1000) + i] = Convert.ToHexString(bytes);
            }
        });

        Assert.Equal(seen.Length, seen.Distinct().Count());

        // Of 8,000 times 24 bytes, each place has nearly all values.
        for (int place = 0; place < 48; place += 2)
        {
            Assert.InRange(seen.Select(text => text.Substring(place, 2)).Distinct().Count(), 250, 256);
        }
    }

    [Theory]
    [InlineData(16)]
    [InlineData(1000)]
    [InlineData(1024)]
    public void Fill_UpToItsEnd_FillsAll(int length)
    {
        byte[] first = new byte[length];
        byte[] second = new byte[length];
        for (int i = 0; i < 3; i++)
        {
            PublicRandom.Fill(first);
            PublicRandom.Fill(second);
            Assert.NotEqual(first, second);
            Assert.True(second.AsSpan(length - 16).ContainsAnyExcept((byte)0));
        }
    }

    [Fact]
    public void Fill_MoreThanItsEnd_IsRefused() =>
        Assert.Throws<ArgumentOutOfRangeException>(static () => PublicRandom.Fill(new byte[1025]));
}
