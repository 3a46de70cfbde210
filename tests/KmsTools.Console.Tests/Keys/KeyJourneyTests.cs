using KmsTools.Operations;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace KmsTools.WebConsole;

/// <summary>Journeys over the pages about keys, in a browser.</summary>
public sealed class KeyJourneyTests(Browser browser)
{
    private const string Script = "<script>alert(1)</script>\"><img src=x onerror=alert(2)>";

    [Fact]
    public async Task Key_IsCreatedByKeyboard_IsFoundSortedDisabledAndEnabled()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        for (int i = 0; i < 3; i++)
        {
            Create(server, $"other {i}");
        }

        IPage page = await browser.SignInAsync(server);
        await page.GotoAsync(Url(server, "keys/create"));
        await Browser.RequireAccessibleAsync(page);
        await page.GetByLabel("Key usage and key spec").FocusAsync();
        await page.Keyboard.TypeAsync("Sign and verify: ECC_NIST_P256");
        await TabToAsync(page, "alias");
        await page.Keyboard.TypeAsync("orders");
        await TabToAsync(page, "description");
        await page.Keyboard.TypeAsync(Script);
        await TabToAsync(page, "tag-key-1");
        await page.Keyboard.TypeAsync("team");
        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.TypeAsync("shop");
        await page.Keyboard.PressAsync("Enter");

        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is created.");
        await Expect(page.Locator("main")).ToContainTextAsync(Script);
        await Expect(page.Locator("main img, main script")).ToHaveCountAsync(0);
        await Browser.RequireAccessibleAsync(page);
        KeyMetadata key = server.Engine.Execute(new DescribeKeyRequest { KeyId = "alias/orders" }).KeyMetadata;
        Assert.Equal((KeySpec.ECC_NIST_P256, KeyUsageType.SIGN_VERIFY, Script), (key.KeySpec, key.KeyUsage, key.Description));
        Assert.Equal("shop", server.Engine.Execute(new ListResourceTagsRequest { KeyId = key.KeyId }).Tags.Single().TagValue);

        await page.GetByRole(AriaRole.Link, new() { Name = "Customer managed keys", Exact = true }).First.ClickAsync();
        await page.GetByLabel("Alias, key ID or description").FillAsync("ORDERS");
        await page.Keyboard.PressAsync("Enter");
        ILocator rows = page.Locator("table.keys tbody tr");
        await Expect(rows).ToHaveCountAsync(1);
        await Expect(rows).ToContainTextAsync(Script);
        await Expect(page.Locator("main img, main script")).ToHaveCountAsync(0);
        await Browser.RequireAccessibleAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "Clear filters" }).ClickAsync();
        await Expect(rows).ToHaveCountAsync(4);
        await page.GetByRole(AriaRole.Link, new() { Name = "Alias", Exact = true }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Columnheader, new() { Name = "Alias" })).ToHaveAttributeAsync("aria-sort", "ascending");
        await Expect(rows.First).ToContainTextAsync("alias/orders");

        await rows.First.GetByRole(AriaRole.Link).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The key is disabled.");
        Assert.Equal(KeyState.Disabled, State(server, key.KeyId));
        await page.GetByRole(AriaRole.Button, new() { Name = "Enable" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The key is enabled.");
        Assert.Equal(KeyState.Enabled, State(server, key.KeyId));
    }

    [Fact]
    public async Task Deletion_IsScheduledWithTheId_CanBeCancelledAndHappensAtItsTime()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string key = Create(server, "to go");
        server.Engine.Execute(new CreateAliasRequest { AliasName = "alias/old", TargetKeyId = key });
        server.Engine.Execute(new EncryptRequest { KeyId = key, Plaintext = new byte[8] });
        IPage page = await browser.SignInAsync(server);
        await page.GotoAsync(Url(server, $"keys/{key}"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Schedule key deletion" }).ClickAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("alias/old");
        await Expect(page.Locator("main")).ToContainTextAsync("(Encrypt)");
        await Browser.RequireAccessibleAsync(page);

        await page.GetByLabel("Waiting period").FillAsync("9");
        await page.GetByLabel("To confirm, enter").FillAsync("alias/old");
        await page.GetByRole(AriaRole.Button, new() { Name = "Schedule key deletion" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nothing was done.");
        await Expect(page.GetByLabel("Waiting period")).ToHaveValueAsync("9");
        await Browser.RequireAccessibleAsync(page);
        Assert.Equal(KeyState.Enabled, State(server, key));

        await page.GetByLabel("To confirm, enter").FillAsync(key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Schedule key deletion" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The key is scheduled for deletion on ");
        await Expect(page.GetByText("Pending deletion").First).ToBeVisibleAsync();
        await Browser.RequireAccessibleAsync(page);
        Assert.Equal(KeyState.PendingDeletion, State(server, key));

        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel key deletion" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The deletion is cancelled.");
        Assert.Equal(KeyState.Disabled, State(server, key));

        await page.GotoAsync(Url(server, $"keys/{key}/schedule-deletion"));
        await page.GetByLabel("Waiting period").FillAsync("7");
        await page.GetByLabel("To confirm, enter").FillAsync(key);
        await page.GetByRole(AriaRole.Button, new() { Name = "Schedule key deletion" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("scheduled for deletion");
        server.Engine.StepClock(server.Engine.UtcNow.AddDays(7));
        await page.ReloadAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("NotFoundException");
        await Browser.RequireAccessibleAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "The list shows the keys of this Region." }).ClickAsync();
        await Expect(page.Locator("caption")).ToHaveTextAsync("0 keys");
    }

    [Fact]
    public async Task Keys_AreSelected_AreDisabledAndScheduledForDeletionTogether()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string[] keys = [Create(server, "first"), Create(server, "second"), Create(server, "third")];
        IPage page = await browser.SignInAsync(server);
        await page.GotoAsync(Url(server, "keys"));
        await page.GetByRole(AriaRole.Button, new() { Name = "Disable selected" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Select the keys first.");
        await page.GetByLabel($"Select {keys[0]}").CheckAsync();
        await page.GetByLabel($"Select {keys[2]}").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Disable selected" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("2 keys are disabled.");
        Assert.Equal([KeyState.Disabled, KeyState.Enabled, KeyState.Disabled], keys.Select(key => State(server, key)));

        await page.GetByLabel($"Select {keys[0]}").CheckAsync();
        await page.GetByLabel($"Select {keys[1]}").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Schedule deletion of selected" }).ClickAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("second");
        await Expect(page.Locator("main")).Not.ToContainTextAsync("third");
        await Browser.RequireAccessibleAsync(page);
        await page.GetByLabel("To confirm, enter").FillAsync("delete 2 keys");
        await page.GetByRole(AriaRole.Button, new() { Name = "Schedule key deletion" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("2 keys are scheduled for deletion.");
        Assert.Equal(
            [KeyState.PendingDeletion, KeyState.PendingDeletion, KeyState.Disabled], keys.Select(key => State(server, key)));
        await Browser.RequireAccessibleAsync(page);
    }

    [Fact]
    public async Task Tabs_OneIsStale_GetsTheAnswerOfTheEngine()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string key = Create(server, "shared");
        IPage first = await browser.SignInAsync(server);
        await first.GotoAsync(Url(server, $"keys/{key}"));
        IPage second = await first.Context.NewPageAsync();
        await second.GotoAsync(Url(server, $"keys/{key}/schedule-deletion"));
        await second.GetByLabel("To confirm, enter").FillAsync(key);
        await second.GetByRole(AriaRole.Button, new() { Name = "Schedule key deletion" }).ClickAsync();
        await Expect(second.GetByRole(AriaRole.Status)).ToContainTextAsync("scheduled for deletion");

        await first.GetByRole(AriaRole.Button, new() { Name = "Disable" }).ClickAsync();
        await Expect(first.GetByRole(AriaRole.Alert)).ToContainTextAsync("KMSInvalidStateException");
        await Expect(first.GetByRole(AriaRole.Button, new() { Name = "Cancel key deletion" })).ToBeVisibleAsync();
        await Browser.RequireAccessibleAsync(first);
        Assert.Equal(KeyState.PendingDeletion, State(server, key));
    }

    [Fact]
    public async Task Aliases_AreCreatedPointedElsewhereAndDeleted()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string key = Create(server, "first");
        string other = Create(server, "second");
        IPage page = await browser.SignInAsync(server);
        await page.GotoAsync(Url(server, $"keys/{key}/aliases"));
        await Browser.RequireAccessibleAsync(page);
        await page.GetByLabel("Alias", new() { Exact = true }).FillAsync("no good");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create alias" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("ValidationException");
        await Expect(page.GetByLabel("Alias", new() { Exact = true })).ToHaveValueAsync("no good");
        foreach (string alias in (string[])["orders", "alias/bills"])
        {
            await page.GetByLabel("Alias", new() { Exact = true }).FillAsync(alias);
            await page.GetByRole(AriaRole.Button, new() { Name = "Create alias" }).ClickAsync();
            await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is created.");
        }

        await page.GetByRole(AriaRole.Link, new() { Name = "Change or delete alias/orders" }).ClickAsync();
        await Browser.RequireAccessibleAsync(page);
        await page.GetByLabel("Key ID or key ARN of the other key").FillAsync(other);
        await page.GetByRole(AriaRole.Button, new() { Name = "Point to this key" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync($"alias/orders points to {other} now.");
        Assert.Equal(other, server.Engine.Execute(new DescribeKeyRequest { KeyId = "alias/orders" }).KeyMetadata.KeyId);

        await page.GetByRole(AriaRole.Link, new() { Name = "Change or delete alias/bills" }).ClickAsync();
        await page.GetByLabel("To confirm, enter").FillAsync("alias/orders");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete alias" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nothing was done.");
        await page.GetByLabel("To confirm, enter").FillAsync("alias/bills");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete alias" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("alias/bills is deleted.");
        await Expect(page.Locator("main")).ToContainTextAsync("The key has no aliases.");
        await Browser.RequireAccessibleAsync(page);
    }

    [Fact]
    public async Task MultiRegionKey_IsReplicatedAndItsPrimaryIsChanged()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        IPage page = await browser.SignInAsync(server);
        await page.GotoAsync(Url(server, "keys/create"));
        await page.GetByLabel("Multi-Region key").CheckAsync();
        await page.GetByLabel("Alias", new() { Exact = true }).FillAsync("aws/not-mine");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create key" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is created, but not its alias: NotAuthorizedException");
        string key = server.Engine.Execute(new ListKeysRequest()).Keys.Single().KeyId;
        Assert.StartsWith("mrk-", key, StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Link, new() { Name = "Regionality" }).ClickAsync();
        await Browser.RequireAccessibleAsync(page);
        await page.GetByLabel("Region of the replica").FillAsync("eu-west-1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create replica key" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The replica arn:aws:kms:eu-west-1:");
        await Browser.RequireAccessibleAsync(page);
        await page.GetByRole(AriaRole.Button, new() { Name = "Change primary Region" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The primary key is in eu-west-1 now.");
        Assert.Equal(
            "eu-west-1",
            server.Engine.Execute(new DescribeKeyRequest { KeyId = key }).KeyMetadata.MultiRegionConfiguration!.PrimaryKey.Region);
        await page.GetByRole(AriaRole.Link, new() { Name = "eu-west-1" }).First.ClickAsync();
        await Expect(page.GetByRole(AriaRole.Button, new() { Name = "Create replica key" })).ToBeVisibleAsync();
    }

    [Fact]
    public async Task Pages_AreNarrowAndDark_NeedNoScrollingSidewaysAndAreAccessible()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string key = Create(server, new string('w', 200));
        string alias = "alias/" + new string('w', 200);
        server.Engine.Execute(new CreateAliasRequest { AliasName = alias, TargetKeyId = key });
        server.Engine.Execute(new DescribeKeyRequest { KeyId = "alias/aws/s3" });
        IPage page = await browser.SignInAsync(server, width: 360, scheme: ColorScheme.Dark);
        string[] paths =
        [
            "keys?sort=alias", "keys/create", $"keys/{key}", $"keys/{key}/alias?name={alias}", $"keys/{key}/description",
            $"keys/{key}/schedule-deletion", $"keys/schedule-deletion?key={key}",
        ];
        foreach (string path in paths)
        {
            await page.GotoAsync(Url(server, path));
            int width = await page.EvaluateAsync<int>("document.documentElement.scrollWidth");
            Assert.True(width <= 360, $"{path} is {width} pixels wide.");
            await Browser.RequireAccessibleAsync(page);
        }

        await page.GotoAsync(Url(server, "aws-managed-keys"));
        await Expect(page.Locator("main")).ToContainTextAsync("alias/aws/s3");
        await page.GotoAsync(Url(server, $"keys/{key}/description"));
        await page.GetByLabel("Description").FillAsync("short");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The description is changed.");
        Assert.Equal("short", server.Engine.Execute(new DescribeKeyRequest { KeyId = key }).KeyMetadata.Description);
    }

    private static string Url(ConsoleServer server, string path) => new Uri(server.Url, $"/console/us-east-1/{path}").ToString();

    private static string Create(ConsoleServer server, string description) =>
        server.Engine.Execute(new CreateKeyRequest { Description = description }).KeyMetadata.KeyId;

    private static KeyState State(ConsoleServer server, string keyId) =>
        server.Engine.Execute(new DescribeKeyRequest { KeyId = keyId }).KeyMetadata.KeyState;

    // As someone who has no pointer: one field after the other, until it is the one.
    private static async Task TabToAsync(IPage page, string id)
    {
        for (int i = 0; i < 20; i++)
        {
            await page.Keyboard.PressAsync("Tab");
            if (await page.EvaluateAsync<string>("document.activeElement.id") == id)
            {
                return;
            }
        }

        Assert.Fail($"The keyboard does not reach {id}.");
    }
}
