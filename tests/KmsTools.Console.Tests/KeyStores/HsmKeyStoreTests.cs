using KmsTools.KeyStores;
using KmsTools.Operations;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace KmsTools.WebConsole.KeyStores;

/// <summary>A custom key store on HSMs, from its creation to its end.</summary>
public sealed class HsmKeyStoreTests(Browser browser)
{
    private const string Wrong = "wrong-password-1";

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connect_RefusedPassword_SaysWhoSetsAnotherWhereConnectsChangeIt(bool isManaged)
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        HsmClusterDescription cluster = HsmLab.NewCluster(server.Engine);
        server.Engine.HsmClusters.Configure(cluster.ClusterId, managePassword: isManaged);
        string id = server.Engine.Execute(new CreateCustomKeyStoreRequest
        {
            CustomKeyStoreName = "ledger",
            CloudHsmClusterId = cluster.ClusterId,
            KeyStorePassword = Wrong,
            TrustAnchorCertificate = cluster.TrustAnchorCertificate,
        }).CustomKeyStoreId;
        server.Engine.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = id });
        using Visitor visitor = await Visitor.SignInAsync(server);

        string html = await visitor.ReadAsync($"/console/us-east-1/key-stores/{id}");

        string[] managed =
        [
            "Each connect changes the password of the crypto user, and only the key store knows the last one. If these HSMs are copies, let it "
                + "use the ones that it was connected to, and leave the password as it is.",
            "If they are those, have the security officer of the HSMs set another password of the crypto user.",
        ];
        Assert.Contains("Edit the key store password: enter the password that the crypto user has now.", html, StringComparison.Ordinal);
        Assert.All(managed, cure => Assert.Equal(isManaged, html.Contains(cure, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Connect_WithAWrongPassword_ShowsTheCureThatConnects()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        HsmClusterDescription cluster = HsmLab.NewCluster(server.Engine);
        IPage page = await browser.SignInAsync(server);
        PageCheck check = new(page, Wrong, HsmLab.Pin);

        await page.GotoAsync(new Uri(server.Url, "/console/us-east-1/key-stores").ToString());
        await Expect(page.Locator("main")).ToContainTextAsync("This Region has no custom key stores.");
        await page.GetByText("Create AWS CloudHSM key store").ClickAsync();
        await page.GetByLabel("Custom key store name").FillAsync("ledger");
        await page.GetByLabel("Cluster", new() { Exact = true }).SelectOptionAsync(cluster.ClusterId);
        await page.GetByLabel("Key store password").FillAsync("short");
        await check.RequireGoodAsync();
        await page.GetByLabel("Key store password").FillAsync(Wrong);
        await ClickAsync(page, "Create custom key store");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("ledger");
        await check.RequireGoodAsync();

        await ClickAsync(page, "Connect");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The connect has failed.");
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 2 }).First).ToHaveTextAsync("Connection error: INVALID_CREDENTIALS");
        await Expect(page.Locator("main")).ToContainTextAsync(
            "The key store password is not the password that the crypto user has in the HSMs.");
        await check.RequireGoodAsync();
        CustomKeyStoresListEntry store = Assert.Single(server.Engine.Execute(new DescribeCustomKeyStoresRequest()).CustomKeyStores);
        Assert.Equal(ConnectionErrorCodeType.INVALID_CREDENTIALS, store.ConnectionErrorCode);

        await page.GotoAsync(new Uri(server.Url, $"/console/us-east-1/key-stores/{store.CustomKeyStoreId}/edit").ToString());
        await Expect(page.Locator("main")).ToContainTextAsync("In connection state FAILED nothing can be edited.");
        await Expect(page.GetByLabel("Key store password")).ToBeDisabledAsync();
        await page.GoBackAsync();
        await page.GetByText("Disconnect the custom key store.").ClickAsync();
        await ConfirmAsync(page, "disconect", "Disconnect");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nothing was done.");
        Assert.Equal(ConnectionStateType.FAILED, StateOf(server, store));
        await ConfirmAsync(page, "disconnect", "Disconnect");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Edit it now, and connect it afterwards.");
        await check.RequireGoodAsync();
        await page.GetByLabel("Key store password").FillAsync(HsmLab.Pin);
        await ClickAsync(page, "Save changes");
        await ClickAsync(page, "Connect");
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The custom key store is connected.");
        Assert.Equal(ConnectionStateType.CONNECTED, StateOf(server, store));

        string keyId = server.Engine.Execute(
            new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = store.CustomKeyStoreId }).KeyMetadata.KeyId;
        await page.ReloadAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("It has 1 KMS key, of any state.");
        await Expect(page.GetByText("List the KMS keys in this custom key store")).ToHaveAttributeAsync(
            "href", $"/console/us-east-1/keys?store={store.CustomKeyStoreId}");
        await check.RequireGoodAsync();
        await check.RequireNoSecretsAsync();

        await DisconnectAndDeleteAsync(server, page, check, store, keyId);
    }

    private static async Task DisconnectAndDeleteAsync(
        ConsoleServer server, IPage page, PageCheck check, CustomKeyStoresListEntry store, string keyId)
    {
        await page.GetByText("Disconnect", new() { Exact = true }).ClickAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("1 KMS key in it cannot be used until");
        await Expect(page.GetByRole(AriaRole.Table)).ToContainTextAsync(keyId);
        await check.RequireGoodAsync();
        await ConfirmAsync(page, "disconnect", "Disconnect");
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The custom key store is disconnected.");
        Assert.Equal(KeyState.Unavailable, server.Engine.Execute(new DescribeKeyRequest { KeyId = keyId }).KeyMetadata.KeyState);

        await page.GetByText("Delete", new() { Exact = true }).ClickAsync();
        await check.RequireGoodAsync();
        await ConfirmAsync(page, "ledger", "Delete custom key store");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("CustomKeyStoreHasCMKsException");
        await check.RequireGoodAsync();
        Assert.Single(server.Engine.Execute(new DescribeCustomKeyStoresRequest()).CustomKeyStores);

        server.Engine.Execute(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 });
        server.Engine.StepClock(server.Engine.UtcNow + TimeSpan.FromDays(8));
        await page.GotoAsync(new Uri(server.Url, $"/console/us-east-1/key-stores/{store.CustomKeyStoreId}/delete").ToString());
        await ConfirmAsync(page, store.CustomKeyStoreId, "Delete custom key store");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nothing was done.");
        await ConfirmAsync(page, "ledger", "Delete custom key store");
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The custom key store ledger is deleted.");
        Assert.Empty(server.Engine.Execute(new DescribeCustomKeyStoresRequest()).CustomKeyStores);
        await check.RequireNoSecretsAsync();
    }

    private static ConnectionStateType StateOf(ConsoleServer server, CustomKeyStoresListEntry store) => server.Engine.Execute(
        new DescribeCustomKeyStoresRequest { CustomKeyStoreId = store.CustomKeyStoreId }).CustomKeyStores[0].ConnectionState;

    private static async Task ConfirmAsync(IPage page, string word, string button)
    {
        await page.GetByLabel("To confirm, enter").FillAsync(word);
        await ClickAsync(page, button);
    }

    private static Task ClickAsync(IPage page, string button) =>
        page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
}
