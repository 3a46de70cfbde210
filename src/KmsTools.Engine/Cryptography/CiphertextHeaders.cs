using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Cryptography;

/// <summary>
/// The headers of this store, each created and checked once: the header of a material never changes, and its check value costs as much as
/// a third of an encryption.
/// </summary>
internal sealed class CiphertextHeaders(StoreSecrets secrets)
{
    private const int MaxKnown = 4096;

    private readonly ConcurrentDictionary<(string KeyId, string KeyMaterialId), CiphertextHeader> _made = new();
    private readonly ConcurrentDictionary<byte[], CiphertextHeader> _read = new(new ContentComparer());

    /// <summary>The header for ciphertexts made with a material of a key.</summary>
    public CiphertextHeader Of(string keyId, string keyMaterialId)
    {
        if (_made.TryGetValue((keyId, keyMaterialId), out CiphertextHeader? header))
        {
            return header;
        }

        header = CiphertextHeader.Make(secrets, keyId, keyMaterialId);
        Remember(_made, (keyId, keyMaterialId), header);
        return header;
    }

    /// <summary>The header of a blob; null when this store did not create it.</summary>
    public CiphertextHeader? Read(ReadOnlySpan<byte> blob)
    {
        if (blob.Length < CiphertextHeader.Size)
        {
            return null;
        }

        if (_read.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(blob[..CiphertextHeader.Size], out CiphertextHeader? header))
        {
            return header;
        }

        header = CiphertextHeader.Read(secrets, blob);
        if (header is not null)
        {
            Remember(_read, header.Bytes, header);
        }

        return header;
    }

    private static void Remember<TName>(ConcurrentDictionary<TName, CiphertextHeader> known, TName name, CiphertextHeader header)
        where TName : notnull
    {
        if (known.Count >= MaxKnown)
        {
            known.Clear();
        }

        known[name] = header;
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
