using System.Buffers.Binary;
using System.Security.Cryptography;

namespace KmsTools.XksProxy.Requests;

/// <summary>
/// What a token authenticates: the length of the additional data in two bytes, the data or its SHA-256 hash, the length of the metadata in
/// one byte, and the metadata. Source: XKS proxy API 1.0.3.
/// </summary>
internal static class AuthenticatedData
{
    /// <summary>The number of bytes.</summary>
    public static int Length(int additionalDataLength, in CiphertextMetadata metadata) =>
        2 + (metadata.HashesAad ? SHA256.HashSizeInBytes : additionalDataLength) + 1 + CiphertextMetadata.Size;

    /// <summary>The most that there can be.</summary>
    public static int MaxLength(int additionalDataLength) =>
        2 + Math.Max(additionalDataLength, SHA256.HashSizeInBytes) + 1 + CiphertextMetadata.Size;

    /// <summary>Writes the bytes.</summary>
    public static void Write(ReadOnlySpan<byte> additionalData, in CiphertextMetadata metadata, Span<byte> bytes)
    {
        BinaryPrimitives.WriteUInt16BigEndian(bytes, (ushort)additionalData.Length);
        bytes = bytes[2..];
        if (metadata.HashesAad)
        {
            SHA256.HashData(additionalData, bytes);
            bytes = bytes[SHA256.HashSizeInBytes..];
        }
        else
        {
            additionalData.CopyTo(bytes);
            bytes = bytes[additionalData.Length..];
        }

        bytes[0] = CiphertextMetadata.Size;
        metadata.Write(bytes[1..]);
    }
}
