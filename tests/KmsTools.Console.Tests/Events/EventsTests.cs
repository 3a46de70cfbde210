using System.Net;
using System.Text.RegularExpressions;
using KmsTools.Operations;
using Microsoft.Playwright;

namespace KmsTools.WebConsole.Events;

/// <summary>Events, live and page by page.</summary>
public sealed partial class EventsTests(Browser browser)
{
    private const string Path = "/console/us-east-1/events";

    [Fact]
    public async Task Events_WhileThePageIsOpen_AppearUntilItIsPaused()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string keyId = server.Engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        IPage page = await browser.SignInAsync(server);
        await page.GotoAsync(new Uri(server.Url, Path).ToString());
        ILocator rows = page.Locator("tbody tr");
        await Assertions.Expect(rows.First).ToContainTextAsync("CreateKey");
        int before = await rows.CountAsync();

        Caller guest = Caller.LocalUser(server.Engine.Properties.AccountId) with { UserAgent = "<img src=x onerror=alert(1)><script>alert(1)</script>" };
        server.Engine.Execute(new DescribeKeyRequest { KeyId = keyId }, guest);
        await Assertions.Expect(rows).ToHaveCountAsync(before + 1);
        await Assertions.Expect(rows.First).ToContainTextAsync("DescribeKey");
        await rows.First.GetByText("Record", new() { Exact = true }).ClickAsync();
        await Assertions.Expect(rows.First.Locator("pre")).ToContainTextAsync("<script>alert(1)</script>");
        Assert.Equal(0, await page.Locator("main script, main img").CountAsync());
        await Browser.RequireAccessibleAsync(page);

        await page.GetByRole(AriaRole.Button, new() { Name = "Pause" }).ClickAsync();
        Assert.ThrowsAny<KmsException>(() => server.Engine.Execute(new DescribeKeyRequest { KeyId = Guid.Empty.ToString() }));
        await page.WaitForTimeoutAsync(2500);
        Assert.Equal(before + 1, await rows.CountAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Continue" }).ClickAsync();
        await Assertions.Expect(rows).ToHaveCountAsync(before + 2);
        await Assertions.Expect(rows.First).ToContainTextAsync("NotFoundException");

        await page.GetByLabel("Error code").FillAsync("*");
        await page.GetByRole(AriaRole.Button, new() { Name = "Find" }).ClickAsync();
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Link, new() { Name = "Clear" }).ClickAsync();
        await page.GetByLabel("Event name").FillAsync("createkey");
        await page.GetByRole(AriaRole.Button, new() { Name = "Find" }).ClickAsync();
        await rows.First.GetByRole(AriaRole.Link, new() { Name = keyId }).ClickAsync();
        Assert.EndsWith($"/keys/{keyId}", page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pages_OfEventsOfOneMoment_HaveEachEventOnce()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        string keyId = server.Engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        for (int i = 0; i < 120; i++)
        {
            server.Engine.Execute(new DescribeKeyRequest { KeyId = keyId });
        }

        // The clock of the store stands still: all have the same time.
        List<string> found = [];
        List<int> sizes = [];
        for (string? path = $"{Path}?name=DescribeKey"; path is not null;)
        {
            string html = await visitor.ReadAsync(path);
            string[] ids = [.. Record().Matches(html).Select(static match => match.Groups["id"].Value)];
            found.AddRange(ids);
            sizes.Add(ids.Length);
            path = Next().Match(html) is { Success: true } next ? WebUtility.HtmlDecode(next.Groups["url"].Value) : null;
        }

        Assert.Equal([50, 50, 20], sizes);
        Assert.Equal(120, found.Distinct().Count());
    }

    [Theory]
    [InlineData("?who=alice", 2)]
    [InlineData("?who=alice&error=AccessDeniedException", 1)]
    [InlineData("?who=alice&error=NotFoundException", 0)]
    [InlineData("?key=alias/orders&name=DescribeKey", 3)]
    [InlineData("?from=2999-01-01T00:00", 0)]
    [InlineData("?to=1999-01-01T00:00", 0)]
    public async Task Filter_OfEvents_HasThoseOnly(string query, int count)
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        string keyId = server.Engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        server.Engine.Execute(new CreateAliasRequest { AliasName = "alias/orders", TargetKeyId = keyId });
        Caller root = new() { PrincipalArn = $"arn:aws:iam::{server.Account}:user/alice" };
        server.Engine.Execute(new DescribeKeyRequest { KeyId = keyId }, root);
        server.Engine.Principals.Create(PrincipalType.User, "alice", PrincipalSettings.None);
        Assert.ThrowsAny<KmsException>(() => server.Engine.Execute(new DescribeKeyRequest { KeyId = keyId }, root));
        server.Engine.Execute(new DescribeKeyRequest { KeyId = keyId });

        Assert.Equal(count, Record().Count(await visitor.ReadAsync(Path + query)));
    }

    [Fact]
    public async Task Filter_ThatIsNotValid_SaysWhatIsExpected()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);

        Assert.Contains("is not a time such as", await visitor.ReadAsync(Path + "?from=yesterday"), StringComparison.Ordinal);
        Assert.Contains("is not a place in the events", await visitor.ReadAsync(Path + "?at=7"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync(Path + "?key=alias/none")).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await visitor.GetAsync("/console/no%20region/events/rows")).StatusCode);
    }

    [Fact]
    public async Task Looks_OfTheScript_KeepNoSessionAlive()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        for (int minutes = 0; minutes < 28; minutes += 7)
        {
            server.Clock.Move(TimeSpan.FromMinutes(7));
            Assert.Equal(HttpStatusCode.OK, (await LookAsync(visitor)).StatusCode);
        }

        server.Clock.Move(TimeSpan.FromMinutes(3));
        Assert.Equal(HttpStatusCode.Redirect, (await LookAsync(visitor)).StatusCode);
    }

    private static Task<HttpResponseMessage> LookAsync(Visitor visitor)
    {
        HttpRequestMessage request = new(HttpMethod.Get, Path + "/rows");
        request.Headers.Add("X-Live", "1");
        return visitor.SendAsync(request);
    }

    [GeneratedRegex("aria-label=\"Record of [^,\"]+, (?<id>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Record();

    [GeneratedRegex("<a href=\"(?<url>[^\"]+at=[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Next();
}
