namespace KmsTools.Storage.Sinks;

/// <summary>Adds events to a file of JSON lines.</summary>
internal sealed class FileChannel(string path) : IEventChannel
{
    // The file may be renamed, as programs that rotate logs do: it is looked for again, by its name, that often.
    private const long MaxOpenMilliseconds = 1000;

    private byte[] _lines = new byte[4096];
    private FileStream? _file;
    private long _opened;

    public void Open()
    {
        if (_file is not null && Environment.TickCount64 - _opened <= MaxOpenMilliseconds)
        {
            return;
        }

        Close();
        FileStreamOptions options = new()
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        _file = new FileStream(path, options);
        _opened = Environment.TickCount64;
    }

    public void Send(params ReadOnlySpan<ReadOnlyMemory<byte>> events)
    {
        int length = 0;
        foreach (ReadOnlyMemory<byte> json in events)
        {
            if (_lines.Length < length + json.Length + 1)
            {
                Array.Resize(ref _lines, 2 * (length + json.Length + 1));
            }

            json.Span.CopyTo(_lines.AsSpan(length));
            length += json.Length;
            _lines[length++] = (byte)'\n';
        }

        Open();

        // Others may have written or emptied it.
        long end = _file!.CanSeek ? _file.Seek(0, SeekOrigin.End) : 0;
        try
        {
            _file.Write(_lines.AsSpan(0, length));
        }
        catch (IOException)
        {
            TryCut(end);
            throw;
        }
    }

    public void Close()
    {
        FileStream? file = _file;
        _file = null;
        file?.Dispose();
    }

    public void Finish() => Close();

    // A reader must not find half a line.
    private void TryCut(long end)
    {
        try
        {
            _file!.SetLength(end);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            // It is not a regular file.
        }
    }
}
