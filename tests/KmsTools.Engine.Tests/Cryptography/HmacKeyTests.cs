using System.Text;

namespace KmsTools.Cryptography;

/// <summary>HMAC-SHA-256 with a key that is used again and again.</summary>
public sealed class HmacKeyTests
{
    // RFC 4231, test cases 1, 2, 3 and 6: the last has a key longer than a block.
    public static TheoryData<string, string, string> Vectors { get; } = new()
    {
        {
            "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
            "4869205468657265",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"
        },
        {
            "4a656665",
            "7768617420646f2079612077616e7420666f72206e6f7468696e673f",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
        },
        {
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd",
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe"
        },
        {
            new string('a', 262),
            "54657374205573696e67204c6172676572205468616e20426c6f636b2d53697a65204b6579202d2048617368204b6579204669727374",
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54"
        },
    };

    [Theory]
    [MemberData(nameof(Vectors))]
    public void Compute_VectorsOfTheRfc_EveryTime(string key, string text, string mac)
    {
        using HmacKey hmac = new(Convert.FromHexString(key));
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(mac, Compute(hmac, Convert.FromHexString(text)));
            Assert.NotEqual(mac, Compute(hmac, []));
        }
    }

    [Fact]
    public async Task Compute_ManyThreads_DoNotDisturbEachOther()
    {
        using HmacKey hmac = new("Jefe"u8);
        byte[][] texts = [.. Enumerable.Range(0, 8).Select(static i => Encoding.ASCII.GetBytes(new string((char)('a' + i), 50 * (i + 1))))];
        string[] macs = [.. texts.Select(text => Compute(hmac, text))];
        Assert.Equal(8, macs.Distinct().Count());

        await Task.WhenAll(Enumerable.Range(0, 8).Select(i => Task.Run(() =>
        {
            for (int round = 0; round < 2000; round++)
            {
                Assert.Equal(macs[i], Compute(hmac, texts[i]));
            }
        })));
    }

    [Fact]
    public async Task Compute_DisposedMeanwhile_IsRightOrRefused()
    {
        for (int round = 0; round < 200; round++)
        {
            HmacKey hmac = new("Jefe"u8);
            Task<string>[] computing = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() => Compute(hmac, "what do ya want for nothing?"u8)))];
            hmac.Dispose();
            foreach (Task<string> task in computing)
            {
                try
                {
                    Assert.Equal("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843", await task);
                }
                catch (ObjectDisposedException)
                {
                    // Never the MAC of a zeroed key.
                }
            }

            Assert.Throws<ObjectDisposedException>(() => Compute(hmac, []));
            hmac.Dispose();
        }
    }

    private static string Compute(HmacKey key, ReadOnlySpan<byte> text)
    {
        byte[] mac = new byte[HmacKey.Size];
        key.Compute(text, mac);
        return Convert.ToHexStringLower(mac);
    }
}
