using KmsTools.Operations;
using KmsTools.Xks;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace KmsTools.WebConsole.KeyStores;

/// <summary>An external key store, whose proxy is real and changes its mind.</summary>
public sealed class ExternalKeyStoreTests(Browser browser)
{
    private const string OtherAccessKeyId = "ZYXWVUTSRQPONMLKJIHG";
    private const string OtherSecret = "PleaseReplaceThisWithAnotherSecretOfLength43To64";
    private const string Refusal = """{"errorName":"AuthenticationFailedException","errorMessage":"Who is that?"}""";

    [Fact]
    public async Task Connect_WithACredentialThatTheProxyHasExchanged_ShowsTheCureThatConnects()
    {
        string known = ScriptedProxy.AccessKeyId;
        await using ScriptedProxy proxy = new((request, stream) =>
            request.Header("authorization")?.Contains(Volatile.Read(ref known), StringComparison.Ordinal) == true
                ? HonestAnswers.AnswerAsync(request, stream)
                : ScriptedProxy.ReplyAsync(stream, 401, Refusal));
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        IPage page = await browser.SignInAsync(server);
        PageCheck check = new(page, ScriptedProxy.Secret, OtherSecret);

        await SetAddressAsync(server, page, check, proxy.Port);
        await page.GotoAsync(new Uri(server.Url, "/console/us-east-1/key-stores/create-external").ToString());
        await page.GetByLabel("Custom key store name").FillAsync("outside");
        await page.GetByLabel("Proxy URI endpoint").FillAsync("https://" + TestAuthority.Host);
        await page.GetByLabel("Proxy URI path").FillAsync(ScriptedProxy.UriPath);
        await page.GetByLabel("Access key ID").FillAsync(OtherAccessKeyId);
        await page.GetByLabel("Raw secret access key").FillAsync(OtherSecret);
        await check.RequireGoodAsync();
        await ClickAsync(page, "Create external key store");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("XksProxyIncorrectAuthenticationCredentialException");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Enter the credential that the proxy knows.");
        await Expect(page.GetByLabel("Proxy URI path")).ToHaveValueAsync(ScriptedProxy.UriPath);
        await Expect(page.GetByLabel("Raw secret access key")).ToHaveValueAsync("");
        await check.RequireGoodAsync();
        Assert.Empty(server.Engine.Execute(new DescribeCustomKeyStoresRequest()).CustomKeyStores);
        await EnterCredentialAsync(page, ScriptedProxy.AccessKeyId, ScriptedProxy.Secret, "Create external key store");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("outside");

        Volatile.Write(ref known, OtherAccessKeyId);
        await ClickAsync(page, "Connect");
        await Expect(page.Locator("main")).ToContainTextAsync("Connection error: INVALID_CREDENTIALS");
        await Expect(page.Locator("main")).ToContainTextAsync("The external key store proxy does not accept");
        await check.RequireGoodAsync();
        await page.GetByText("Disconnect the custom key store.").ClickAsync();
        await check.RequireGoodAsync();
        await page.GetByLabel("To confirm, enter").FillAsync("disconnect");
        await ClickAsync(page, "Disconnect");
        await check.RequireGoodAsync();
        await EnterCredentialAsync(page, OtherAccessKeyId, OtherSecret, "Save changes");
        await ClickAsync(page, "Connect");
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The custom key store is connected.");
        await check.RequireGoodAsync();

        CustomKeyStoresListEntry store = Assert.Single(server.Engine.Execute(new DescribeCustomKeyStoresRequest()).CustomKeyStores);
        Assert.Equal((ConnectionStateType.CONNECTED, OtherAccessKeyId), (store.ConnectionState, store.XksProxyConfiguration!.AccessKeyId));
        KeyMetadata key = server.Engine.Execute(new CreateKeyRequest
        {
            Origin = "EXTERNAL_KEY_STORE", CustomKeyStoreId = store.CustomKeyStoreId, XksKeyId = "key-1",
        }).KeyMetadata;
        Assert.Equal(KeyState.Enabled, key.KeyState);

        await page.GotoAsync(new Uri(server.Url, $"/console/us-east-1/key-stores/{store.CustomKeyStoreId}/edit").ToString());
        await Expect(page.GetByLabel("Proxy URI endpoint")).ToBeDisabledAsync();
        await page.GetByLabel("Custom key store name").FillAsync("renamed");
        await ClickAsync(page, "Save changes");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("renamed");
        await page.GotoAsync(new Uri(server.Url, "/console/us-east-1/key-stores").ToString());
        await Expect(page.GetByRole(AriaRole.Table)).ToContainTextAsync("https://" + TestAuthority.Host + ScriptedProxy.UriPath);
        await check.RequireGoodAsync();
        await check.RequireNoSecretsAsync();
    }

    private static async Task SetAddressAsync(ConsoleServer server, IPage page, PageCheck check, int port)
    {
        const string service = "com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0";
        await page.GotoAsync(new Uri(server.Url, "/console/us-east-1/key-stores/proxies").ToString());
        await check.RequireGoodAsync();
        await page.GetByLabel("Host of the proxy").FillAsync(TestAuthority.Host);
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync("127.0.0.1");
        await page.GetByLabel("Port", new() { Exact = true }).FillAsync("99999");
        await page.GetByLabel("Milliseconds to answer").FillAsync("20000");
        await page.GetByLabel("Trusted root certificates").FillAsync(TestAuthority.Trusted.Pem);
        await ClickAsync(page, "Save address");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Port 99999 is not between 1 and 65535.");
        await page.GetByLabel("Port", new() { Exact = true }).FillAsync($"{port}");
        await ClickAsync(page, "Save address");
        await Expect(page.GetByRole(AriaRole.Table)).ToContainTextAsync(TestAuthority.Host);
        await page.GetByLabel("Service name").FillAsync(service);
        await page.GetByLabel("Private DNS name", new() { Exact = true }).FillAsync(TestAuthority.Host);
        await page.GetByLabel("Allowed principals").FillAsync("nobody");
        await ClickAsync(page, "Save service");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync($"The service {service} is saved.");
        await check.RequireGoodAsync();
        Assert.Empty(Assert.Single(server.Engine.ExternalKeyStores.ListServices()).AllowedPrincipals!.Value);
        await page.GetByRole(AriaRole.Link, new() { Name = $"Edit {service}" }).ClickAsync();
        await page.GetByLabel("Availability Zones").FillAsync("3");
        await ClickAsync(page, "Save service");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is saved.");
        VpcEndpointService edited = Assert.Single(server.Engine.ExternalKeyStores.ListServices());
        Assert.Equal((3, TestAuthority.Host, 0), (edited.AvailabilityZones, edited.PrivateDnsName, edited.AllowedPrincipals!.Value.Length));
        await ClickAsync(page, $"Remove {service}");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is removed.");
        Assert.Empty(server.Engine.ExternalKeyStores.ListServices());
    }

    private static async Task EnterCredentialAsync(IPage page, string accessKeyId, string secret, string button)
    {
        await page.GetByLabel("Access key ID").FillAsync(accessKeyId);
        await page.GetByLabel("Raw secret access key").FillAsync(secret);
        await ClickAsync(page, button);
    }

    private static Task ClickAsync(IPage page, string button) =>
        page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
}
