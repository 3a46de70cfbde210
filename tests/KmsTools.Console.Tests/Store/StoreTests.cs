using System.Net;
using System.Text;
using System.Text.RegularExpressions;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;
using Microsoft.Playwright;

namespace KmsTools.WebConsole.Store;

/// <summary>What the store itself is set to.</summary>
public sealed partial class StoreTests(Browser browser)
{
    private const string Path = "/console/us-east-1/store";

    [Fact]
    public async Task Settings_InTheBrowser_AreThoseOfTheStore()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        IPage page = await browser.SignInAsync(server);
        await page.GetByRole(AriaRole.Link, new() { Name = "Store", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Verify the store" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The store is whole");
        await Browser.RequireAccessibleAsync(page);

        await page.GetByRole(AriaRole.Link, new() { Name = "Quotas" }).ClickAsync();
        await page.GetByLabel("Quota", new() { Exact = true }).SelectOptionAsync("GrantsPerKey");
        await page.GetByLabel("Value").FillAsync("-1");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set quota" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("must be a non-negative value");
        await page.GetByLabel("Value").FillAsync("3");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set quota" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The quota GrantsPerKey is 3, in all Regions.");
        Assert.Equal(3, server.Engine.Quotas.List().Single(static quota => quota.Name == "GrantsPerKey").Value);
        await page.GetByRole(AriaRole.Button, new() { Name = "Reset GrantsPerKey" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("has its default value again");
        Assert.All(server.Engine.Quotas.List(), static quota => Assert.Equal(quota.DefaultValue, quota.Value));
        await page.GetByRole(AriaRole.Button, new() { Name = "Turn request quotas on" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Turn request quotas off" })).ToBeVisibleAsync();
        Assert.True(server.Engine.Quotas.RequestQuotasEnabled);

        await page.GetByRole(AriaRole.Link, new() { Name = "Authorization" }).ClickAsync();
        await page.GetByLabel("Record", new() { Exact = true }).CheckAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Calls that are not allowed pass");
        Assert.Equal(AuthorizationMode.Record, server.Engine.Authorization.Read().Mode);
        await Browser.RequireAccessibleAsync(page);
    }

    [Fact]
    public async Task Guardrails_AreAddedAndRemoved()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        const string all = """{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}""";
        const string page = Path + "/authorization";

        Assert.Equal(HttpStatusCode.Redirect, (await visitor.ActAsync(page, "guardrails", ("scp-new", all))).StatusCode);
        Assert.Equal(all, Assert.Single(Assert.Single(server.Engine.Authorization.Read().ServiceControlPolicies)));
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.ActAsync(page, "guardrails", ("scp-0-0", all), ("rcp-new", "{"))).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.ActAsync(page, "mode", ("mode", "7"))).StatusCode);
        Assert.Single(server.Engine.Authorization.Read().ServiceControlPolicies);
        Assert.Equal(HttpStatusCode.Redirect, (await visitor.ActAsync(page, "guardrails", ("scp-0-0", " "))).StatusCode);
        Assert.Empty(server.Engine.Authorization.Read().ServiceControlPolicies);
    }

    [Fact]
    public async Task Seal_IsMadeAndTakenAway_ShowsTheRecoveryKeyOnce()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        const string page = Path + "/seal";
        const string passphrase = "correct horse battery";

        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.ActAsync(page, "seal", ("passphrase", "short"), ("again", "short"))).StatusCode);
        HttpResponseMessage different = await visitor.ActAsync(page, "seal", ("passphrase", passphrase), ("again", passphrase + "!"));
        Assert.Equal(HttpStatusCode.BadRequest, different.StatusCode);
        Assert.DoesNotContain(
            passphrase, await different.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        Assert.Null(server.Engine.RootKey.ReadSeal());

        HttpResponseMessage answer =
            await visitor.ActAsync(page, "seal", ("passphrase", passphrase), ("again", passphrase), ("recovery", "on"));
        string html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        string text = RecoveryKeyText().Match(html).Groups["key"].Value;
        Seal seal = server.Engine.RootKey.ReadSeal()!;
        using (RecoveryKey recoveryKey = RecoveryKey.Parse(text))
        {
            seal.Open(new RecoveryKeyOpener(recoveryKey)).Dispose();
        }

        using (Secret secret = Secret.CopyOf(Encoding.UTF8.GetBytes(passphrase)))
        {
            seal.Open(new PassphraseOpener(secret, static () => new BouncyCastle.BouncyCastleArgon2id())).Dispose();
        }

        string again = await visitor.ReadAsync(page);
        Assert.DoesNotContain(text, again, StringComparison.Ordinal);
        Assert.Contains("Recovery key", again, StringComparison.Ordinal);
        Assert.Equal(
            HttpStatusCode.BadRequest, (await visitor.ActAsync(page, "seal", ("passphrase", passphrase), ("again", passphrase))).StatusCode);
        Assert.Equal(seal.Id, server.Engine.RootKey.ReadSeal()!.Id);

        Assert.Contains("passphrase, recovery key", await visitor.ReadAsync(Path + "/unseal"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.ActAsync(Path + "/unseal", "unseal", ("confirmation", "seal"))).StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, (await visitor.ActAsync(Path + "/unseal", "unseal", ("confirmation", "unseal"))).StatusCode);
        Assert.Null(server.Engine.RootKey.ReadSeal());
    }

    [Fact]
    public async Task RootKey_IsRotated_AfterItsWord()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        const string page = Path + "/rotate-root-key";
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.ActAsync(page, "rotate")).StatusCode);
        Assert.Equal(1, server.Engine.RootKey.Read().Generation);
        Assert.Equal(HttpStatusCode.Redirect, (await visitor.ActAsync(page, "rotate", ("confirmation", "rotate"))).StatusCode);
        Assert.Equal(2, server.Engine.RootKey.Read().Generation);
        Assert.Equal(HttpStatusCode.Redirect, (await visitor.ActAsync(Path, "period", ("days", "90"))).StatusCode);
        Assert.Equal(90, server.Engine.RootKey.Read().RotationPeriodInDays);
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.ActAsync(Path, "period", ("days", "4000"))).StatusCode);
    }

    [Fact]
    public async Task EventLog_IsSetAndVerified()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        const string page = Path + "/event-log";
        Assert.Equal(HttpStatusCode.Redirect, (await visitor.ActAsync(page, "set", ("days", "90"), ("size", "16"), ("sync", "on"))).StatusCode);
        EventLogSettings settings = server.Engine.EventLog.ReadSettings();
        Assert.Equal((90, 16L << 20, true), (settings.MaxAgeInDays, settings.MaxSizeInBytes, settings.SyncsEveryGroup));
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.ActAsync(page, "set", ("days", "many"), ("size", "0"))).StatusCode);
        HttpResponseMessage verified = await visitor.ActAsync(page, "verify");
        Assert.Contains(
            "The event log is what was written",
            await verified.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }

    [GeneratedRegex("<code id=\"recovery-key\">(?<key>[^<]+)</code>", RegexOptions.ExplicitCapture)]
    private static partial Regex RecoveryKeyText();
}
