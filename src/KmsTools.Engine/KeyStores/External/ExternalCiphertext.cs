using System.Security.Cryptography;
using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>
/// The ciphertext blob of a key in an external key store: the header, then the parts that the proxy returned for the inner message, which is
/// encrypted with the material of the KMS key. Metadata and initialization vector are preceded by their length (1 byte each); the tag has 16
/// bytes; the ciphertext is the rest.
/// </summary>
internal static class ExternalCiphertext
{
    /// <summary>The most that a proxy must accept in one request ("API operations", XKS proxy API specification).</summary>
    public const int MaxMessage = 4300;

    private const int TagSize = 16;
    private const int MaxMetadata = 20;

    private static ReadOnlySpan<byte> Domain => "KmsTools external key v1"u8;

    /// <summary>
    /// What the external key authenticates: which KMS key, material and external key it is for, and the encryption context. Of a size that
    /// does not depend on that of the encryption context, because a proxy must accept 8192 bytes only.
    /// </summary>
    /// <param name="header">The header of the blob.</param>
    /// <param name="xksKeyId">The external key.</param>
    /// <param name="authenticated">The header and the encryption context in their canonical form.</param>
    public static byte[] AdditionalData(byte[] header, string xksKeyId, ReadOnlySpan<byte> authenticated)
    {
        byte[] data = new byte[Domain.Length + header.Length + 1 + xksKeyId.Length + SHA256.HashSizeInBytes];
        Domain.CopyTo(data);
        header.CopyTo(data, Domain.Length);
        Span<byte> rest = data.AsSpan(Domain.Length + header.Length);
        rest[0] = (byte)xksKeyId.Length;
        _ = Encoding.ASCII.GetBytes(xksKeyId, rest[1..]);
        SHA256.HashData(authenticated, rest[(1 + xksKeyId.Length)..]);
        return data;
    }

    /// <summary>Writes a blob.</summary>
    public static byte[] Write(byte[] header, XksCiphertext parts)
    {
        int metadata = parts.Metadata.Length;
        int iv = parts.InitializationVector.Length;
        byte[] blob = new byte[header.Length + 2 + metadata + iv + TagSize + parts.Ciphertext.Length];
        header.CopyTo(blob, 0);
        Span<byte> rest = blob.AsSpan(header.Length);
        rest[0] = (byte)metadata;
        parts.Metadata.Span.CopyTo(rest[1..]);
        rest = rest[(1 + metadata)..];
        rest[0] = (byte)iv;
        parts.InitializationVector.Span.CopyTo(rest[1..]);
        rest = rest[(1 + iv)..];
        parts.AuthenticationTag.Span.CopyTo(rest);
        parts.Ciphertext.Span.CopyTo(rest[TagSize..]);
        return blob;
    }

    /// <summary>Reads the parts of a blob; null if it is not one.</summary>
    public static XksCiphertext? Read(ReadOnlySpan<byte> blob)
    {
        byte[] rest = blob[CiphertextHeader.Size..].ToArray();
        if (rest.Length == 0 || rest[0] > MaxMetadata || rest.Length < 2 + rest[0])
        {
            return null;
        }

        int ivAt = 1 + rest[0];
        int tagAt = ivAt + 1 + rest[ivAt];
        return rest[ivAt] is 12 or 16 && rest.Length >= tagAt + TagSize
            ? new XksCiphertext(
                rest.AsMemory(tagAt + TagSize),
                rest.AsMemory(ivAt + 1, rest[ivAt]),
                rest.AsMemory(tagAt, TagSize),
                rest.AsMemory(1, rest[0]))
            : null;
    }
}
