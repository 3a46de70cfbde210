using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>
/// The header of a symmetric ciphertext blob. It identifies the key and the material that made the ciphertext, and is authenticated
/// with it. Layout: magic <c>KMT</c> and version 1 (4 bytes); kind of key ID (1 byte: 0 UUID, 1 multi-Region); key ID (16 bytes);
/// key material ID (32 bytes); check value (8 bytes, see <see cref="StoreSecrets.HeaderCheck"/>). The sealed message follows.
/// </summary>
internal sealed class CiphertextHeader
{
    /// <summary>Length in bytes.</summary>
    public const int Size = UncheckedSize + CheckSize;

    private const int UncheckedSize = 4 + 1 + 16 + 32;
    private const int CheckSize = 8;

    private CiphertextHeader(string keyId, string keyMaterialId, byte[] bytes)
    {
        KeyId = keyId;
        KeyMaterialId = keyMaterialId;
        Bytes = bytes;
    }

    /// <summary>The key.</summary>
    public string KeyId { get; }

    /// <summary>The material, 64 hex digits.</summary>
    public string KeyMaterialId { get; }

    /// <summary>The header as it is in the blob. Never changed.</summary>
    public byte[] Bytes { get; }

    private static ReadOnlySpan<byte> Magic => "KMT\u0001"u8;

    /// <summary>Creates the header for ciphertexts made with a material of a key.</summary>
    public static CiphertextHeader Make(StoreSecrets secrets, string keyId, string keyMaterialId)
    {
        byte[] bytes = new byte[Size];
        Magic.CopyTo(bytes);
        bool multiRegion = keyId.StartsWith("mrk-", StringComparison.Ordinal);
        bytes[4] = multiRegion ? (byte)1 : (byte)0;
        Guid.ParseExact(multiRegion ? keyId.AsSpan(4) : keyId, multiRegion ? "N" : "D")
            .TryWriteBytes(bytes.AsSpan(5, 16), bigEndian: true, out _);
        Convert.FromHexString(keyMaterialId, bytes.AsSpan(21, 32), out _, out _);
        secrets.HeaderCheck(bytes.AsSpan(0, UncheckedSize), bytes.AsSpan(UncheckedSize, CheckSize));
        return new CiphertextHeader(keyId, keyMaterialId, bytes);
    }

    /// <summary>Reads the header of a blob; null when this store did not create it.</summary>
    public static CiphertextHeader? Read(StoreSecrets secrets, ReadOnlySpan<byte> blob)
    {
        if (blob.Length < Size || !blob.StartsWith(Magic) || blob[4] > 1)
        {
            return null;
        }

        Span<byte> check = stackalloc byte[CheckSize];
        secrets.HeaderCheck(blob[..UncheckedSize], check);
        if (!CryptographicOperations.FixedTimeEquals(check, blob.Slice(UncheckedSize, CheckSize)))
        {
            return null;
        }

        Guid id = new(blob.Slice(5, 16), bigEndian: true);
        return new CiphertextHeader(
            blob[4] == 1 ? $"mrk-{id:N}" : id.ToString("D"),
            Convert.ToHexStringLower(blob.Slice(21, 32)),
            blob[..Size].ToArray());
    }
}
