using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>Object handles by CKA_ID. Lives as long as one login: after the next one the same number can name another key.</summary>
internal sealed class KeyHandles
{
    private readonly ConcurrentDictionary<byte[], ulong> _handles;
    private readonly ConcurrentDictionary<byte[], ulong>.AlternateLookup<ReadOnlySpan<byte>> _lookup;

    public KeyHandles()
    {
        _handles = new(new BytesComparer());
        _lookup = _handles.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public bool TryGet(ReadOnlySpan<byte> id, out ulong handle) => _lookup.TryGetValue(id, out handle);

    public void Set(ReadOnlySpan<byte> id, ulong handle) => _lookup[id] = handle;

    public void Remove(ReadOnlySpan<byte> id) => _lookup.TryRemove(id, out _);

    private sealed class BytesComparer : IEqualityComparer<byte[]>, IAlternateEqualityComparer<ReadOnlySpan<byte>, byte[]>
    {
        public byte[] Create(ReadOnlySpan<byte> alternate) => alternate.ToArray();

        public bool Equals(ReadOnlySpan<byte> alternate, byte[] other) => alternate.SequenceEqual(other);

        public int GetHashCode(ReadOnlySpan<byte> alternate)
        {
            HashCode hash = default;
            hash.AddBytes(alternate);
            return hash.ToHashCode();
        }

        public bool Equals(byte[]? x, byte[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode([DisallowNull] byte[] obj) => GetHashCode(obj.AsSpan());
    }
}
