using System.Text;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;
using KmsTools.XksProxy.Labs;
using KmsTools.XksProxy.Logging;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy;

/// <summary>Start, new settings, quotas and stop of a proxy.</summary>
public sealed class HostTests(ProxyLab lab) : IClassFixture<ProxyLab>
{
    private static readonly byte[] Plaintext = "plaintext"u8.ToArray();

    [Fact]
    public async Task Apply_UnderLoad_DropsNoCall()
    {
        XksProxySettings settings = lab.Settings();
        using CancellationTokenSource end = new();
        int count = 0;
        Task[] load = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                (await lab.EncryptAsync("foo", Plaintext)).Ok();
                Interlocked.Increment(ref count);
            }
        }))];
        for (int i = 0; i < 6; i++)
        {
            // Another number of sessions is another login; the same settings keep the one that there is.
            await lab.Host.ApplyAsync(settings with { Tokens = [lab.Token() with { MaxSessions = 10 + (i / 2) }], FleetSize = i + 1 });
            int before = Volatile.Read(ref count);
            await TokenFaultTests.Eventually(() => Volatile.Read(ref count) > before + 5);
        }

        await end.CancelAsync();
        await Task.WhenAll(load);
        await lab.Host.ApplyAsync(settings);
    }

    [Fact]
    public async Task Apply_OfWrongSettings_ChangesNothing()
    {
        XksProxySettings settings = lab.Settings();
        XksProxySettingsException exception = await Assert.ThrowsAsync<XksProxySettingsException>(() => lab.Host.ApplyAsync(settings with
        {
            KeyStores = [ProxyLab.Store() with { Keys = [ProxyLab.Key("a", KeyName.OfLabel("full")), ProxyLab.Key("a", KeyName.OfId("01"))] }],
        }));
        Assert.Equal(["The key store 'main' has two keys with the ID 'a'."], exception.Problems);
        exception = await Assert.ThrowsAsync<XksProxySettingsException>(() => lab.Host.ApplyAsync(settings with { Port = 1 }));
        Assert.Contains("restart", Assert.Single(exception.Problems), StringComparison.Ordinal);
        exception = Assert.Throws<XksProxySettingsException>(() => lab.Host.Apply(settings with
        {
            Tokens = [lab.Token() with { Pin = SecretSource.OfFile("/nowhere/pin") }],
            KeyStores = [ProxyLab.Store() with { Credentials = [ProxyLab.Credential(ProxyLab.AccessKeyId, "short")] }],
        }));
        Assert.Equal(
            [
                "The PIN of the token 'lab' file /nowhere/pin does not exist.",
                "The secret access key of the key store 'main' is not one that AWS KMS takes: 43 to 64 characters of base64.",
            ],
            exception.Problems);
        (await lab.EncryptAsync("foo", Plaintext)).Ok();
    }

    [Fact]
    public async Task Quota_OfAPrefix_IsThrottling_AndHealthIsNotCounted()
    {
        await lab.Host.ApplyAsync(lab.Settings() with
        {
            KeyStores = [ProxyLab.Store() with { RequestsPerSecond = 1 }, ProxyLab.OtherStore()],
        });
        try
        {
            XksAnswer answer = await lab.EncryptAsync("foo", Plaintext);
            answer.Ok();

            // A busy machine may take a second for a call, which gives it one more.
            for (int more = 0; more < 20 && answer.Status == 200; more++)
            {
                answer = await lab.EncryptAsync("foo", Plaintext);
            }

            answer.Is(429, "ThrottlingException");
            (await lab.SendAsync(new XksCall("health", XksBodies.Health()))).Ok();

            // What is refused before the quota does not use it, and another prefix has its own.
            (await lab.SendAsync(new XksCall("keys/foo/encrypt", "{}"))).Is(400, "ValidationException");
            (await lab.SendAsync(ProxyLab.Call("other-key", "encrypt", XksBodies.Encrypt(Plaintext)) with
            {
                Prefix = ProxyLab.OtherPrefix, AccessKeyId = ProxyLab.OtherAccessKeyId, Secret = ProxyLab.OtherSecret,
            })).Ok();
            await Task.Delay(1100, TestContext.Current.CancellationToken);
            (await lab.EncryptAsync("foo", Plaintext)).Ok();
        }
        finally
        {
            await lab.Host.ApplyAsync(lab.Settings());
        }
    }

    [Fact]
    public async Task Stop_TellsBalancersFirst_AndServesMeanwhile()
    {
        await using XksProxyHost host = new(lab.Settings() with { StopDelay = TimeSpan.FromSeconds(1) }, new RecordingLog());
        await host.StartAsync(TestContext.Current.CancellationToken);
        Assert.Contains("HTTP/1.1 200", await RawHttp.SendAsync(host.Address, "GET", "/ping"), StringComparison.Ordinal);
        Task stop = host.StopAsync(TestContext.Current.CancellationToken);
        Assert.Contains("HTTP/1.1 503", await RawHttp.SendAsync(host.Address, "GET", "/ping"), StringComparison.Ordinal);
        Assert.True(host.Status.IsStopping);
        using HttpRequestMessage message = ProxyLab.Call("foo", "encrypt", XksBodies.Encrypt(Plaintext)).ToMessage(host.Address);
        using HttpResponseMessage response = await lab.Client.SendAsync(message, TestContext.Current.CancellationToken);
        Assert.Equal(200, (int)response.StatusCode);
        await stop;
        Assert.Empty(host.Status.Tokens);

        // The token is that of the other proxy as well, which goes on.
        (await lab.EncryptAsync("foo", Plaintext)).Ok();
    }

    [Fact]
    public async Task Start_WithoutItsToken_ServesAndSaysSo()
    {
        RecordingLog log = new();
        XksProxySettings settings = lab.Settings() with { Tokens = [lab.Token() with { Token = TokenSelector.OfLabel("nobody") }] };
        await using XksProxyHost host = new(settings, log);
        await host.StartAsync(TestContext.Current.CancellationToken);
        XksProxyNotice notice = Assert.Single(log.Notices);
        Assert.Contains("has no token with the label 'nobody'", notice.Text, StringComparison.Ordinal);
        using HttpRequestMessage message = ProxyLab.Call("foo", "encrypt", XksBodies.Encrypt(Plaintext)).ToMessage(host.Address);
        using HttpResponseMessage response = await lab.Client.SendAsync(message, TestContext.Current.CancellationToken);
        Assert.Equal(500, (int)response.StatusCode);
        using HttpRequestMessage health = new XksCall("health", XksBodies.Health()).ToMessage(host.Address);
        using HttpResponseMessage answer = await lab.Client.SendAsync(health, TestContext.Current.CancellationToken);
        Assert.Contains(
            "\"ekmVendor\":\"unknown\",\"ekmFleetDetails\":[{\"id\":\"lab\",\"model\":\"unknown\",\"healthStatus\":\"UNAVAILABLE\"}]",
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task Start_WithAWrongPin_OffersItOnce()
    {
        RecordingLog log = new();
        await lab.Host.DisposeAsync();
        try
        {
            XksProxySettings settings = lab.Settings() with { Tokens = [lab.Token() with { Pin = SecretSource.Of("wrong-pin"u8) }] };
            await using XksProxyHost host = new(settings, log);
            await host.StartAsync(TestContext.Current.CancellationToken);
            Assert.Contains("CKR_PIN_INCORRECT", Assert.Single(log.Notices).Text, StringComparison.Ordinal);
            await Task.Delay(1300, TestContext.Current.CancellationToken);
            Assert.Single(log.Notices);

            // The right one, with the next settings.
            await host.ApplyAsync(lab.Settings());
            Assert.Equal(XksTokenHealth.ACTIVE, host.Status.Tokens[0].Health);
        }
        finally
        {
            await lab.RestartAsync();
        }
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    public async Task Start_PlainHttpForTheNetwork_IsRefusedUnlessAllowed(string address)
    {
        XksProxySettings settings = lab.Settings() with { Address = address };
        await using XksProxyHost refused = new(settings, new RecordingLog());
        XksProxySettingsException exception = await Assert.ThrowsAsync<XksProxySettingsException>(
            () => refused.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("Plain HTTP", Assert.Single(exception.Problems), StringComparison.Ordinal);
        Assert.Empty(SettingsCheck.Problems(settings with { AllowsPlainHttp = true }));
    }

    public static TheoryData<string, Func<XksProxySettings, XksProxySettings>> Wrong => new()
    {
        { "'here' is not an IP address", static settings => settings with { Address = "here" } },
        { "is not a port", static settings => settings with { Port = 70_000 } },
        { "at least one proxy", static settings => settings with { FleetSize = 0 } },
        { "The delay of a stop", static settings => settings with { StopDelay = TimeSpan.FromSeconds(-1) } },
        { "The longest plaintext is 4300 to 65536", static settings => settings with { Limits = new() { MaxPlaintextBytes = 4299 } } },
        { "The longest additional data is 8192 to 65535", static settings => settings with { Limits = new() { MaxAadBytes = 65_536 } } },
        { "1 to 10 tokens", static settings => settings with { Tokens = [], KeyStores = [] } },
        { "Two tokens have the name 'lab'", static settings => settings with { Tokens = [settings.Tokens[0], settings.Tokens[0]] } },
        { "at least one session", static settings => settings with { Tokens = [settings.Tokens[0] with { MaxSessions = 0 }] } },
        { "not one of the tokens", static settings => settings with { Tokens = [settings.Tokens[0] with { Name = "other" }] } },
        { "path prefix '/a/'", static settings => WithStore(settings, static store => store with { Prefix = "/a/" }) },
        { "path prefix 'a'", static settings => WithStore(settings, static store => store with { Prefix = "a" }) },
        { "path prefix '/a//b'", static settings => WithStore(settings, static store => store with { Prefix = "/a//b" }) },
        { "path prefix '/a.b'", static settings => WithStore(settings, static store => store with { Prefix = "/a.b" }) },
        { "Two key stores have the path prefix '/other'", static settings => WithStore(settings, static s => s with { Prefix = "/other" }) },
        { "names no Region", static settings => WithStore(settings, static store => store with { Regions = [] }) },
        { "has no credential", static settings => WithStore(settings, static store => store with { Credentials = [] }) },
        { "20 to 30 characters", static settings => WithStore(settings, static store => store with
            { Credentials = [ProxyLab.Credential("lower", ProxyLab.Secret)] }) },
        { "never valid", static settings => WithStore(settings, static store => store with
            { Credentials = [store.Credentials[0] with { NotBefore = DateTimeOffset.UnixEpoch, NotAfter = DateTimeOffset.UnixEpoch }] }) },
        { "neither . nor ..", static settings => WithStore(settings, static store => store with
            { Keys = [ProxyLab.Key("..", KeyName.OfLabel("full"))] }) },
        { "have the same version", static settings => WithStore(settings, static store => store with
            { Keys = [store.Keys[0] with { Former = [store.Keys[0].Current] }] }) },
        { "test key of the token", static settings => WithStore(settings, static store => store with
            { Keys = [ProxyLab.Key("a", KeyName.OfLabel("health"))] }) },
        { "at least 1", static settings => WithStore(settings, static store => store with { RequestsPerSecond = 0 }) },
        { "rule without a name", static settings => WithStore(settings, static store => store with { Rules = [new() { Name = " " }] }) },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void Settings_ThatCannotBe_AreExplained(string problem, Func<XksProxySettings, XksProxySettings> change)
    {
        Assert.Empty(SettingsCheck.Problems(lab.Settings()));
        Assert.Contains(SettingsCheck.Problems(change(lab.Settings())), text => text.Contains(problem, StringComparison.Ordinal));
    }

    [Fact]
    public void SecretSources_ReadWhatIsThereNow_AndShowNothing()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no such permissions.");
            return;
        }

        string file = Path.Combine(lab.Hsm.Folder, "pin");
        File.WriteAllText(file, "1234\n");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        using (Cryptography.Secret read = SecretSource.OfFile(file).Read("PIN"))
        {
            Assert.Equal("1234", read.Use(Encoding.UTF8.GetString));
        }

        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", Assert.Throws<ArgumentException>(() => SecretSource.OfFile(file).Read("PIN")).Message, StringComparison.Ordinal);
        Assert.Contains(
            "KMSTOOLS_NOT_SET",
            Assert.Throws<ArgumentException>(() => SecretSource.OfVariable("KMSTOOLS_NOT_SET").Read("PIN")).Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain("hidden", SecretSource.Of("hidden"u8).ToString(), StringComparison.Ordinal);
    }

    private static XksProxySettings WithStore(XksProxySettings settings, Func<KeyStoreSettings, KeyStoreSettings> change) =>
        settings with { KeyStores = settings.KeyStores.SetItem(0, change(settings.KeyStores[0])) };
}
