using System.Net;
using KmsTools.Operations;
using Microsoft.Playwright;

namespace KmsTools.WebConsole.Principals;

/// <summary>Users, roles and groups, and their access keys.</summary>
public sealed class PrincipalsTests(Browser browser)
{
    private const string Path = "/console/us-east-1/principals";
    private const string Policy = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:ListKeys","Resource":"*"}}""";

    [Fact]
    public async Task User_IsCreatedSignsInAndIsDeleted()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        server.Engine.Principals.Create(PrincipalType.Group, "auditors", PrincipalSettings.None);
        IPage page = await browser.SignInAsync(server);
        await page.GetByRole(AriaRole.Link, new() { Name = "Principals" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Create user" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("alice");
        await page.GetByLabel("auditors").CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Create user" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("alice");
        Principal alice = server.Engine.Principals.Find(PrincipalType.User, "alice")!;
        Assert.Equal(["auditors"], alice.Groups);
        Assert.Empty(alice.Policies);

        await page.GetByRole(AriaRole.Link, new() { Name = "Add policy" }).ClickAsync();
        await page.GetByLabel("Name of the policy").FillAsync("list");
        await page.GetByLabel("Policy", new() { Exact = true }).FillAsync("{ \"Statement\": \"<script>\" }");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save policy" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("MalformedPolicyDocument");
        await Assertions.Expect(page.GetByLabel("Policy", new() { Exact = true })).ToHaveValueAsync("{ \"Statement\": \"<script>\" }");
        await page.GetByLabel("Policy", new() { Exact = true }).FillAsync(Policy);
        await page.GetByRole(AriaRole.Button, new() { Name = "Save policy" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The policy list is saved.");

        await page.GetByRole(AriaRole.Button, new() { Name = "Create access key" }).ClickAsync();
        string id = await page.Locator("#new-access-key-id").InnerTextAsync();
        string secret = await page.Locator("#new-secret").InnerTextAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Copy secret access key" })).ToBeVisibleAsync();
        await Browser.RequireAccessibleAsync(page);
        Assert.DoesNotContain(secret, page.Url, StringComparison.Ordinal);
        await page.GotoAsync(page.Url);
        Assert.DoesNotContain(secret, await page.ContentAsync(), StringComparison.Ordinal);
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync(id);

        IPage her = await browser.NewPageAsync(server);
        await her.GotoAsync(new Uri(server.Url, "/console").ToString());
        await her.GetByLabel("Access key ID").FillAsync(id);
        await her.GetByLabel("Secret access key").FillAsync(secret);
        await her.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(her.Locator(".who")).ToHaveTextAsync("user/alice");
        await Assertions.Expect(her.GetByRole(AriaRole.Link, new() { Name = "Principals" })).ToHaveCountAsync(0);

        await page.GetByRole(AriaRole.Link, new() { Name = "Delete user" }).ClickAsync();
        await Assertions.Expect(page.Locator(".warning")).ToContainTextAsync($"1 access key: {id}");
        await Assertions.Expect(page.Locator(".warning")).ToContainTextAsync("1 membership: auditors");
        await Browser.RequireAccessibleAsync(page);
        await page.GetByLabel("To confirm").FillAsync("bob");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete user" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nothing was done.");
        await page.GetByLabel("To confirm").FillAsync("alice");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete user" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The user alice is deleted.");
        Assert.Null(server.Engine.Principals.Find(PrincipalType.User, "alice"));
        Assert.Empty(server.Engine.AccessKeys.List());
        await her.ReloadAsync();
        await Assertions.Expect(her.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Sign in");
    }

    [Fact]
    public async Task Role_IsChanged_HasWhatWasEntered()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        string trust = $$$"""{"Statement":{"Effect":"Allow","Principal":{"AWS":"{{{server.Account}}}"},"Action":"sts:AssumeRole"}}""";
        Assert.Equal(
            HttpStatusCode.Redirect,
            (await visitor.ActAsync(
                Path + "/create?type=roles", "create",
                ("name", "de+ploy"), ("path", "/ops/"), ("trust", trust), ("policy-name", "list"), ("policy", Policy))).StatusCode);
        const string page = Path + "/roles/de%2Bploy";
        Assert.Contains("/ops/de&#x2B;ploy", await visitor.ReadAsync(page), StringComparison.Ordinal);

        await RequireDoneAsync(visitor.ActAsync(page, "tags", ("tag-key", "Team"), ("tag-value", "<b>Orders</b>")));
        await RequireDoneAsync(visitor.ActAsync(page, "boundary", ("boundary", Policy)));
        await RequireDoneAsync(visitor.ActAsync(page, "trust", ("trust", trust), ("duration", "7200")));
        Principal role = server.Engine.Principals.Find(PrincipalType.Role, "de+ploy")!;
        Assert.Equal([new KeyTag("Team", "<b>Orders</b>")], role.Tags);
        Assert.Equal((Policy, 7200, "/ops/"), (role.PermissionsBoundary, role.MaxSessionDuration, role.Path));
        string html = await visitor.ReadAsync(page);
        Assert.Contains("&lt;b&gt;Orders&lt;/b&gt;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<b>", html, StringComparison.Ordinal);

        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.ActAsync(page, "trust", ("trust", trust), ("duration", "60"))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.ActAsync(page, "boundary", ("boundary", "{"))).StatusCode);
        await RequireDoneAsync(visitor.ActAsync(page, "boundary", ("boundary", "")));
        Assert.Null(server.Engine.Principals.Find(PrincipalType.Role, "de+ploy")!.PermissionsBoundary);

        Assert.Contains("kms:ListKeys", WebUtility.HtmlDecode(await visitor.ReadAsync(page + "/remove-policy?policy=list")), StringComparison.Ordinal);
        Assert.Equal(
            HttpStatusCode.BadRequest,
            (await visitor.ActAsync(page + "/remove-policy?policy=list", "remove", ("confirmation", "other"))).StatusCode);
        await RequireDoneAsync(visitor.ActAsync(page + "/remove-policy?policy=list", "remove", ("confirmation", "list")));
        Assert.Empty(server.Engine.Principals.Find(PrincipalType.Role, "de+ploy")!.Policies);
        foreach (string missing in new[] { "/roles/nobody", "/kinds/nobody/delete", "/roles/de+ploy/remove-policy?policy=list", "/access-keys/delete?id=AKIA0" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync(Path + missing)).StatusCode);
        }
    }

    [Fact]
    public async Task AccessKey_IsCreatedAndDeleted_ShowsItsSecretInOneAnswerOnly()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        const string page = Path + "/access-keys";
        HttpResponseMessage answer = await visitor.ActAsync(page, "create", ("principal", $"arn:aws:iam::{server.Account}:user/carol"));
        Assert.Equal((HttpStatusCode.OK, true), (answer.StatusCode, answer.Headers.CacheControl!.NoStore));
        string html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("This is the only time that the secret is shown.", html, StringComparison.Ordinal);
        Assert.DoesNotContain("new-secret", await visitor.ReadAsync(page), StringComparison.Ordinal);

        string id = Assert.Single(server.Engine.AccessKeys.List()).AccessKeyId;
        Assert.Contains("user/carol", await visitor.ReadAsync($"{page}/delete?id={id}"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.ActAsync($"{page}/delete?id={id}", "delete")).StatusCode);
        await RequireDoneAsync(visitor.ActAsync($"{page}/delete?id={id}", "delete", ("confirmation", id)));
        Assert.Empty(server.Engine.AccessKeys.List());
        Assert.Equal(
            HttpStatusCode.BadRequest, (await visitor.ActAsync(page, "create", ("principal", "arn:aws:iam::999999999999:user/mallory"))).StatusCode);
        Assert.Empty(server.Engine.AccessKeys.List());
    }

    [Theory]
    [InlineData("user/alice", "Decrypt", "not allowed")]
    [InlineData("user/unknown", "Decrypt", "allowed")]
    public async Task Simulator_OfAPrincipal_SaysWhatItMayDoAndRecordsNothing(string principal, string operation, string decision)
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        server.Engine.Principals.Create(PrincipalType.User, "alice", PrincipalSettings.None);
        string keyId = server.Engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        int before = server.Engine.FindEvents(new Persistence.EventQuery()).Count();

        string html = await visitor.ReadAsync($"{Path}/simulator?principal={principal}&operation={operation}&key={keyId}&context=order%3D4711");

        Assert.Contains($"kms:{operation}: {decision}<", html, StringComparison.Ordinal);
        Assert.Equal(before, server.Engine.FindEvents(new Persistence.EventQuery()).Count());
    }

    private static async Task RequireDoneAsync(Task<HttpResponseMessage> act) =>
        Assert.Equal(HttpStatusCode.Redirect, (await act).StatusCode);
}
