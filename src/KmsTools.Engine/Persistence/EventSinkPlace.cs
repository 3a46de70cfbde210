using System.Diagnostics.CodeAnalysis;
using System.Text;

namespace KmsTools.Persistence;

/// <summary>
/// A place for events: a file of JSON lines, the local syslog (<c>syslog:</c>), another datagram socket of a syslog
/// (<c>syslog+unix:/path</c>), or a syslog server over TCP (<c>syslog+tcp://host:port</c>) or TLS (<c>syslog+tls://host:port</c>).
/// </summary>
public sealed record EventSinkPlace
{
    /// <summary>The port of syslog over TLS where none is given (RFC 5425).</summary>
    public const int DefaultTlsPort = 6514;

    private const string Scheme = "syslog";
    private const string LocalSyslog = Scheme + ":";
    private const string UnixSocket = Scheme + "+unix:";
    private const string Tcp = Scheme + "+tcp";
    private const string Tls = Scheme + "+tls";

    // The shortest limit of the systems that KmsTools runs on, that of macOS, without the NUL at the end.
    private const int MaxSocketPath = 103;

    private readonly string _text;

    private EventSinkPlace(string text) => _text = text;

    /// <summary>The file, to which lines are added; created (owner-only) when it does not exist. Null for syslog.</summary>
    public string? File { get; private init; }

    /// <summary>The path of the datagram socket of a local syslog; null for any other place.</summary>
    public string? Socket { get; private init; }

    /// <summary>The name or the IP address of a syslog server; null for any other place.</summary>
    public string? Host { get; private init; }

    /// <summary>The port of a syslog server, 1-65535; 0 for any other place.</summary>
    public int Port { get; private init; }

    /// <summary>Whether a syslog server is reached over TLS.</summary>
    public bool IsTls { get; private init; }

    /// <summary>Reads what a user gave.</summary>
    /// <exception cref="ArgumentException">It is not valid; the message says what is.</exception>
    public static EventSinkPlace Parse(string text) =>
        TryParse(text, out EventSinkPlace? place) ? place : throw new ArgumentException(Refusal(text));

    /// <summary>Reads what a user gave; false when it is not valid.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out EventSinkPlace? place)
    {
        place = text switch
        {
            null or "" => null,
            _ when text.Equals(LocalSyslog, StringComparison.OrdinalIgnoreCase) => OfSocket(
                text, OperatingSystem.IsMacOS() ? "/var/run/syslog" : "/dev/log"),
            _ when Begins(text, UnixSocket) => OfSocket(text, text[UnixSocket.Length..]),
            _ when Begins(text, Tcp + ":") || Begins(text, Tls + ":") => OfServer(text),
            _ when IsUrl(text) => null,
            _ => new EventSinkPlace(text) { File = text },
        };
        return place is not null;
    }

    /// <summary>The message for a text that is not valid.</summary>
    public static string Refusal(string? text) =>
        $"'{text}' is not a place for events. Give a file, {LocalSyslog}, {UnixSocket}/path, {Tcp}://host:port or {Tls}://host:port.";

    /// <summary>The place with the full path of its file, if it is one.</summary>
    /// <param name="resolve">Makes a full path of one that may be relative.</param>
    public EventSinkPlace Resolve(Func<string, string> resolve) =>
        File is null ? this : new EventSinkPlace(resolve(File)) { File = resolve(File) };

    /// <summary>What the user gave.</summary>
    public override string ToString() => _text;

    private static EventSinkPlace? OfSocket(string text, string path)
    {
        // syslog+unix:///path is the same socket.
        string absolute = path.StartsWith("///", StringComparison.Ordinal) ? path[2..] : path;
        return Path.IsPathFullyQualified(absolute) && Encoding.UTF8.GetByteCount(absolute) <= MaxSocketPath
            ? new EventSinkPlace(text) { Socket = absolute }
            : null;
    }

    private static EventSinkPlace? OfServer(string text)
    {
        bool isTls = Begins(text, Tls);
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.IdnHost.Length == 0 || url.AbsolutePath.Length > 1
            || url.UserInfo.Length + url.Query.Length + url.Fragment.Length > 0)
        {
            return null;
        }

        int port = url.Port > 0 ? url.Port : isTls ? DefaultTlsPort : 0;
        return port == 0 ? null : new EventSinkPlace(text) { Host = url.IdnHost, Port = port, IsTls = isTls };
    }

    // A file whose name reads like that can be given with ./ before it.
    private static bool IsUrl(string text) =>
        text.Contains("://", StringComparison.Ordinal) || Begins(text, Scheme + ":") || Begins(text, Scheme + "+");

    private static bool Begins(string text, string start) => text.StartsWith(start, StringComparison.OrdinalIgnoreCase);
}
