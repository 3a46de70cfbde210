namespace KmsTools.EnvelopeEncryption;

/// <summary>Reads a stream piece by piece, each piece complete and in memory.</summary>
internal sealed class ByteSource(Stream stream, IProgress<long>? progress, CancellationToken cancellation) : IDisposable
{
    private readonly BoundedBuffer _buffer = new(BoundedBuffer.BatchLength);
    private int _start;
    private int _end;

    /// <summary>The number of bytes consumed.</summary>
    public long Position { get; private set; }

    /// <summary>Whether the end of the stream is reached.</summary>
    public bool IsAtEnd => Fill(1) == 0;

    /// <summary>The next bytes, which are not consumed; fewer when the stream ends before. Valid until the next call.</summary>
    public ReadOnlySpan<byte> Peek(int count)
    {
        int available = Math.Min(count, Fill(count));
        return _buffer.Bytes.AsSpan(_start, available);
    }

    /// <summary>The next bytes, which are not consumed. Valid until the next call.</summary>
    /// <exception cref="EnvelopeException">The stream ends before.</exception>
    public ReadOnlySpan<byte> Require(int count)
    {
        ReadOnlySpan<byte> bytes = Peek(count);
        return bytes.Length == count ? bytes : throw EnvelopeErrors.Truncated();
    }

    /// <summary>The next bytes. Valid until the next call.</summary>
    /// <exception cref="EnvelopeException">The stream ends before.</exception>
    public ReadOnlySpan<byte> Take(int count)
    {
        ReadOnlySpan<byte> bytes = Require(count);
        _start += count;
        Position += count;
        return bytes;
    }

    /// <inheritdoc/>
    public void Dispose() => _buffer.Dispose();

    private int Fill(int count)
    {
        while (_end - _start < count)
        {
            cancellation.ThrowIfCancellationRequested();
            if (_start > 0)
            {
                _buffer.Bytes.AsSpan(_start, _end - _start).CopyTo(_buffer.Bytes);
                (_start, _end) = (0, _end - _start);
            }

            if (_end == _buffer.Bytes.Length)
            {
                _buffer.Grow((int)Math.Min(count, _end * 2L));
            }

            int read = stream.Read(_buffer.Bytes, _end, Math.Min(_buffer.Bytes.Length - _end, BoundedBuffer.BatchLength));
            if (read == 0)
            {
                break;
            }

            _end += read;
            progress?.Report(Position + _end - _start);
        }

        return _end - _start;
    }
}
