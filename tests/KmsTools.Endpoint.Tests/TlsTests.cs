using System.Diagnostics;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Amazon.KeyManagementService;
using Amazon.KeyManagementService.Model;
using Amazon.Runtime;
using KmsTools.Http;
using HttpClientFactory = Amazon.Runtime.HttpClientFactory;

namespace KmsTools.Endpoint;

/// <summary>HTTPS, with clients that trust a root of their own and nothing else.</summary>
public sealed class TlsTests(TestCertificates certificates) : IClassFixture<TestCertificates>
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("whole.pem")]
    [InlineData("chain.pem", "key.pem")]
    [InlineData("traditional.pem")]
    [InlineData("encrypted.pem", null, TestCertificates.Password)]
    [InlineData("open.pfx")]
    [InlineData("closed.pfx", null, TestCertificates.Password)]
    public async Task Client_ThatTrustsTheRoot_IsServed(string file, string? keyFile = null, string? password = null)
    {
        await using EndpointProcess process = await StartAsync(file, keyFile, password);
        Assert.StartsWith("https://127.0.0.1:", process.Url);
        using AmazonKeyManagementServiceClient client = Client(process, certificates.Root);

        string keyId = (await client.CreateKeyAsync(new CreateKeyRequest(), Cancellation)).KeyMetadata.KeyId;
        EncryptResponse encrypted = await client.EncryptAsync(
            new EncryptRequest { KeyId = keyId, Plaintext = new MemoryStream([1, 2, 3]) },
            Cancellation);
        DecryptResponse decrypted = await client.DecryptAsync(
            new DecryptRequest { CiphertextBlob = encrypted.CiphertextBlob },
            Cancellation);
        Assert.Equal([1, 2, 3], decrypted.Plaintext.ToArray());
        await Assert.ThrowsAsync<NotFoundException>(() => client.DescribeKeyAsync("alias/none", Cancellation));

        await process.StopAsync();
    }

    [Fact]
    public async Task Client_ThatDoesNotTrustTheRoot_SendsNothing()
    {
        await using EndpointProcess process = await StartAsync("whole.pem");
        using AmazonKeyManagementServiceClient client = Client(process, null);

        Exception error = await Assert.ThrowsAnyAsync<Exception>(() => client.CreateKeyAsync(new CreateKeyRequest(), Cancellation));

        Assert.Contains("PartialChain", error.ToString());
        using AmazonKeyManagementServiceClient trusting = Client(process, certificates.Root);
        Assert.Empty((await trusting.ListKeysAsync(new ListKeysRequest(), Cancellation)).Keys);
    }

    [Fact]
    public async Task Connection_OlderThanTls12OrPlain_IsRefused()
    {
        await using EndpointProcess process = await StartAsync("whole.pem");
        Assert.Equal(SslProtocols.Tls12, await NegotiateAsync(process, SslProtocols.Tls12));
        Assert.Equal(SslProtocols.Tls13, await NegotiateAsync(process, SslProtocols.Tls13));
        using HttpClient http = new();
        await Assert.ThrowsAsync<HttpRequestException>(
            () => http.GetAsync(process.Url.Replace("https:", "http:", StringComparison.Ordinal) + "/healthz", Cancellation));
        Assert.Contains("Protocol  : TLSv1.2", await OpenSslAsync(process, "-tls1_2"));
        foreach (string version in new[] { "-tls1_1", "-tls1" })
        {
            Assert.Contains("alert protocol version", await OpenSslAsync(process, version));
        }
    }

    [Theory]
    [InlineData("leaf.der", null, null, "'{leaf.der}' has no private key.")]
    [InlineData("chain.pem", null, null, "'{chain.pem}' has no private key.")]
    [InlineData("chain.pem", "other.txt", null, "'{other.txt}' has no private key in PEM.")]
    [InlineData(
        "chain.pem",
        "another.key",
        null,
        "The private key in '{another.key}' cannot be read, or does not match the certificate in '{chain.pem}'.")]
    [InlineData("encrypted.pem", null, null, "'{encrypted.pem}' needs a password: set KMSTOOLS_CERTIFICATE_PASSWORD.")]
    [InlineData("encrypted.pem", null, "wrong", "The private key in '{encrypted.pem}' cannot be read with the password in "
        + "KMSTOOLS_CERTIFICATE_PASSWORD, or does not match the certificate in '{encrypted.pem}'.")]
    [InlineData("closed.pfx", null, null, "'{closed.pfx}' needs a password: set KMSTOOLS_CERTIFICATE_PASSWORD.")]
    [InlineData("closed.pfx", null, "wrong", "'{closed.pfx}' cannot be read with the password in KMSTOOLS_CERTIFICATE_PASSWORD.")]
    [InlineData("keyless.pfx", null, null, "'{keyless.pfx}' has no certificate with a private key.")]
    [InlineData("garbage.pem", null, null, "'{garbage.pem}' is not a certificate in PEM.")]
    [InlineData("other.txt", null, null, "'{other.txt}' is not a certificate: give one in PEM, or in PKCS #12 with its private key.")]
    [InlineData(
        "client.pem",
        null,
        null,
        "The certificate in '{client.pem}' is not for a server: its extended key usage lacks serverAuth.")]
    public void Certificate_ThatCannotBeServed_IsReported(string file, string? keyFile, string? password, string message)
    {
        CryptographicException error = Assert.ThrowsAny<CryptographicException>(
            () => ServerCertificate.Load(certificates.Path(file), keyFile is null ? null : certificates.Path(keyFile), password));

        Assert.Equal(
            message.Replace("{", certificates.Folder + "/", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal),
            error.Message);
    }

    [Fact]
    public void Certificate_OfAnotherTime_IsReported()
    {
        Assert.Matches(@"^The certificate in '.+expired\.pem' expired on 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\.$", Refusal("expired.pem"));
        Assert.Matches(
            @"^The certificate in '.+future\.pem' is not valid before 20\d\d-\d\d-\d\d \d\d:\d\d:\d\d UTC\.$",
            Refusal("future.pem"));

        string Refusal(string file) => Assert.Throws<CryptographicException>(() => ServerCertificate.Load(certificates.Path(file))).Message;
    }

    [Fact]
    public async Task Certificate_Refused_EndsTheProgramBeforeThereIsAStore()
    {
        string folder = certificates.Path("store");
        string everybodys = certificates.Path("public.pem");

        Assert.Equal(
            (1, "", $"'{everybodys}' contains a private key, and every user of this machine can read or change it. Run: chmod 600 "
                + $"'{everybodys}'\n"),
            await EndpointProcess.RunAsync("--store", folder, "--listen", "0.0.0.0", "--certificate", everybodys));
        Assert.Equal(
            (1, "", $"Could not find file '{certificates.Path("missing.pem")}'.\n"),
            await EndpointProcess.RunAsync("--store", folder, "--certificate", certificates.Path("missing.pem")));
        Assert.Equal(
            (1, "", $"'{certificates.Path("chain.pem")}' has no private key. Give the file of its key with --certificate-key.\n"),
            await EndpointProcess.RunAsync("--store", folder, "--certificate", certificates.Path("chain.pem")));
        Assert.False(Directory.Exists(folder));
    }

    [Theory]
    [InlineData("authorities.pem", "client.pem", true)]
    [InlineData("authorities.pem", null, false)]
    [InlineData("authorities.pem", "whole.pem", false)]
    [InlineData("stranger.pem", "client.pem", false)]
    public async Task Client_WhereCertificatesAreRequired_NeedsOneOfTheAuthorities(string authorities, string? file, bool isServed)
    {
        await using EndpointProcess process = await EndpointProcess.StartAsync(
            "--temporary", "--certificate", certificates.Path("whole.pem"), "--client-ca", certificates.Path(authorities));
        using SocketsHttpHandler handler = new()
        {
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trust(certificates.Root) },
        };
        using X509Certificate2? own = file is null ? null : X509Certificate2.CreateFromPemFile(certificates.Path(file), certificates.Path(file));
        if (own is not null)
        {
            handler.SslOptions.ClientCertificateContext = SslStreamCertificateContext.Create(own, null, offline: true);
        }

        using HttpClient http = new(handler);
        if (isServed)
        {
            Assert.Equal("""{"status":"ok"}""", await http.GetStringAsync(process.Url + "/healthz", Cancellation));
        }
        else
        {
            await Assert.ThrowsAsync<HttpRequestException>(() => http.GetStringAsync(process.Url + "/healthz", Cancellation));
        }
    }

    [Theory]
    [InlineData("other.txt", "'{other.txt}' has no certificate in PEM.")]
    [InlineData("garbage.pem", "'{garbage.pem}' has a certificate that cannot be read.")]
    public void Authorities_ThatAreNone_AreReported(string file, string message) => Assert.Equal(
        message.Replace("{", certificates.Folder + "/", StringComparison.Ordinal).Replace("}", "", StringComparison.Ordinal),
        Assert.Throws<CryptographicException>(() => new ClientAuthorities(certificates.Path(file))).Message);

    private Task<EndpointProcess> StartAsync(string file, string? keyFile = null, string? password = null)
    {
        string[] key = keyFile is null ? [] : ["--certificate-key", certificates.Path(keyFile)];
        return EndpointProcess.StartAsync(
            ["--temporary", "--dev-credentials", "test:test", "--certificate", certificates.Path(file), .. key],
            password);
    }

    private static AmazonKeyManagementServiceClient Client(EndpointProcess process, X509Certificate2? root) => new(
        new BasicAWSCredentials("test", "test"),
        new AmazonKeyManagementServiceConfig
        {
            ServiceURL = process.Url,
            AuthenticationRegion = EndpointFixture.Region,
            MaxErrorRetry = 0,
            HttpClientFactory = new TrustingFactory(root),
        });

    private static X509ChainPolicy Trust(X509Certificate2? root)
    {
        X509ChainPolicy policy = new() { RevocationMode = X509RevocationMode.NoCheck, TrustMode = X509ChainTrustMode.CustomRootTrust };
        if (root is not null)
        {
            policy.CustomTrustStore.Add(root);
        }

        return policy;
    }

    private async Task<SslProtocols> NegotiateAsync(EndpointProcess process, SslProtocols version)
    {
        using TcpClient client = new();
        await client.ConnectAsync("127.0.0.1", new Uri(process.Url).Port, Cancellation);
        await using SslStream stream = new(client.GetStream());
        await stream.AuthenticateAsClientAsync(
            new SslClientAuthenticationOptions
            {
                TargetHost = "127.0.0.1",
                EnabledSslProtocols = version,
                CertificateChainPolicy = Trust(certificates.Root),
            }, Cancellation);
        return stream.SslProtocol;
    }

    // A client that offers what is out of date: .NET's own would not.
    private static async Task<string> OpenSslAsync(EndpointProcess process, string version)
    {
        ProcessStartInfo start = new(
            "openssl",
            ["s_client", "-connect", $"127.0.0.1:{new Uri(process.Url).Port}", version, "-cipher", "ALL:@SECLEVEL=0"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process openSsl = Process.Start(start)!;
        openSsl.StandardInput.Close();
        Task<string> errors = openSsl.StandardError.ReadToEndAsync(Cancellation);
        return await openSsl.StandardOutput.ReadToEndAsync(Cancellation) + await errors;
    }

    private sealed class TrustingFactory(X509Certificate2? root) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) =>
            new(new SocketsHttpHandler { SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Trust(root) } });
    }
}
