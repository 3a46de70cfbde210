using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using KmsTools.Benchmarks.Measuring;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Storage;
using KmsTools.Xks;
using KmsTools.XksProxy;
using KmsTools.XksProxy.Settings;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>What an encryption through engine, client and proxy costs, over HTTPS on this machine, beside that of the HSM alone.</summary>
internal sealed class XksEngineCost : IAsyncDisposable, ITlsSource
{
    private const int PlaintextSize = 32;
    private const int RoundCount = 7;
    private const double MaxAdded = 1.5;

    private static readonly TimeSpan s_time = TimeSpan.FromMilliseconds(500);

    private readonly X509Certificate2 _certificate = NewCertificate();
    private readonly XksProxyHost _host;
    private readonly KmsEngine _engine;

    private XksEngineCost(string library, string token, string keyId)
    {
        XksProxySettings settings = XksServer.Settings(library, token, keyId) with { Tls = new TlsSettings { CertificatePath = "made" } };
        _host = new XksProxyHost(settings, new XksServer.Silent(), tls: this);
        _engine = new KmsEngine(
            new StoreFactory().Open(new StateStoreOptions
            {
                Folder = Path.Combine(Path.GetTempPath(), $"kmstools-{Guid.NewGuid():N}"),
                Temporary = true,
            }),
            static () => throw new NotSupportedException(),
            static () => throw new NotSupportedException(),
            xksClient: static () => new XksClient());
    }

    /// <summary>Measures it.</summary>
    /// <param name="hsm">The token, which has the key.</param>
    /// <param name="id">The CKA_ID of the key.</param>
    /// <param name="library">The library of the token.</param>
    /// <param name="token">The label of the token.</param>
    public static Row Measure(IHsmConnection hsm, byte[] id, string library, string token)
    {
        XksEngineCost cost = new(library, token, Convert.ToHexStringLower(id));
        try
        {
            string keyId = cost.Connect();
            byte[] plaintext = RandomNumberGenerator.GetBytes(PlaintextSize);
            byte[] message = RandomNumberGenerator.GetBytes(PlaintextSize + 40);
            byte[] additionalData = new byte[130];
            byte[] output = new byte[message.Length + 28];
            Series[] series = Rounds.Run(
                RoundCount,
                () => Rounds.Cost(s_time, () => hsm.Encrypt(id, message, additionalData, output)) / 1000,
                () => Rounds.Cost(
                    s_time, () => cost._engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = plaintext })) / 1000);
            double added = series[1].Median - series[0].Median;
            return Row.Compare(
                    $"Encrypt, {PlaintextSize} B, through engine, client and proxy over HTTPS : the HSM alone",
                    series[0],
                    series[1],
                    Format.Milliseconds)
                .Within(Limit.AtMost(MaxAdded, added, Format.Milliseconds))
                .Noting($"the target is for what is added: {Format.Value(added, Format.Milliseconds)}");
        }
        finally
        {
            cost.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    public SslServerAuthenticationOptions CreateOptions() => new() { ServerCertificate = _certificate };

    public async ValueTask DisposeAsync()
    {
        _engine.Dispose();
        await _host.DisposeAsync().ConfigureAwait(false);
        _certificate.Dispose();
    }

    private string Connect()
    {
        _host.StartAsync().GetAwaiter().GetResult();
        _engine.ExternalKeyStores.SetAddress(new XksProxyAddress
        {
            HostName = "127.0.0.1",
            Port = _host.Address.Port,
            TrustAnchors = [_certificate.ExportCertificatePem()],
            TimeoutInMilliseconds = 5000,
        });
        string store = _engine.Execute(new CreateCustomKeyStoreRequest
        {
            CustomKeyStoreName = "benchmark",
            CustomKeyStoreType = nameof(CustomKeyStoreType.EXTERNAL_KEY_STORE),
            XksProxyConnectivity = nameof(XksProxyConnectivityType.PUBLIC_ENDPOINT),
            XksProxyUriEndpoint = "https://127.0.0.1",
            XksProxyUriPath = "/benchmark/kms/xks/v1",
            XksProxyAuthenticationCredential = new() { AccessKeyId = XksServer.AccessKeyId, RawSecretAccessKey = XksServer.Secret },
        }).CustomKeyStoreId;
        _engine.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = store });
        return _engine.Execute(new CreateKeyRequest
        {
            Origin = nameof(OriginType.EXTERNAL_KEY_STORE),
            CustomKeyStoreId = store,
            XksKeyId = "key",
        }).KeyMetadata.KeyId;
    }

    private static X509Certificate2 NewCertificate()
    {
        using ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CertificateRequest request = new("CN=127.0.0.1", key, HashAlgorithmName.SHA256);
        SubjectAlternativeNameBuilder names = new();
        names.AddIpAddress(System.Net.IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
