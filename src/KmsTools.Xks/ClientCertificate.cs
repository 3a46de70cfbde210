using System.Net.Security;
using System.Security.Cryptography;
using KmsTools.Http;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>The certificate that a proxy is shown when it asks for one. A renewed one is noticed after some seconds.</summary>
internal sealed class ClientCertificate
{
    private static readonly TimeSpan s_interval = TimeSpan.FromSeconds(10);

    private readonly string _file;
    private (DateTime, long) _stamp;
    private readonly TimeProvider _clock;
    private long _lookedAt;
    private volatile bool _hasChanged;

    private ClientCertificate(string file, (DateTime, long) stamp, SslStreamCertificateContext context, TimeProvider clock)
    {
        _clock = clock;
        _lookedAt = clock.GetTimestamp();
        _file = file;
        _stamp = stamp;
        Context = context;
    }

    /// <summary>The certificate with its chain, for handshakes.</summary>
    public SslStreamCertificateContext Context { get; }

    /// <summary>Reads a certificate with its key.</summary>
    /// <param name="file">PEM or PKCS #12, with the private key.</param>
    /// <param name="clock">The clock that decides when to inspect the file again.</param>
    /// <exception cref="XksException">It cannot be used: it is missing, of another time or use, or open to every user.</exception>
    public static ClientCertificate Load(string file, TimeProvider clock)
    {
        try
        {
            (DateTime, long) stamp = Stamp(file);
            ServerCertificate certificate = ServerCertificate.LoadForClient(
                file, Environment.GetEnvironmentVariable(ServerCertificate.PasswordVariable));
            return new ClientCertificate(
                file, stamp, SslStreamCertificateContext.Create(certificate.Leaf, certificate.Chain, offline: true), clock);
        }
        catch (Exception exception) when (exception is CryptographicException or IOException or UnauthorizedAccessException)
        {
            throw new XksException(
                XksFailure.TlsFailed, $"The client certificate for the proxy cannot be used. {exception.Message}", exception);
        }
    }

    /// <summary>Whether the file is another one than the one that was read. Looks every ten seconds at most.</summary>
    public bool HasChanged()
    {
        long before = Interlocked.Read(ref _lookedAt);
        if (!_hasChanged && _clock.GetElapsedTime(before) >= s_interval
            && Interlocked.CompareExchange(ref _lookedAt, _clock.GetTimestamp(), before) == before)
        {
            _hasChanged = Stamp(_file) != _stamp;
        }

        return _hasChanged;
    }

    /// <summary>Stays in use although the file is another one, because that cannot be used: until it changes again.</summary>
    public void Keep()
    {
        _stamp = Stamp(_file);
        _hasChanged = false;
    }

    private static (DateTime, long) Stamp(string file)
    {
        FileInfo information = new(file);
        return (information.LastWriteTimeUtc, information.Exists ? information.Length : -1);
    }
}
