using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>
/// Adds events to a file of JSON lines before the event log has them, so that a call whose event is required there is refused without a
/// trace in the log but its refusal. An event that the log then refuses is in the file nevertheless. Safe for use by many threads.
/// </summary>
internal sealed class EventSink : IDisposable
{
    // The file may be renamed, as programs that rotate logs do: it is looked for again, by its name, that often.
    private const long MaxOpenMilliseconds = 1000;

    private readonly EventSinkOptions _options;
    private readonly Lock _writing = new();
    private byte[] _line = new byte[4096];
    private FileStream? _file;
    private long _opened;
    private bool _isFailing;
    private long _missed;

    /// <summary>Opens the file.</summary>
    /// <exception cref="StateStoreException">It is required, and cannot be opened.</exception>
    public EventSink(EventSinkOptions options)
    {
        _options = options;
        Try(Open, missed: 0);
    }

    /// <summary>Adds events.</summary>
    /// <param name="events">Each as JSON in UTF-8, on one line.</param>
    /// <exception cref="StateStoreException">They are required there, and cannot be written.</exception>
    public void Write(params ReadOnlySpan<ReadOnlyMemory<byte>> events)
    {
        lock (_writing)
        {
            int length = 0;
            foreach (ReadOnlyMemory<byte> json in events)
            {
                if (_line.Length < length + json.Length + 1)
                {
                    Array.Resize(ref _line, 2 * (length + json.Length + 1));
                }

                json.Span.CopyTo(_line.AsSpan(length));
                length += json.Length;
                _line[length++] = (byte)'\n';
            }

            Try(() => Write(length), events.Length);
        }
    }

    public void Dispose()
    {
        lock (_writing)
        {
            Close();
        }
    }

    private void Try(Action work, int missed)
    {
        try
        {
            work();
            if (_isFailing)
            {
                _options.Warn($"Events are written to '{_options.File}' again. {_missed} are missing in it; the event log has them.");
                _isFailing = false;
                _missed = 0;
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            Close();
            if (_options.IsRequired)
            {
                throw new StateStoreException(
                    $"The event cannot be written to '{_options.File}', where it is required: {exception.Message} Calls are refused until "
                        + "it can.",
                    exception);
            }

            if (!_isFailing)
            {
                _isFailing = true;
                _options.Warn($"Warning: events cannot be written to '{_options.File}': {exception.Message} The event log has them.");
            }

            _missed += missed;
        }
    }

    private void Write(int length)
    {
        if (_file is null || Environment.TickCount64 - _opened > MaxOpenMilliseconds)
        {
            Close();
            Open();
        }

        // Others may have written or emptied it.
        long end = _file!.CanSeek ? _file.Seek(0, SeekOrigin.End) : 0;
        try
        {
            _file.Write(_line.AsSpan(0, length));
        }
        catch (IOException)
        {
            TryCut(end);
            throw;
        }
    }

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

    private void Open()
    {
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

        _file = new FileStream(_options.File, options);
        _opened = Environment.TickCount64;
    }

    private void Close()
    {
        FileStream? file = _file;
        _file = null;
        file?.Dispose();
    }
}
