using System.Security.Cryptography;
using KmsTools.Storage.Segments;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Tests;

/// <summary>What is found of a chain whose file is whole, cut off at any byte, or changed at any byte.</summary>
public sealed class ChainScanTests : IDisposable
{
    private readonly string _file = Path.GetTempFileName();
    private readonly ChainPosition _start = new(Frame.HashSize, new byte[Frame.HashSize]);

    // Three records: of 1 byte, of 300,000 (more than is read at once), and of 2.
    private static readonly int[] s_sizes = [1, 300_000, 2];

    public void Dispose() => File.Delete(_file);

    [Fact]
    public void Chain_Hash_IsOfTheHashBeforeTheLengthAndTheBody()
    {
        byte[] run = [.. new byte[32], 1, 0, 0, 0, 0xAB, .. new byte[32]];
        Assert.Equal(1, Frame.Chain(run));
        Assert.Equal(SHA256.HashData([.. new byte[32], 1, 0, 0, 0, 0xAB]), run[^32..]);
        Assert.True(Frame.IsChained(run));
    }

    [Fact]
    public void Run_WholeFile_VisitsEachRecordOnceWithItsPlace()
    {
        File.WriteAllBytes(_file, Create());
        (List<(int Size, long Offset)> found, ChainPosition end, ChainEnd how) = Scan();
        Assert.Equal([(1, 32), (300_000, 69), (2, 300_105)], found);
        Assert.Equal((300_143, ChainEnd.Whole), (end.Offset, how));
    }

    [Theory]
    [InlineData(300_142, 2)]
    [InlineData(300_106, 2)]
    [InlineData(300_104, 1)]
    [InlineData(70, 1)]
    [InlineData(68, 0)]
    [InlineData(33, 0)]
    public void Run_CutOffWithinARecord_EndsBeforeItAsTorn(int length, int records)
    {
        File.WriteAllBytes(_file, Create()[..length]);
        (List<(int Size, long Offset)> found, ChainPosition end, ChainEnd how) = Scan();
        Assert.Equal((records, ChainEnd.Torn), (found.Count, how));
        Assert.Equal(new[] { 32, 69, 300_105 }[records], end.Offset);
    }

    [Theory]
    [InlineData(69)]
    [InlineData(300_105)]
    [InlineData(300_143)]
    public void Run_OnlyZerosFollow_EndsThereAsTorn(int length)
    {
        File.WriteAllBytes(_file, [.. Create()[..length], .. new byte[10_000]]);
        (_, ChainPosition end, ChainEnd how) = Scan();
        Assert.Equal((length, ChainEnd.Torn), (end.Offset, how));
    }

    // The last record may be one that was not written to its end; any other is damage.
    [Theory]
    [InlineData(32, 32, ChainEnd.Broken)]
    [InlineData(36, 32, ChainEnd.Broken)]
    [InlineData(68, 32, ChainEnd.Broken)]
    [InlineData(150_000, 69, ChainEnd.Broken)]
    [InlineData(300_104, 69, ChainEnd.Broken)]
    [InlineData(300_110, 300_105, ChainEnd.Torn)]
    [InlineData(300_142, 300_105, ChainEnd.Torn)]
    public void Run_OneBitIsDifferent_EndsBeforeThatRecord(int place, long expected, object how)
    {
        byte[] bytes = Create();
        bytes[place] ^= 0x40;
        File.WriteAllBytes(_file, bytes);
        (_, ChainPosition end, ChainEnd found) = Scan();
        Assert.Equal((expected, (ChainEnd)how), (end.Offset, found));
    }

    [Fact]
    public void ReadFrame_HashDoesNotFit_IsNull()
    {
        byte[] bytes = Create();
        File.WriteAllBytes(_file, bytes);
        using (SafeFileHandle file = File.OpenHandle(_file))
        {
            Assert.Equal(2, Frame.Body((ReadOnlySpan<byte>)ChainScan.ReadFrame(file, 300_105)!).Length);
            Assert.Null(ChainScan.ReadFrame(file, 300_143));
        }

        bytes[300_110] ^= 1;
        File.WriteAllBytes(_file, bytes);
        using SafeFileHandle changed = File.OpenHandle(_file);
        Assert.Null(ChainScan.ReadFrame(changed, 300_105));
    }

    private static byte[] Create()
    {
        byte[] run = [.. new byte[Frame.HashSize], .. s_sizes.SelectMany(static size =>
        {
            byte[] frame = Frame.Create(size);
            Frame.Body(frame.AsSpan()).Fill(0x5A);
            return frame;
        })];
        Frame.Chain(run);
        return run;
    }

    private (List<(int Size, long Offset)> Found, ChainPosition End, ChainEnd How) Scan()
    {
        List<(int, long)> found = [];
        using SafeFileHandle file = File.OpenHandle(_file);
        (ChainPosition end, ChainEnd how) = ChainScan.Run(file, _start, (body, offset) => found.Add((body.Length, offset)));
        return (found, end, how);
    }
}
