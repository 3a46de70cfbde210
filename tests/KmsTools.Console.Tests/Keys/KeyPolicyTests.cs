using System.Net;
using KmsTools.Operations;
using Microsoft.Playwright;

namespace KmsTools.WebConsole.Keys;

/// <summary>The key policy in the browser, what it leads to, and who may do what.</summary>
public sealed class KeyPolicyTests(Browser browser)
{
    private const string EncryptOnly = """{"Statement":{"Effect":"Allow","Action":["kms:Encrypt","kms:DescribeKey"],"Resource":"*"}}""";

    [Fact]
    public async Task Policy_IsValidatedRefusedChangedAndPutBack()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KeyMetadata key = server.CreateKey();
        IPage page = await browser.SignInAsync(server);
        string before = Policy(server, key);

        await page.OpenAsync(server.UrlOf(key.KeyId, "policy"));
        Assert.Equal(before, await page.Locator("#policy").InnerTextAsync());
        await page.GetByRole(AriaRole.Link, new() { Name = "Edit the key policy" }).ClickAsync();
        ILocator box = page.GetByLabel("Key policy (JSON)");
        await Assertions.Expect(box).ToHaveValueAsync(before);

        await box.FillAsync("{ \"Statement\": <script>alert(1)</script>");
        await page.ClickButtonAsync("Save changes");
        await Assertions.Expect(page.Alert().GetByRole(AriaRole.Heading)).ToHaveTextAsync("MalformedPolicyDocumentException");
        await Assertions.Expect(box).ToHaveValueAsync("{ \"Statement\": <script>alert(1)</script>");
        await Browser.RequireAccessibleAsync(page);

        string locked = $$"""{"Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::{{server.Account}}:root"},"Action":"kms:Decrypt","Resource":"*"}]}""";
        await box.FillAsync(locked);
        await page.ClickButtonAsync("Save changes");
        await Assertions.Expect(page.Alert()).ToContainTextAsync(
            "The new key policy will not allow you to update the key policy in the future.");
        Assert.Equal(before, Policy(server, key));

        string changed = before.Replace("Enable IAM User Permissions", "Let the account decide", StringComparison.Ordinal);
        await box.FillAsync(changed);
        await page.ClickButtonAsync("Validate without saving");
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The policy is valid");
        await Browser.RequireAccessibleAsync(page);
        Assert.Equal(before, Policy(server, key));
        await page.ClickButtonAsync("Save changes");
        await Assertions.Expect(page.Note()).ToHaveTextAsync("The key policy is changed.");
        await Assertions.Expect(page.Locator("#policy")).ToContainTextAsync("Let the account decide");
        Assert.Equal(changed, Policy(server, key));

        await page.GetByRole(AriaRole.Link, new() { Name = "Edit the key policy" }).ClickAsync();
        await box.FillAsync(locked);
        await page.GetByLabel("Bypass the policy lockout safety check").CheckAsync();
        await page.ClickButtonAsync("Save changes");

        // The page that follows describes the key, which the policy no longer allows.
        await Assertions.Expect(page.Alert().GetByRole(AriaRole.Heading)).ToHaveTextAsync("AccessDeniedException");
        await Assertions.Expect(page.Alert()).ToContainTextAsync("has to allow kms:DescribeKey");
        await Browser.RequireAccessibleAsync(page);
        await page.GetByRole(AriaRole.Link, new() { Name = "See who may use the key, and why." }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(key.KeyId);
        await page.GoBackAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "put the default key policy back" }).ClickAsync();
        await Browser.RequireAccessibleAsync(page);
        await page.GetByLabel("To confirm, enter reset").FillAsync("reset");
        await page.ClickButtonAsync("Put the default key policy back");
        await Assertions.Expect(page.Note()).ToHaveTextAsync("The default key policy is back.");
        Assert.Equal(before, Policy(server, key));
        Assert.Single(server.EventsOf(key.KeyId, "ResetKeyPolicy"));
    }

    [Fact]
    public async Task Access_IsAskedAbout_AnswersWithItsReasons()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KeyMetadata key = server.CreateKey();
        string alice = Register(server);
        IPage page = await browser.SignInAsync(server);

        await page.OpenAsync(server.UrlOf(key.KeyId, "access"));
        ILocator row = page.Locator("tbody tr").Filter(new() { HasText = alice }).First;
        Assert.Equal(
            [alice, "Allowed", "key policy: account + identity-based policy", "DescribeKey, Encrypt", "-"], await row.CellsAsync());

        await page.GetByLabel("Principals").FillAsync("user/alice");
        await page.GetByText("Operations; none for all").ClickAsync();
        await page.GetByLabel("Encrypt", new() { Exact = true }).CheckAsync();
        await page.GetByLabel("Decrypt", new() { Exact = true }).CheckAsync();
        await page.ClickButtonAsync("Show who may do what");
        await Browser.RequireAccessibleAsync(page);
        string[] denied = await page.Locator("tbody tr").Nth(0).CellsAsync();
        Assert.Equal([alice, "kms:Decrypt", "Denied", "no identity-based policy", "-"], denied[..5]);
        Assert.StartsWith($"A policy of {alice} has to allow kms:Decrypt on {key.Arn}.", denied[5], StringComparison.Ordinal);
        Assert.Equal(
            [
                alice, "kms:Encrypt", "Allowed", "key policy: account + identity-based policy",
                "statement 1 (Enable IAM User Permissions) of default; statement 1 of use", "-",
            ],
            await page.Locator("tbody tr").Nth(1).CellsAsync());

        await page.GetByText("Encryption context and condition keys").ClickAsync();
        await page.GetByLabel("Encryption context, one pair").FillAsync("order");
        await page.ClickButtonAsync("Show who may do what");
        await Assertions.Expect(page.Alert()).ToContainTextAsync(
            "Encryption context: 'order' has no value. Write one pair on each line, as name=value.");
        await Assertions.Expect(page.GetByLabel("Encryption context, one pair")).ToHaveValueAsync("order");
        Assert.Empty(server.EventsOf(key.KeyId, "DescribeKey"));
        Assert.Empty(server.EventsOf(key.KeyId, "Decrypt"));
    }

    [Fact]
    public async Task SessionOfAnAccessKey_SeesItsOwnDenials_AndNoAdministration()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KeyMetadata key = server.CreateKey();
        string alice = Register(server);
        using Visitor visitor = await Visitor.SignInAsync(server, server.Engine.AccessKeys.Create(alice));
        string keyPath = $"/console/us-east-1/keys/{key.KeyId}";
        string before = Policy(server, key);

        foreach (string tab in (string[])["access", "events", "policy/reset"])
        {
            HttpResponseMessage answer = await visitor.GetAsync($"{keyPath}/{tab}");
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            string page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.DoesNotContain("DescribeKey", page, StringComparison.Ordinal);
            Assert.DoesNotContain(server.Account, page.Replace(alice, "", StringComparison.Ordinal), StringComparison.Ordinal);
        }

        HttpResponseMessage reset = await visitor.ActAsync($"{keyPath}/policy/reset", "reset", ("confirmation", "reset"));
        Assert.Equal(HttpStatusCode.Forbidden, reset.StatusCode);
        HttpResponseMessage denied = await visitor.GetAsync($"{keyPath}/policy");
        Assert.Equal(HttpStatusCode.Forbidden, denied.StatusCode);
        string shown = WebUtility.HtmlDecode(await denied.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Contains($"User: {alice} is not authorized to perform: kms:GetKeyPolicy", shown, StringComparison.Ordinal);
        Assert.Contains("Decided by: no identity-based policy", shown, StringComparison.Ordinal);
        Assert.Contains($"A policy of {alice} has to allow kms:GetKeyPolicy on {key.Arn}.", shown, StringComparison.Ordinal);
        Assert.DoesNotContain("/access\"", shown, StringComparison.Ordinal);

        HttpResponseMessage tag = await visitor.ActAsync($"{keyPath}/tags", "put", ("tag-key", "team"), ("tag-value", "blue"));
        Assert.Equal(HttpStatusCode.Forbidden, tag.StatusCode);
        Assert.Empty(server.Engine.Execute(new ListResourceTagsRequest { KeyId = key.KeyId }).Tags);
        Assert.Equal(before, Policy(server, key));
    }

    private static string Register(ConsoleServer server) => server.Engine.Principals.Create(
        PrincipalType.User,
        "alice",
        new PrincipalSettings { Policies = new Dictionary<string, string> { ["use"] = EncryptOnly } }).Arn;

    private static string Policy(ConsoleServer server, KeyMetadata key) =>
        server.Engine.Execute(new GetKeyPolicyRequest { KeyId = key.KeyId }).Policy;
}
