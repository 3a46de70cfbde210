using System.Net.Security;
using System.Security.Cryptography;

namespace KmsTools.Http;

/// <summary>
/// The HTTPS certificate of a server, which is read again when its files change: a certificate is renewed without a restart. A renewed one
/// that cannot be used is reported, and the former one stays.
/// </summary>
public sealed class CertificateSource
{
    // Often enough for people, and seldom enough that handshakes do not notice.
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(10);

    private readonly string _file;
    private readonly string? _keyFile;
    private readonly string? _password;
    private readonly TimeProvider _clock;
    private readonly Action<string> _warn;

    private (DateTime, long, DateTime, long) _stamp;
    private SslStreamCertificateContext _current;
    private long _lookedAt;

    /// <summary>Reads a certificate, and checks that a server can use it now.</summary>
    /// <param name="file">PEM, DER or PKCS #12.</param>
    /// <param name="keyFile">The private key in PEM; null when it is in <paramref name="file"/>.</param>
    /// <param name="password">The password of the private key, if it has one.</param>
    /// <param name="clock">The clock that decides when to look at the files again.</param>
    /// <param name="warn">Is called with the reason why a renewed certificate cannot be used.</param>
    /// <exception cref="CryptographicException">As with <see cref="ServerCertificate.Load"/>.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">Access to a file is denied, or every user can read the private key.</exception>
    public CertificateSource(string file, string? keyFile, string? password, TimeProvider clock, Action<string> warn)
    {
        ArgumentNullException.ThrowIfNull(clock);
        _file = file;
        _keyFile = keyFile;
        _password = password;
        _clock = clock;
        _warn = warn;
        _stamp = Stamp();
        _current = Read();
        _lookedAt = clock.GetTimestamp();
    }

    /// <summary>The certificate to use for a handshake now, with its chain.</summary>
    public SslStreamCertificateContext Current
    {
        get
        {
            long before = Volatile.Read(ref _lookedAt);
            if (_clock.GetElapsedTime(before) >= Interval
                && Interlocked.CompareExchange(ref _lookedAt, _clock.GetTimestamp(), before) == before)
            {
                Look();
            }

            return Volatile.Read(ref _current);
        }
    }

    private void Look()
    {
        try
        {
            (DateTime, long, DateTime, long) stamp = Stamp();
            if (stamp == _stamp)
            {
                return;
            }

            // Once per change: what is not valid now is not reported at every handshake.
            _stamp = stamp;
            Volatile.Write(ref _current, Read());
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            _warn($"The former certificate stays in use. {exception.Message}");
        }
    }

    // The certificates are not disposed: handshakes may be using them.
    private SslStreamCertificateContext Read()
    {
        ServerCertificate certificate = ServerCertificate.Load(_file, _keyFile, _password);
        return SslStreamCertificateContext.Create(certificate.Leaf, certificate.Chain, offline: true);
    }

    private (DateTime, long, DateTime, long) Stamp()
    {
        FileInfo file = new(_file);
        FileInfo key = new(_keyFile ?? _file);
        return (file.LastWriteTimeUtc, file.Exists ? file.Length : -1, key.LastWriteTimeUtc, key.Exists ? key.Length : -1);
    }
}
