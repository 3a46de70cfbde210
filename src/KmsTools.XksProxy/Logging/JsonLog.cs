using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Threading.Channels;

namespace KmsTools.XksProxy.Logging;

/// <summary>
/// Writes the log as JSON lines, to standard output or to a file that only its owner can read. A separate thread writes: requests never
/// wait for a disk, and if it falls too far behind, lines are dropped and counted.
/// </summary>
internal sealed class JsonLog : IXksProxyLog, IAsyncDisposable
{
    private const int MaxWaiting = 10_000;

    private const UnixFileMode OfOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite;

    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly Channel<byte[]> _lines = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly string? _file;
    private readonly Action<string> _warn;
    private readonly Task _writing;
    private Stream _stream;

    // Interlocked.
    private int _dropped;
    private int _reopens;

    /// <summary>Opens the log.</summary>
    /// <param name="file">Full path of the file, to which lines are added; null for standard output.</param>
    /// <param name="warn">Is called with warnings and errors that concern the proxy as a whole, for who does not read the log.</param>
    /// <exception cref="IOException">The file cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be written, or others than its owner can read it.</exception>
    public JsonLog(string? file, Action<string> warn)
    {
        _file = file;
        _warn = warn;
        _stream = Open(file);
        _writing = Task.Run(WriteAsync);
    }

    /// <summary>One line as the log has it, without its end.</summary>
    public static byte[] LineOf(XksProxyNotice notice)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Compact))
        {
            json.WriteStartObject();
            Write(json, "time", Time(notice.Time));
            Write(json, "severity", notice.Severity.ToString());
            Write(json, "text", notice.Text);
            Write(json, "keyStore", notice.KeyStore);
            Write(json, "token", notice.Token);
            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <summary>One line as the log has it, without its end.</summary>
    public static byte[] LineOf(XksRequestRecord request)
    {
        ArrayBufferWriter<byte> buffer = new();
        using (Utf8JsonWriter json = new(buffer, Compact))
        {
            json.WriteStartObject();
            Write(json, "time", Time(request.Time));
            Write(json, "keyStore", request.KeyStore);
            Write(json, "prefix", request.Prefix);
            Write(json, "api", request.Api);
            Write(json, "keyId", request.KeyId);
            Write(json, "kmsRequestId", request.KmsRequestId);
            Write(json, "kmsOperation", request.KmsOperation);
            Write(json, "principalArn", request.PrincipalArn);
            Write(json, "kmsKeyArn", request.KmsKeyArn);
            json.WriteNumber("status", request.Status);
            Write(json, "errorName", request.ErrorName);
            Write(json, "cause", request.Cause);
            json.WriteNumber("milliseconds", Milliseconds(request.Elapsed));
            if (request.Token is not null)
            {
                json.WriteString("token", request.Token);
                json.WriteNumber("tokenMilliseconds", Milliseconds(request.TokenTime));
            }

            json.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }

    /// <inheritdoc/>
    public void Record(XksRequestRecord request) => Add(LineOf(request));

    /// <inheritdoc/>
    public void Record(XksProxyNotice notice)
    {
        Add(LineOf(notice));
        if (notice.Severity != XksProxySeverity.Information)
        {
            _warn(notice.Text);
        }
    }

    /// <summary>Opens the file again, as a program that rotates logs expects after it has renamed the file.</summary>
    public void Reopen() => Interlocked.Increment(ref _reopens);

    /// <summary>Writes what is waiting, and closes the log.</summary>
    public async ValueTask DisposeAsync()
    {
        _lines.Writer.TryComplete();
        await _writing.ConfigureAwait(false);
        await _stream.DisposeAsync().ConfigureAwait(false);
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", System.Globalization.CultureInfo.InvariantCulture);

    private static double Milliseconds(TimeSpan time) => Math.Round(time.TotalMilliseconds, 3);

    private static void Write(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
        {
            json.WriteString(name, value);
        }
    }

    private static Stream Open(string? file)
    {
        if (file is null)
        {
            return Console.OpenStandardOutput();
        }

        FileStreamOptions options = new()
        {
            Mode = FileMode.Append,
            Access = FileAccess.Write,
            Share = FileShare.ReadWrite | FileShare.Delete,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        FileStream stream = new(file, options);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(stream.SafeFileHandle) & OfOthers) != 0)
        {
            stream.Dispose();
            throw new UnauthorizedAccessException(
                $"The log '{file}' can be read or written by others than its owner. Take their permissions away: chmod 600 '{file}'.");
        }

        return stream;
    }

    private void Add(byte[] line)
    {
        if (!_lines.Writer.TryWrite(line))
        {
            Interlocked.Increment(ref _dropped);
        }
    }

    private async Task WriteAsync()
    {
        MemoryStream batch = new();
        string? failure = null;
        while (await _lines.Reader.WaitToReadAsync().ConfigureAwait(false))
        {
            batch.SetLength(0);
            while (batch.Length < 64 * 1024 && _lines.Reader.TryRead(out byte[]? line))
            {
                Append(batch, line);
            }

            if (Interlocked.Exchange(ref _dropped, 0) is > 0 and int dropped)
            {
                Append(batch, LineOf(new XksProxyNotice(
                    DateTimeOffset.UtcNow,
                    XksProxySeverity.Warning,
                    $"{dropped} lines of the log were dropped: it was written too slowly.")));
            }

            try
            {
                if (Interlocked.Exchange(ref _reopens, 0) > 0 && _file is not null)
                {
                    Stream reopened = Open(_file);
                    await _stream.DisposeAsync().ConfigureAwait(false);
                    _stream = reopened;
                }

                await _stream.WriteAsync(batch.GetBuffer().AsMemory(0, (int)batch.Length)).ConfigureAwait(false);
                await _stream.FlushAsync().ConfigureAwait(false);
                failure = null;
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Said once, not for every line.
                if (exception.Message != failure)
                {
                    failure = exception.Message;
                    _warn($"The log cannot be written: {exception.Message}");
                }
            }
        }
    }

    private static void Append(MemoryStream batch, byte[] line)
    {
        batch.Write(line);
        batch.WriteByte((byte)'\n');
    }
}
