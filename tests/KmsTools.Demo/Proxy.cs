using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;
using KmsTools.XksProxy;
using KmsTools.XksProxy.Commands;
using KmsTools.XksProxy.Logging;
using KmsTools.XksProxy.Settings;

namespace KmsTools.Demo;

/// <summary>An XKS proxy with one key in a token, over HTTPS with a certificate of its own.</summary>
internal sealed class Proxy : ITlsSource, IXksProxyLog, IAsyncDisposable
{
    public const string HostName = "xks.example.com";
    public const string KeyId = "orders";
    public const string UriPath = "/kms/xks/v1";

    private readonly XksProxySettings _settings;
    private readonly X509Certificate2 _certificate = NewCertificate();
    private XksProxyHost? _host;

    public Proxy(string library, string tokenLabel, string pin)
    {
        using Secret secret = Secret.TakeOver(Encoding.UTF8.GetBytes(pin));
        _ = NewTokenKey.Create(library, TokenSelector.OfLabel(tokenLabel), secret, KeyId, ckaId: null);
        _settings = new XksProxySettings
        {
            Port = 0,
            StopDelay = TimeSpan.Zero,
            Tls = new TlsSettings { CertificatePath = "made for the demo" },
            Tokens =
            [
                new TokenSettings
                {
                    Name = "demo",
                    Library = library,
                    Token = TokenSelector.OfLabel(tokenLabel),
                    Pin = SecretSource.Of(Encoding.UTF8.GetBytes(pin)),
                },
            ],
            KeyStores =
            [
                new KeyStoreSettings
                {
                    Name = "demo",
                    Prefix = "",
                    Regions = ["us-east-1"],
                    Credentials = [new() { AccessKeyId = AccessKeyId, Secret = SecretSource.Of(Encoding.UTF8.GetBytes(SecretAccessKey)) }],
                    Keys =
                    [
                        new KeySettings
                        {
                            ExternalKeyId = KeyId,
                            Current = new KeyVersionSettings { Token = "demo", Name = KeyName.OfLabel(KeyId), Version = 1 },
                        },
                    ],
                },
            ],
        };
    }

    public string AccessKeyId { get; } = RandomNumberGenerator.GetString("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567", 20);

    public string SecretAccessKey { get; } = Convert.ToBase64String(RandomNumberGenerator.GetBytes(32));

    /// <summary>Starts it, and makes its address that of its host name.</summary>
    public async Task StartAsync(KmsEngine engine)
    {
        _host = new XksProxyHost(_settings, this, tls: this);
        await _host.StartAsync().ConfigureAwait(false);
        engine.ExternalKeyStores.SetAddress(new XksProxyAddress
        {
            HostName = HostName,
            Address = "127.0.0.1",
            Port = _host.Address.Port,
            TrustAnchors = [_certificate.ExportCertificatePem()],
            TimeoutInMilliseconds = 2000,
        });
    }

    public Task StopAsync() => _host!.StopAsync();

    public SslServerAuthenticationOptions CreateOptions() => new() { ServerCertificate = _certificate };

    public void Record(XksRequestRecord request)
    {
        // The demo shows what the client sees.
    }

    public void Record(XksProxyNotice notice)
    {
        // The demo shows what the client sees.
    }

    public async ValueTask DisposeAsync()
    {
        if (_host is not null)
        {
            await _host.DisposeAsync().ConfigureAwait(false);
        }

        _certificate.Dispose();
    }

    private static X509Certificate2 NewCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new($"CN={HostName}", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddDnsName(HostName);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
