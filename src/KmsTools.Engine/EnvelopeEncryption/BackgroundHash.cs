using System.Buffers;
using System.Security.Cryptography;

namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// A hash over bytes of a message, which takes longer than all other work on them: other threads compute it while the caller goes on.
/// Keeps copies of at most <see cref="MaxBatches"/> batches, and then the caller waits. A message shorter than a batch is hashed
/// by its caller. Not for plaintext: copies are not zeroed. Not safe for several threads.
/// </summary>
internal sealed class BackgroundHash(HashAlgorithmName algorithm) : IDisposable
{
    /// <summary>How many batches may wait: enough to bridge the time in which a disk takes none.</summary>
    public const int MaxBatches = 8;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(algorithm);
    private readonly SemaphoreSlim _free = new(MaxBatches);
    private Task _hashed = Task.CompletedTask;
    private byte[]? _batch;
    private int _filled;

    /// <summary>Adds the next bytes.</summary>
    /// <exception cref="CryptographicException">Bytes added before could not be hashed.</exception>
    public void Append(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            _batch ??= ArrayPool<byte>.Shared.Rent(BoundedBuffer.BatchLength);
            int count = Math.Min(bytes.Length, _batch.Length - _filled);
            bytes[..count].CopyTo(_batch.AsSpan(_filled));
            bytes = bytes[count..];
            _filled += count;
            if (_filled == _batch.Length)
            {
                HandOver(_batch);
                _batch = null;
                _filled = 0;
            }
        }
    }

    /// <summary>The hash of all bytes added so far.</summary>
    /// <exception cref="CryptographicException">They could not be hashed.</exception>
    public byte[] GetHash()
    {
        _hashed.GetAwaiter().GetResult();
        _hash.AppendData(_batch.AsSpan(0, _filled));
        _filled = 0;
        return _hash.GetHashAndReset();
    }

    /// <summary>Waits for what is being hashed.</summary>
    public void Dispose()
    {
        _ = Task.WaitAny(_hashed);
        if (_batch is { } batch)
        {
            _batch = null;
            _filled = 0;
            ArrayPool<byte>.Shared.Return(batch);
        }

        _hash.Dispose();
        _free.Dispose();
    }

    private void HandOver(byte[] batch)
    {
        _free.Wait();
        _hashed = _hashed.ContinueWith(
            before =>
            {
                try
                {
                    before.GetAwaiter().GetResult();
                    _hash.AppendData(batch);
                }
                finally
                {
                    ArrayPool<byte>.Shared.Return(batch);
                    _free.Release();
                }
            },
            CancellationToken.None,
            TaskContinuationOptions.None,
            TaskScheduler.Default);
    }
}
