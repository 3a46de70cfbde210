namespace KmsTools.Cryptography;

/// <summary>
/// The header of a symmetric ciphertext blob. It tells which key and which material of it made the ciphertext, and is authenticated
/// with it. Layout: magic <c>KMT</c> and version 1 (4 bytes); kind of key ID (1 byte: 0 UUID, 1 multi-Region); key ID (16 bytes);
/// key material ID (32 bytes); check value (8 bytes, see <see cref="RootKey.HeaderCheck"/>). The sealed message follows.
/// </summary>
/// <param name="KeyId">The key.</param>
/// <param name="KeyMaterialId">The material, 64 hex digits.</param>
internal readonly record struct CiphertextHeader(string KeyId, string KeyMaterialId)
{
    /// <summary>Length in bytes.</summary>
    public const int Size = UncheckedSize + CheckSize;

    private const int UncheckedSize = 4 + 1 + 16 + 32;
    private const int CheckSize = 8;

    private static ReadOnlySpan<byte> Magic => "KMT\u0001"u8;

    /// <summary>Writes the header.</summary>
    public void Write(RootKey rootKey, Span<byte> output)
    {
        Magic.CopyTo(output);
        bool multiRegion = KeyId.StartsWith("mrk-", StringComparison.Ordinal);
        output[4] = multiRegion ? (byte)1 : (byte)0;
        Guid.ParseExact(multiRegion ? KeyId.AsSpan(4) : KeyId, multiRegion ? "N" : "D").TryWriteBytes(output.Slice(5, 16), bigEndian: true, out _);
        Convert.FromHexString(KeyMaterialId, output.Slice(21, 32), out _, out _);
        rootKey.HeaderCheck(output[..UncheckedSize], output.Slice(UncheckedSize, CheckSize));
    }

    /// <summary>Reads a header, or tells that this store did not make it.</summary>
    public static bool TryRead(RootKey rootKey, ReadOnlySpan<byte> blob, out CiphertextHeader header)
    {
        header = default;
        if (blob.Length < Size || !blob.StartsWith(Magic) || blob[4] > 1)
        {
            return false;
        }

        Span<byte> check = stackalloc byte[CheckSize];
        rootKey.HeaderCheck(blob[..UncheckedSize], check);
        if (!System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(check, blob.Slice(UncheckedSize, CheckSize)))
        {
            return false;
        }

        var id = new Guid(blob.Slice(5, 16), bigEndian: true);
        header = new CiphertextHeader(
            blob[4] == 1 ? $"mrk-{id:N}" : id.ToString("D"),
            Convert.ToHexStringLower(blob.Slice(21, 32)));
        return true;
    }
}
