using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>Object handles by CKA_ID. Lives as long as one login: after the next one the same number can name another key.</summary>
internal sealed class KeyHandles
{
    // A key that an HSM lacks costs a search each time it is requested. The HSM is asked again after a while: backups can bring keys.
    private const long MissingFor = 5_000;
    private const int MaxMissing = 10_000;

    private readonly ConcurrentDictionary<byte[], ulong> _handles;
    private readonly ConcurrentDictionary<byte[], ulong>.AlternateLookup<ReadOnlySpan<byte>> _lookup;
    private readonly ConcurrentDictionary<byte[], long> _missing;
    private readonly ConcurrentDictionary<byte[], long>.AlternateLookup<ReadOnlySpan<byte>> _missingLookup;
    private volatile bool _anyMissing;

    public KeyHandles()
    {
        _handles = new(new BytesComparer());
        _lookup = _handles.GetAlternateLookup<ReadOnlySpan<byte>>();
        _missing = new(new BytesComparer());
        _missingLookup = _missing.GetAlternateLookup<ReadOnlySpan<byte>>();
    }

    public bool TryGet(ReadOnlySpan<byte> id, out ulong handle) => _lookup.TryGetValue(id, out handle);

    public void Set(ReadOnlySpan<byte> id, ulong handle)
    {
        _lookup[id] = handle;
        if (_anyMissing)
        {
            _missingLookup.TryRemove(id, out _);
        }
    }

    /// <summary>Remembers for some seconds that the HSM lacks a key.</summary>
    public void SetMissing(ReadOnlySpan<byte> id, long now)
    {
        if (_missing.Count >= MaxMissing)
        {
            _missing.Clear();
        }

        _missingLookup[id] = now + MissingFor;
        _anyMissing = true;
    }

    /// <summary>Whether the HSM was recently found to lack a key.</summary>
    public bool IsMissing(ReadOnlySpan<byte> id, long now) =>
        _anyMissing && !id.IsEmpty && _missingLookup.TryGetValue(id, out long until) && now < until;

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
