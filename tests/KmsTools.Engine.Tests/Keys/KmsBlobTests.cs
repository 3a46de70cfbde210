using System.Buffers;

namespace KmsTools;

public sealed class KmsBlobTests
{
    private static readonly byte[] Bytes = [1, 2, 3, 4, 5];

    [Fact]
    public async Task Reads_OfEveryKind_GiveTheBytesFromThePositionOn()
    {
        using KmsBlob blob = new([.. Bytes]);
        Span<byte> two = stackalloc byte[2];
        Assert.Equal((2, 2L), (blob.Read(two), blob.Position));
        Assert.Equal([1, 2], two.ToArray());

        using MemoryStream copy = new();
        blob.CopyTo(copy);
        Assert.Equal([3, 4, 5], copy.ToArray());
        Assert.Equal(5, blob.Position);

        blob.Position = 1;
        using MemoryStream other = new();
        await blob.CopyToAsync(other, TestContext.Current.CancellationToken);
        Assert.Equal([2, 3, 4, 5], other.ToArray());
        Assert.Equal(5, blob.Position);
        Assert.Equal(0, blob.Read(new byte[1].AsSpan()));

        blob.Position = 9;
        Assert.Equal((0, 9L), (blob.Read(new byte[1].AsSpan()), blob.Position));
        await blob.CopyToAsync(other, TestContext.Current.CancellationToken);
        Assert.Equal((4L, 9L), (other.Length, blob.Position));
    }

    [Fact]
    public async Task Reads_OfASecret_LeaveNothingInTheSharedPool()
    {
        byte[] secret = [.. Enumerable.Range(0, 61).Select(static i => (byte)(171 + i))];
        using KmsSecretBlob blob = new([.. secret]);
        byte[] target = new byte[61];
        Action[] reads =
        [
            () => blob.ReadExactly(target.AsSpan()),
            () => blob.CopyTo(Stream.Null),
            () => blob.CopyTo(new MemoryStream()),
        ];
        foreach (Action read in reads)
        {
            blob.Position = 0;
            read();
        }

        blob.Position = 0;
        await blob.CopyToAsync(Stream.Null, TestContext.Current.CancellationToken);

        // The pool gives a thread what it has returned last, of each size.
        foreach (int size in new[] { 16, 32, 64, 128, 81_920 })
        {
            byte[] pooled = ArrayPool<byte>.Shared.Rent(size);
            Assert.Equal(-1, pooled.AsSpan().IndexOf(secret.AsSpan(0, Math.Min(pooled.Length, secret.Length))));
        }
    }

    [Fact]
    public void Read_Disposed_IsRefused()
    {
        KmsSecretBlob blob = new([.. Bytes]);
        blob.Dispose();

        Assert.Throws<ObjectDisposedException>(() => blob.Read(new byte[1].AsSpan()));
        Assert.Throws<ObjectDisposedException>(() => blob.CopyTo(new MemoryStream()));
    }
}
