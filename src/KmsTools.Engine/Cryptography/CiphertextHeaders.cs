using System.Diagnostics.CodeAnalysis;
using KmsTools.Caching;

namespace KmsTools.Cryptography;

/// <summary>
/// The headers of this store, each created and checked once: the header of a material never changes, and its check value costs as much as
/// a third of an encryption.
/// </summary>
internal sealed class CiphertextHeaders(StoreSecrets secrets)
{
    /// <summary>The maximum number of headers that are kept. As many ciphers are kept: keys that are used in turn must find both.</summary>
    public const int MaxKnown = 32_768;

    private readonly BoundedCache<(string KeyId, string KeyMaterialId), CiphertextHeader> _made = new(MaxKnown);
    private readonly BoundedCache<byte[], CiphertextHeader> _read = new(MaxKnown, comparer: new ContentComparer());

    /// <summary>The header for ciphertexts made with a material of a key.</summary>
    public CiphertextHeader Of(string keyId, string keyMaterialId)
    {
        if (_made.TryGet((keyId, keyMaterialId), out CiphertextHeader? header))
        {
            return header;
        }

        header = CiphertextHeader.Make(secrets, keyId, keyMaterialId);
        _made.Put((keyId, keyMaterialId), header);
        return header;
    }

    /// <summary>The header of a blob; null when this store did not create it.</summary>
    public CiphertextHeader? Read(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < CiphertextHeader.Size)
        {
            return null;
        }

        if (_read.TryGet(blob[..CiphertextHeader.Size], out CiphertextHeader? header))
        {
            return header;
        }

        header = CiphertextHeader.Read(secrets, blob);
        if (header is not null)
        {
            _read.Put(header.Bytes, header);
        }

        return header;
    }

    /// <summary>Compares bytes, so that a header is found without copying it.</summary>
    private sealed class ContentComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());

        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            HashCode hash = new();
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }
    }
}
