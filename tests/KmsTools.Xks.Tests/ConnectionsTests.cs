using System.Net.Security;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.Http;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>Connections are kept, used by all, and closed when nobody needs them any more.</summary>
public sealed class ConnectionsTests
{
    private const string ClientUse = "1.3.6.1.5.5.7.3.2";

    [Fact]
    public async Task Calls_OneAfterTheOther_ShareAConnection()
    {
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);
        XksProxyTarget target = proxy.Target();
        using XksClient client = new();

        for (int i = 0; i < 20; i++)
        {
            Calls.Encrypt(client, target);
        }

        Assert.Equal((1, 20), (proxy.Connections, proxy.Requests.Count));
    }

    [Fact]
    public async Task Calls_OfManyThreads_AreAnsweredEachWithItsOwn()
    {
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);
        XksProxyTarget target = proxy.Target();
        using XksClient client = new();
        const int threads = 8;

        await Task.WhenAll(Enumerable.Range(0, threads).Select(thread => Task.Factory.StartNew(
            () =>
            {
                for (int i = 0; i < 25; i++)
                {
                    byte[] message = Encoding.ASCII.GetBytes($"{thread}/{i}");
                    byte[] additionalData = [(byte)thread, (byte)i];
                    XksCiphertext ciphertext = client.Encrypt(target, $"key-{thread}", Calls.Metadata, message, additionalData);
                    Assert.Equal(message, client.Decrypt(target, $"key-{thread}", Calls.Metadata, ciphertext, additionalData));
                }
            },
            TaskCreationOptions.LongRunning)));

        Assert.Equal(threads * 50, proxy.Requests.Count);

        // A connection goes back behind its answer: a thread whose next call is faster may need another one.
        Assert.InRange(proxy.Connections, 1, threads * 5);
    }

    [Fact]
    public async Task Connection_ThatTheProxyClosedMeanwhile_IsReplaced()
    {
        await using ScriptedProxy proxy = new(static async (request, stream) =>
        {
            await HonestAnswers.AnswerAsync(request, stream);
            await stream.DisposeAsync();
        });
        XksProxyTarget target = proxy.Target();
        using XksClient client = new();

        for (int i = 0; i < 5; i++)
        {
            Calls.Encrypt(client, target);
            await UntilAsync(() => proxy.OpenConnections == 0);
        }

        Assert.Equal((5, 5), (proxy.Connections, proxy.Requests.Count));
    }

    [Fact]
    public async Task Target_OfAnotherCredential_ClosesTheFormerConnectionsAndSignsAnew()
    {
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);
        XksProxyTarget former = proxy.Target(store: "cks-changes");
        const string secret = "TheSecretAccessKeyOfAnotherCredentialOfThisProxy";
        XksProxyTarget present = new()
        {
            CustomKeyStoreId = former.CustomKeyStoreId,
            Host = former.Host,
            UriPath = former.UriPath,
            Region = former.Region,
            Credential = new XksCredential("ZYXWVUTSRQPONMLKJIHG", Secret.TakeOver(Encoding.ASCII.GetBytes(secret))),
            Address = former.Address,
            Port = former.Port,
            TrustAnchors = former.TrustAnchors,
            Timeout = former.Timeout,
        };
        using XksClient client = new();

        Calls.Encrypt(client, former);
        Calls.Encrypt(client, present);

        await UntilAsync(() => proxy.OpenConnections == 1);
        Assert.Equal(2, proxy.Connections);
        SeenRequest last = proxy.Requests.Last();
        SignatureVerifier verifier = new("kms-xks-proxy", TimeProvider.System);
        SignatureClaim claim = verifier.Parse(last.Header("authorization"));
        Assert.Equal("ZYXWVUTSRQPONMLKJIHG", claim.AccessKeyId);
        using SigningKey key = SigningKey.Derive(Encoding.ASCII.GetBytes(secret), claim.Scope);
        SignatureVerifier.Verify(last, claim, verifier.VerifyHead(last, claim), key, SHA256.HashData(last.Body));
    }

    [Fact]
    public async Task Disconnect_WithACallInProgress_ClosesWhenItHasEnded()
    {
        TaskCompletionSource asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        TaskCompletionSource go = new(TaskCreationOptions.RunContinuationsAsynchronously);
        await using ScriptedProxy proxy = new(async (request, stream) =>
        {
            asked.TrySetResult();
            await go.Task;
            await HonestAnswers.AnswerAsync(request, stream);
        });
        XksProxyTarget target = proxy.Target(store: "cks-disconnects");
        using XksClient client = new();

        Task<XksCiphertext> call = Task.Factory.StartNew(() => Calls.Encrypt(client, target), TaskCreationOptions.LongRunning);
        await asked.Task;
        client.Disconnect("cks-disconnects");
        client.Disconnect("cks-unknown");
        Assert.Equal(1, proxy.OpenConnections);
        go.SetResult();

        Assert.Equal(Calls.Plaintext.Length, (await call).Ciphertext.Length);
        await UntilAsync(() => proxy.OpenConnections == 0);

        // Connected again later.
        Calls.Encrypt(client, target);
        Assert.Equal(2, proxy.Connections);
    }

    [Fact]
    public async Task Dispose_Always_ClosesAndTakesNoMoreCalls()
    {
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);
        XksProxyTarget target = proxy.Target();
        XksClient client = new();
        Calls.Encrypt(client, target);

        client.Dispose();
        client.Dispose();

        await UntilAsync(() => proxy.OpenConnections == 0);
        Assert.Throws<ObjectDisposedException>(() => Calls.Encrypt(client, target));
    }

    [Fact]
    public async Task ClientCertificate_OfTheTarget_IsShown()
    {
        string? shown = null;
        SslServerAuthenticationOptions tls = ScriptedProxy.Tls(ScriptedProxy.Certificate);
        tls.ClientCertificateRequired = true;
        tls.CertificateChainPolicy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck,
        };
        tls.CertificateChainPolicy.CustomTrustStore.Add(TestAuthority.Trusted.Root);
        tls.CertificateChainPolicy.ApplicationPolicy.Add(new Oid(ClientUse));
        tls.RemoteCertificateValidationCallback = (_, certificate, _, errors) =>
        {
            shown = certificate?.Subject;
            return errors == SslPolicyErrors.None;
        };
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync, tls);
        string file = Path.GetTempFileName();
        try
        {
            await File.WriteAllTextAsync(file, TestAuthority.Trusted.ClientPem(), TestContext.Current.CancellationToken);
            FixedClock clock = new(DateTimeOffset.UtcNow);
            using XksClient client = new(clock);
            XksProxyTarget target = WithCertificate(proxy.Target(), file);

            Calls.Encrypt(client, target);

            Assert.Equal("CN=cks.kms.us-east-1.amazonaws.com", shown);
            await File.WriteAllTextAsync(file, TestAuthority.Trusted.ClientPem("CN=renewed"), TestContext.Current.CancellationToken);
            Calls.Encrypt(client, target);
            Assert.Equal(1, proxy.Connections);
            clock.Now += TimeSpan.FromSeconds(11);
            Calls.Encrypt(client, target);
            Assert.Equal(("CN=renewed", 2), (shown, proxy.Connections));

            // One that cannot be used is not taken.
            await File.WriteAllTextAsync(file, "no certificate", TestContext.Current.CancellationToken);
            clock.Now += TimeSpan.FromSeconds(11);
            Calls.Encrypt(client, target);
            Assert.Equal(2, proxy.Connections);

            XksException without = Calls.Failure(() => Calls.Encrypt(client, proxy.Target(TimeSpan.FromSeconds(2))));
            Assert.True(without.Failure is XksFailure.ConnectionBroken or XksFailure.TlsFailed, without.ToString());
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("missing")]
    [InlineData("server")]
    [InlineData("public")]
    public async Task ClientCertificate_ThatCannotBeUsed_SaysWhy(string kind)
    {
        Assert.SkipWhen(kind == "public" && RuntimeInformation.IsOSPlatform(OSPlatform.Windows), "Windows has no such modes.");
        await using ScriptedProxy proxy = new(HonestAnswers.AnswerAsync);
        string file = Path.GetTempFileName();
        try
        {
            using X509Certificate2 server = TestAuthority.SelfSigned();
            await File.WriteAllTextAsync(
                file,
                kind == "server"
                    ? server.ExportCertificatePem() + "\n" + server.GetECDsaPrivateKey()!.ExportPkcs8PrivateKeyPem()
                    : TestAuthority.Trusted.ClientPem(),
                TestContext.Current.CancellationToken);
            switch (kind)
            {
                case "missing":
                    File.Delete(file);
                    break;
                case "public" when !OperatingSystem.IsWindows():
                    File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
                    break;
            }

            using XksClient client = new();
            XksException exception = Calls.Failure(() => Calls.Encrypt(client, WithCertificate(proxy.Target(), file)));

            Assert.Equal(XksFailure.TlsFailed, exception.Failure);
            Assert.StartsWith("The client certificate for the proxy cannot be used. ", exception.Message);
            Assert.Contains(
                kind switch { "missing" => "Could not find file", "server" => "lacks clientAuth", _ => "chmod 600" }, exception.Message);
            Assert.Equal(0, proxy.Connections);
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static XksProxyTarget WithCertificate(XksProxyTarget target, string file) => new()
    {
        CustomKeyStoreId = target.CustomKeyStoreId,
        Host = target.Host,
        UriPath = target.UriPath,
        Region = target.Region,
        Credential = target.Credential,
        Address = target.Address,
        Port = target.Port,
        TrustAnchors = target.TrustAnchors,
        ClientCertificatePath = file,
        Timeout = target.Timeout,
    };

    private static async Task UntilAsync(Func<bool> condition)
    {
        for (int i = 0; i < 1000 && !condition(); i++)
        {
            await Task.Delay(10);
        }

        Assert.True(condition());
    }
}
