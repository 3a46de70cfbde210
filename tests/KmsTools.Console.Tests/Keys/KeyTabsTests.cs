using System.Net;
using KmsTools.Operations;
using Microsoft.Playwright;

namespace KmsTools.WebConsole.Keys;

/// <summary>Tags, grants and events of a key in the browser, with what others may have written into them.</summary>
public sealed class KeyTabsTests(Browser browser)
{
    private const string Script = "<script>document.title='owned'</script><img src=x onerror=\"document.title='owned'\">";

    [Fact]
    public async Task Tags_AreAddedChangedAndRemoved_AndAreText()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KeyMetadata key = server.CreateKey();
        IPage page = await browser.SignInAsync(server, width: 360);

        await page.OpenAsync(server.UrlOf(key.KeyId, "tags"));
        await SaveTagAsync(page, "team", "blue");
        await Assertions.Expect(page.Note()).ToHaveTextAsync("The tag team is saved.");
        await SaveTagAsync(page, "team", Script);
        await SaveTagAsync(page, "aws:forbidden", "value");
        await Assertions.Expect(page.Alert()).ToContainTextAsync("TagException");
        await Assertions.Expect(page.GetByLabel("Tag key")).ToHaveValueAsync("aws:forbidden");
        await Browser.RequireAccessibleAsync(page);
        Assert.Equal([("team", Script)], Tags(server, key));
        Assert.Equal(["team", Script], (await page.Locator("tbody tr").CellsAsync())[..2]);
        Assert.NotEqual("owned", await page.TitleAsync());

        await page.ClickButtonAsync("Remove tag team");
        await Assertions.Expect(page.Note()).ToHaveTextAsync("The tag team is removed.");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("The key has no tags.");
        Assert.Empty(Tags(server, key));
        Assert.True(await page.EvaluateAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"));
    }

    [Fact]
    public async Task Grants_AreCreatedListedRevokedAndRetired()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KeyMetadata key = server.CreateKey();
        string bob = $"arn:aws:iam::{server.Account}:user/bob";
        IPage page = await browser.SignInAsync(server);

        await page.OpenAsync(server.UrlOf(key.KeyId, "grants"));
        await page.GetByRole(AriaRole.Link, new() { Name = "Create grant" }).ClickAsync();
        await Browser.RequireAccessibleAsync(page);
        await Assertions.Expect(page.GetByLabel("Sign", new() { Exact = true })).ToHaveCountAsync(0);
        await page.GetByLabel("Grantee principal").FillAsync(bob);
        await page.GetByLabel("Encryption context, one pair").FillAsync("order=4711\ncustomer=a=b");
        await page.ClickButtonAsync("Create grant");
        await Assertions.Expect(page.Alert()).ToContainTextAsync("You must specify at least one operation.");
        await Assertions.Expect(page.GetByLabel("Encryption context, one pair")).ToHaveValueAsync("order=4711\ncustomer=a=b");
        await page.GetByLabel("Decrypt", new() { Exact = true }).CheckAsync();
        await page.GetByLabel("Encrypt", new() { Exact = true }).CheckAsync();
        await page.GetByLabel("Encryption context equals").CheckAsync();
        await page.GetByLabel("Retiring principal").FillAsync(Caller.LocalUser(server.Engine.Properties.AccountId).PrincipalArn);
        await page.GetByLabel("Name (optional)").FillAsync("orders");
        await page.ClickButtonAsync("Create grant");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The grant is created");
        await Browser.RequireAccessibleAsync(page);
        GrantListEntry grant = Assert.Single(server.Engine.Execute(new ListGrantsRequest { KeyId = key.KeyId }).Grants);
        Assert.Equal((bob, "orders"), (grant.GranteePrincipal, grant.Name));
        Assert.Equal([GrantOperation.Decrypt, GrantOperation.Encrypt], grant.Operations.Order());
        Assert.Equal(
            [("customer", "a=b"), ("order", "4711")],
            grant.Constraints!.EncryptionContextEquals!.Select(static pair => (pair.Key, pair.Value)).Order());
        Assert.Equal(grant.GrantId, await page.Locator("#grant-id").InnerTextAsync());

        await page.OpenAsync(server.UrlOf(key.KeyId, "grants"));
        string[] cells = await page.Locator("tbody tr").CellsAsync();
        Assert.Equal([$"{grant.GrantId[..12]}...", "orders", bob, "Decrypt, Encrypt"], cells[..4]);
        Assert.Contains("customer=a=b", cells[4], StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Link, new() { Name = $"Revoke grant {grant.GrantId}" }).ClickAsync();
        await Browser.RequireAccessibleAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "retire the grant" }).ClickAsync();
        await page.GetByLabel("To confirm, enter retire").FillAsync("retire");
        await page.ClickButtonAsync("Retire grant");
        await Assertions.Expect(page.Note()).ToHaveTextAsync("The grant is retired.");
        Assert.Single(server.EventsOf(key.KeyId, "RetireGrant"));

        string second = server.Engine.Execute(
            new CreateGrantRequest { KeyId = key.KeyId, GranteePrincipal = bob, Operations = ["Encrypt"] }).GrantId;
        await page.GotoAsync(server.UrlOf(key.KeyId, $"grants/{second}/revoke"));
        await page.GetByLabel("To confirm, enter revoke").FillAsync("revoke");
        await page.ClickButtonAsync("Revoke grant");
        await Assertions.Expect(page.Note()).ToHaveTextAsync("The grant is revoked.");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("The key has no grants.");
        Assert.Empty(server.Engine.Execute(new ListGrantsRequest { KeyId = key.KeyId }).Grants);
    }

    [Fact]
    public async Task Grants_OfManyAndTheirNames_ArePagedAndText()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KeyMetadata key = server.CreateKey();
        using Visitor visitor = await Visitor.SignInAsync(server);
        string path = $"/console/us-east-1/keys/{key.KeyId}/grants";

        // AWS lets no markup into names of grants: the engine refuses it, and the form shows it as text.
        HttpResponseMessage refused = await visitor.ActAsync(
            $"{path}/create", "create", ("grantee", $"arn:aws:iam::{server.Account}:user/bob"), ("operation", "Encrypt"), ("name", Script));
        Assert.Equal(HttpStatusCode.BadRequest, refused.StatusCode);
        string form = await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("ValidationException", form, StringComparison.Ordinal);
        Assert.DoesNotContain("<script>document", form, StringComparison.Ordinal);
        Assert.DoesNotContain("<img", form, StringComparison.Ordinal);

        for (int number = 0; number < 60; number++)
        {
            server.Engine.Execute(new CreateGrantRequest
            {
                KeyId = key.KeyId,
                GranteePrincipal = $"arn:aws:iam::{server.Account}:user/u{number}",
                Operations = ["Encrypt"],
                Constraints = new GrantConstraints
                {
                    EncryptionContextSubset = new Dictionary<string, string> { ["note"] = Script },
                },
            });
        }

        string first = await visitor.ReadAsync(path);
        Assert.DoesNotContain("<img", first, StringComparison.Ordinal);
        string next = WebUtility.HtmlDecode(first.Split("<a href=\"").Single(static part => part.Contains("Next page of grants")).Split('"')[0]);
        string second = await visitor.ReadAsync(next);
        Assert.Contains("First page of grants", second, StringComparison.Ordinal);
        Assert.Equal((50, 10), (Rows(first), Rows(second)));
        Assert.Empty(Grantees(first).Intersect(Grantees(second)));
    }

    [Fact]
    public async Task Events_AreNewestFirstFilteredPagedAndText()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KeyMetadata key = server.CreateKey();
        for (int number = 0; number < 70; number++)
        {
            server.Engine.Execute(new GetKeyPolicyRequest { KeyId = key.KeyId });
        }

        Caller stranger = Caller.LocalUser(server.Engine.Properties.AccountId) with { UserAgent = Script };
        server.Engine.Execute(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] }, stranger);
        IPage page = await browser.SignInAsync(server);

        await page.OpenAsync(server.UrlOf(key.KeyId, "events"));
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(50);
        ILocator newest = page.Locator("tbody tr").First;
        Assert.Equal([KeyTabs.Shown(server.Engine.UtcNow), "Encrypt", stranger.PrincipalArn, "-"], (await newest.CellsAsync())[..4]);
        await newest.Locator("summary").ClickAsync();
        await Assertions.Expect(newest.Locator("pre")).ToContainTextAsync("<script>document.title='owned'</script>");
        await Browser.RequireAccessibleAsync(page);
        Assert.NotEqual("owned", await page.TitleAsync());

        // All of them have the same time, and the listing is not an event itself.
        await page.GetByRole(AriaRole.Link, new() { Name = "Older events" }).ClickAsync();
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(22);
        await Assertions.Expect(page.Locator("tbody tr").Last).ToContainTextAsync("CreateKey");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Older events" })).ToHaveCountAsync(0);

        await page.GetByLabel("Event name").FillAsync("createkey");
        await page.ClickButtonAsync("Filter");
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(1);
        await page.GetByLabel("Event name").FillAsync("Nothing");
        await page.ClickButtonAsync("Filter");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("There are no events of the key with the name Nothing.");
        await Browser.RequireAccessibleAsync(page);
    }

    private static async Task SaveTagAsync(IPage page, string key, string value)
    {
        await page.GetByLabel("Tag key").FillAsync(key);
        await page.GetByLabel("Tag value").FillAsync(value);
        await page.ClickButtonAsync("Save the tag");
    }

    private static IEnumerable<(string?, string?)> Tags(ConsoleServer server, KeyMetadata key) =>
        server.Engine.Execute(new ListResourceTagsRequest { KeyId = key.KeyId }).Tags.Select(static tag => (tag.TagKey, tag.TagValue));

    private static int Rows(string page) => page.Split("aria-label=\"Revoke grant ").Length - 1;

    private static IEnumerable<string> Grantees(string page) =>
        page.Split("user/u").Skip(1).Select(static part => part.Split('<')[0]);
}
