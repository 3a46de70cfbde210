using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Storage.Backups;

/// <summary>Takes the files of a store as it was at one moment.</summary>
internal interface ISnapshotWriter
{
    /// <summary>Writes a file.</summary>
    /// <param name="name">Its path in the folder of the store, with slashes.</param>
    /// <param name="content">Its bytes, from where the stream is.</param>
    /// <param name="length">How many of them.</param>
    /// <exception cref="EndOfStreamException">There are fewer.</exception>
    void AddFile(string name, Stream content, long length);

    /// <inheritdoc cref="AddFile(string, Stream, long)"/>
    void AddFile(string name, ReadOnlySpan<byte> content);
}

/// <summary>
/// Writes the content of a backup: for each file the length of its name (2 bytes, big endian), its name with slashes, its length (8 bytes)
/// and its bytes; at the end a name of length 0. All of it in encrypted chunks.
/// </summary>
internal sealed class ChunkWriter(Stream file, ChunkCipher cipher) : ISnapshotWriter, IDisposable
{
    private readonly byte[] _content = GC.AllocateUninitializedArray<byte>(ChunkCipher.ChunkSize, pinned: true);
    private readonly byte[] _encrypted = new byte[ChunkCipher.ChunkSize + ChunkCipher.TagSize];
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private int _filled;

    public void AddFile(string name, Stream content, long length)
    {
        AddName(name, length);
        for (long rest = length; rest > 0;)
        {
            Span<byte> room = Room();
            int read = content.Read(room[..(int)Math.Min(room.Length, rest)]);
            if (read == 0)
            {
                throw new EndOfStreamException($"'{name}' has become shorter.");
            }

            _filled += read;
            rest -= read;
        }
    }

    public void AddFile(string name, ReadOnlySpan<byte> content)
    {
        AddName(name, content.Length);
        Add(content);
    }

    /// <summary>Ends the content.</summary>
    /// <returns>The hash of all that was written.</returns>
    public byte[] End()
    {
        Add(new byte[sizeof(ushort)]);
        Flush(isLast: true);
        return _hash.GetHashAndReset();
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_content);
        _hash.Dispose();
    }

    private void AddName(string name, long length)
    {
        byte[] text = Encoding.UTF8.GetBytes(name);
        byte[] lengths = new byte[sizeof(ushort) + sizeof(long)];
        BinaryPrimitives.WriteUInt16BigEndian(lengths, checked((ushort)text.Length));
        BinaryPrimitives.WriteInt64BigEndian(lengths.AsSpan(sizeof(ushort)), length);
        Add(lengths.AsSpan(0, sizeof(ushort)));
        Add(text);
        Add(lengths.AsSpan(sizeof(ushort)));
    }

    private void Add(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            Span<byte> room = Room();
            int taken = Math.Min(room.Length, bytes.Length);
            bytes[..taken].CopyTo(room);
            _filled += taken;
            bytes = bytes[taken..];
        }
    }

    // A full chunk is written only when more follows: the last one is never empty.
    private Span<byte> Room()
    {
        if (_filled == _content.Length)
        {
            Flush(isLast: false);
        }

        return _content.AsSpan(_filled);
    }

    private void Flush(bool isLast)
    {
        ReadOnlySpan<byte> content = _content.AsSpan(0, _filled);
        _hash.AppendData(content);
        cipher.Encrypt(content, isLast, _encrypted);
        file.Write(_encrypted.AsSpan(0, content.Length + ChunkCipher.TagSize));
        _filled = 0;
    }
}
