using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using KmsTools.Persistence;

namespace KmsTools.Storage.Backups;

/// <summary>Reads what <see cref="ChunkWriter"/> has written. Nothing is handed out of a chunk that is not what was written.</summary>
internal sealed class ChunkReader : IDisposable
{
    private readonly Stream _file;
    private readonly string _path;
    private readonly ChunkCipher _cipher;
    private readonly byte[] _content = GC.AllocateUninitializedArray<byte>(ChunkCipher.ChunkSize, pinned: true);
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _encrypted = new byte[ChunkCipher.ChunkSize + ChunkCipher.TagSize];
    private byte[] _ahead = new byte[ChunkCipher.ChunkSize + ChunkCipher.TagSize];
    private int _aheadLength;
    private int _position;
    private int _filled;
    private bool _isLast;

    public ChunkReader(Stream file, string path, ChunkCipher cipher)
    {
        _file = file;
        _path = path;
        _cipher = cipher;
        _aheadLength = file.ReadAtLeast(_ahead, _ahead.Length, throwOnEndOfStream: false);
    }

    /// <summary>Reads all files.</summary>
    /// <param name="open">
    /// Gets the name and the length of each file, and returns what takes its bytes, which is disposed of; null to skip the file.
    /// </param>
    /// <returns>The hash of the content.</returns>
    /// <exception cref="StateStoreException">The backup was cut or changed.</exception>
    public byte[] ReadFiles(Func<string, long, Stream?> open)
    {
        while (ReadNumber(sizeof(ushort)) is var nameLength and > 0)
        {
            byte[] name = new byte[nameLength];
            for (Span<byte> rest = name; !rest.IsEmpty;)
            {
                ReadOnlySpan<byte> taken = Take(rest.Length);
                taken.CopyTo(rest);
                rest = rest[taken.Length..];
            }

            long length = ReadNumber(sizeof(long));
            using Stream? target = open(Encoding.UTF8.GetString(name), length);
            for (long rest = length; rest > 0;)
            {
                ReadOnlySpan<byte> taken = Take(rest);
                target?.Write(taken);
                rest -= taken.Length;
            }
        }

        return _position == _filled && _isLast ? _hash.GetHashAndReset() : throw BackupHead.IsDamaged(_path);
    }

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_content);
        _hash.Dispose();
    }

    private long ReadNumber(int size)
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        number.Clear();
        for (int i = sizeof(long) - size; i < sizeof(long); i++)
        {
            number[i] = Take(1)[0];
        }

        long value = BinaryPrimitives.ReadInt64BigEndian(number);
        return value >= 0 ? value : throw BackupHead.IsDamaged(_path);
    }

    // As many of the next bytes as there are in one chunk, at least one.
    private ReadOnlySpan<byte> Take(long limit)
    {
        Fill();
        int taken = (int)Math.Min(_filled - _position, limit);
        _position += taken;
        return _content.AsSpan(_position - taken, taken);
    }

    private void Fill()
    {
        while (_position == _filled)
        {
            if (_isLast || _aheadLength < ChunkCipher.TagSize)
            {
                throw BackupHead.IsDamaged(_path);
            }

            (_encrypted, _ahead) = (_ahead, _encrypted);
            int length = _aheadLength;
            _aheadLength = length < _encrypted.Length ? 0 : _file.ReadAtLeast(_ahead, _ahead.Length, throwOnEndOfStream: false);
            _isLast = _aheadLength == 0;
            try
            {
                _cipher.Decrypt(_encrypted.AsSpan(0, length), _isLast, _content);
            }
            catch (CryptographicException exception)
            {
                throw BackupHead.IsDamaged(_path, exception);
            }

            _position = 0;
            _filled = length - ChunkCipher.TagSize;
            _hash.AppendData(_content.AsSpan(0, _filled));
        }
    }
}
