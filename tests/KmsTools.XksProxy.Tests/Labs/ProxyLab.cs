using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using KmsTools.Endpoint;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;
using KmsTools.Pkcs11.Tests.Labs;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Labs;

/// <summary>A proxy over a token of SoftHSM with the keys that the tests need, made by other software.</summary>
public class ProxyLab : IAsyncLifetime
{
    public const string Prefix = "/example/uri/path/prefix";
    public const string OtherPrefix = "/other";
    public const string Region = "us-east-1";
    public const string AccessKeyId = "BETWEEN2TENAND3TENCHARACTERS";
    public const string Secret = "PleaseReplaceThisWithSomeSecretOfLength43To64";
    public const string SecondAccessKeyId = "SECONDCREDENTIALOFTHESTORE";
    public const string SecondSecret = "AnotherSecretThatIsAsLongAsSecretsMayBe/+=64CharactersAreThis123";
    public const string OtherAccessKeyId = "CREDENTIALOFTHEOTHERSTORE";
    public const string OtherSecret = "YetAnotherSecretOfTheOtherStoreWith43Chars1";
    public const string TokenName = "lab";

    private TestCertificates? _certificates;

    public SoftHsmLab Hsm { get; private set; } = null!;

    public RecordingLog Log { get; } = new();

    public MovedClock Clock { get; } = new();

    public XksProxyHost Host { get; private set; } = null!;

    public HttpClient Client { get; private set; } = null!;

    public Uri Address { get; private set; } = null!;

    /// <summary>The file of the only root that clients trust, where there is HTTPS.</summary>
    public string RootFile => _certificates!.RootFile;

    protected virtual bool IsHttps => false;

    /// <summary>What the token had before the proxy came.</summary>
    public IReadOnlyList<string> Before { get; private set; } = [];

    public async ValueTask InitializeAsync()
    {
        Hsm = MakeHsm();
        using (OtherSoftware owner = Hsm.StartOther())
        {
            MakeKeys(owner);
            Before = owner.Inventory();
        }

        _certificates = IsHttps ? new TestCertificates() : null;
        await RestartAsync();
        Client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = IsOurs },
            AllowAutoRedirect = false,
        });
    }

    public async ValueTask DisposeAsync()
    {
        GC.SuppressFinalize(this);
        Client?.Dispose();
        if (Host is not null)
        {
            await Host.DisposeAsync();
        }

        _certificates?.Dispose();
        Hsm?.Dispose();
    }

    /// <summary>Starts another proxy in place of one that has stopped.</summary>
    public async Task RestartAsync(XksProxySettings? settings = null)
    {
        Host = new XksProxyHost(settings ?? Settings(), Log, Clock, IsHttps ? new OneCertificate(_certificates!) : null);
        await Host.StartAsync();
        Address = Host.Address;
    }

    public Task<XksAnswer> SendAsync(XksCall call) => SendAsync(Client, Address, call);

    public static async Task<XksAnswer> SendAsync(HttpClient client, Uri address, XksCall call)
    {
        using HttpRequestMessage message = call.ToMessage(address);
        using HttpResponseMessage response = await client.SendAsync(message, TestContext.Current.CancellationToken);
        return new XksAnswer(
            (int)response.StatusCode,
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            response.Content.Headers.ContentType?.ToString());
    }

    public Task<XksAnswer> EncryptAsync(string key, byte[] plaintext, byte[]? aad = null, bool cdiv = false) =>
        SendAsync(Call(key, "encrypt", XksBodies.Encrypt(plaintext, aad, cdiv)));

    public Task<XksAnswer> DecryptAsync(string key, JsonNode encrypted, byte[]? aad = null) =>
        SendAsync(Call(key, "decrypt", XksBodies.Decrypt(encrypted, aad)));

    public static XksCall Call(string key, string api, JsonObject body) => new($"keys/{key}/{api}", body.ToJsonString());

    public virtual XksProxySettings Settings() => new()
    {
        Port = 0,
        StopDelay = TimeSpan.Zero,
        Tls = IsHttps ? new TlsSettings { CertificatePath = "/nowhere" } : null,
        FleetSize = 2,
        Tokens = [Token()],
        KeyStores = [Store(), OtherStore()],
    };

    public TokenSettings Token() => new()
    {
        Name = TokenName,
        Library = Hsm.Library,
        Token = TokenSelector.OfLabel(Hsm.TokenLabel),
        Pin = SecretSource.Of(Encoding.UTF8.GetBytes(HsmLab.UserPin)),
        HealthKey = KeyName.OfLabel("health"),
        AnswerTime = TimeSpan.FromSeconds(5),
        SessionWait = TimeSpan.FromSeconds(5),
    };

    public static KeyStoreSettings Store() => new()
    {
        Name = "main",
        Prefix = Prefix,
        Regions = [Region, "eu-central-1"],
        Credentials = [Credential(AccessKeyId, Secret), Credential(SecondAccessKeyId, SecondSecret)],
        Keys =
        [
            Key("foo", KeyName.OfId("01")),
            Key("encrypt_only_key", KeyName.OfLabel("encrypt-only")),
            Key("decrypt_only_key", KeyName.OfLabel("decrypt-only")),
            Key("impotent_key", KeyName.OfLabel("impotent")),
            Key("by-label", KeyName.OfLabel("full")),
            Key("by-uri", KeyName.OfUri("pkcs11:object=full;id=%01;type=secret-key")),
            Key("short", KeyName.OfLabel("short")),
            Key("rsa", KeyName.OfLabel("rsa")),
            Key("twins", KeyName.OfLabel("twins")),
            Key("missing", KeyName.OfLabel("nobody")),
            Key("disabled", KeyName.OfId("01")) with { IsEnabled = false },
            Key("set-encrypt", KeyName.OfId("01")) with { AllowedUsage = XksKeyUsage.Encrypt },
            Key("set-decrypt", KeyName.OfId("01")) with { AllowedUsage = XksKeyUsage.Decrypt },
        ],
    };

    public static KeyStoreSettings OtherStore() => new()
    {
        Name = "other",
        Prefix = OtherPrefix,
        Regions = [Region],
        Credentials = [Credential(OtherAccessKeyId, OtherSecret)],
        Keys = [Key("other-key", KeyName.OfLabel("full"))],
    };

    public static KeySettings Key(string id, KeyName name, byte version = 1) =>
        new() { ExternalKeyId = id, Current = new KeyVersionSettings { Token = TokenName, Name = name, Version = version } };

    public static CredentialSettings Credential(string accessKeyId, string secret) =>
        new() { AccessKeyId = accessKeyId, Secret = SecretSource.Of(Encoding.UTF8.GetBytes(secret)) };

    protected virtual SoftHsmLab MakeHsm() => new SoftHsmLab().WithToken();

    private static void MakeKeys(OtherSoftware owner)
    {
        owner.MakeAes("full", [1]);
        owner.MakeAes("encrypt-only", [2], decrypts: false);
        owner.MakeAes("decrypt-only", [3], encrypts: false);
        owner.MakeAes("impotent", [4], encrypts: false, decrypts: false);
        owner.MakeAes("short", [5], bits: 128);
        owner.MakeAes("twins", [6]);
        owner.MakeAes("twins", [7]);
        owner.MakeAes("health", [8]);
        owner.MakeAes("next", [9]);
        owner.MakeRsa("rsa", [10]);
    }

    private bool IsOurs(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
    {
        chain!.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(_certificates!.Root);
        return chain.Build((X509Certificate2)certificate!);
    }

    private sealed class OneCertificate : ITlsSource
    {
        private readonly SslStreamCertificateContext _context;

        public OneCertificate(TestCertificates certificates)
        {
            X509Certificate2Collection chain = new();
            chain.ImportFromPemFile(certificates.Path("whole.pem"));
            _context = SslStreamCertificateContext.Create(
                X509Certificate2.CreateFromPemFile(certificates.Path("whole.pem")), chain, offline: true);
        }

        public SslServerAuthenticationOptions CreateOptions() => new() { ServerCertificateContext = _context };
    }
}

/// <summary>The same proxy with HTTPS.</summary>
public sealed class HttpsProxyLab : ProxyLab
{
    protected override bool IsHttps => true;
}
