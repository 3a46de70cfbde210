using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Segments;

/// <summary>
/// The beginning of a segment or of the catalogue: what the file is, of which store, its number (0 for the catalogue), the head of the
/// catalogue at its birth, and the SHA-256 hash of all of these, with which its chain begins.
/// </summary>
internal static class SegmentHeader
{
    /// <summary>The size in bytes.</summary>
    public const int Size = NumberAt + sizeof(int) + Frame.HashSize + Frame.HashSize;

    private const int StoreAt = 8;
    private const int StoreSize = 16;
    private const int NumberAt = StoreAt + StoreSize;

    private static ReadOnlySpan<byte> Magic => "KMSLOG1\n"u8;

    public static byte[] Create(string storeId, int number, ReadOnlySpan<byte> catalogueHead)
    {
        byte[] header = new byte[Size];
        Magic.CopyTo(header);
        SHA256.HashData(Encoding.UTF8.GetBytes(storeId)).AsSpan(0, StoreSize).CopyTo(header.AsSpan(StoreAt));
        BinaryPrimitives.WriteInt32LittleEndian(header.AsSpan(NumberAt), number);
        catalogueHead.CopyTo(header.AsSpan(NumberAt + sizeof(int)));
        SHA256.HashData(header.AsSpan(0, Size - Frame.HashSize), header.AsSpan(Size - Frame.HashSize));
        return header;
    }

    /// <summary>The head of the catalogue that a header of the right size names.</summary>
    public static ReadOnlySpan<byte> CatalogueHeadOf(ReadOnlySpan<byte> header) => header.Slice(NumberAt + sizeof(int), Frame.HashSize);

    /// <summary>Where the records of a file begin; null if it does not begin with the right header.</summary>
    public static ChainPosition? Read(SafeFileHandle file, string storeId, int number)
    {
        byte[] header = new byte[Size];
        if (RandomAccess.Read(file, header, 0) != Size)
        {
            return null;
        }

        byte[] expected = Create(storeId, number, CatalogueHeadOf(header));
        return header.AsSpan().SequenceEqual(expected) ? new ChainPosition(Size, expected[^Frame.HashSize..]) : null;
    }
}
