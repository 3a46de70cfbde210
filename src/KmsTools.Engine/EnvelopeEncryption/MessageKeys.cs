using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Cryptography;

namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// The values derived from a data key for one message: the content key, and the commitment that the header carries. HKDF-SHA-512 with the
/// message ID as salt (RFC 5869; Transitive Requirements in the AWS Encryption SDK specification).
/// </summary>
internal sealed class MessageKeys : IDisposable
{
    private const int HashLength = 64;

    private MessageKeys(Secret contentKey, ImmutableArray<byte> commitment) => (ContentKey, Commitment) = (contentKey, commitment);

    /// <summary>The key of header and frames.</summary>
    public Secret ContentKey { get; }

    /// <summary>The value that commits the message to the data key. Public.</summary>
    public ImmutableArray<byte> Commitment { get; }

    /// <summary>Derives the keys of a message.</summary>
    public static MessageKeys Derive(Secret dataKey, AlgorithmSuite suite, ReadOnlySpan<byte> messageId)
    {
        byte[] salt = messageId.ToArray();
        byte[] extracted = GC.AllocateUninitializedArray<byte>(HashLength, pinned: true);
        byte[] contentKey = GC.AllocateUninitializedArray<byte>(AlgorithmSuite.KeyLength, pinned: true);
        byte[] commitment = new byte[AlgorithmSuite.KeyLength];
        Span<byte> info = [0, 0, .. "DERIVEKEY"u8];
        BinaryPrimitives.WriteUInt16BigEndian(info, suite.Id);
        try
        {
            dataKey.Use(bytes => HKDF.Extract(HashAlgorithmName.SHA512, bytes, salt, extracted));
            HKDF.Expand(HashAlgorithmName.SHA512, extracted, contentKey, info);
            HKDF.Expand(HashAlgorithmName.SHA512, extracted, commitment, "COMMITKEY"u8);
            return new MessageKeys(Secret.CopyOf(contentKey), [.. commitment]);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(extracted);
            CryptographicOperations.ZeroMemory(contentKey);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => ContentKey.Dispose();
}
