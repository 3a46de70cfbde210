using KmsTools.Operations;
using Microsoft.Playwright;

namespace KmsTools.WebConsole.Schedule;

/// <summary>The schedule, and a clock that is moved from one change to the next.</summary>
public sealed class ScheduleTests(Browser browser)
{
    [Fact]
    public async Task Deletion_IsScheduledCancelledAndDone_IsSeenOnTheTimelineAndWhenTheClockMoves()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string gone = NewKey(server, "alias/gone");
        string kept = NewKey(server, "alias/kept");
        string rotating = NewKey(server, "alias/rotating");
        server.Engine.Execute(new EnableKeyRotationRequest { KeyId = rotating, RotationPeriodInDays = 90 });
        server.Engine.Execute(new ScheduleKeyDeletionRequest { KeyId = gone, PendingWindowInDays = 7 });
        server.Engine.Execute(new ScheduleKeyDeletionRequest { KeyId = kept, PendingWindowInDays = 8 });
        IPage page = await browser.SignInAsync(server);

        await page.GetByRole(AriaRole.Link, new() { Name = "Schedule" }).ClickAsync();
        ILocator rows = page.Locator("tbody tr");
        await Assertions.Expect(rows).ToHaveCountAsync(2);
        await Assertions.Expect(rows.Nth(0)).ToContainTextAsync("Key deletion");
        await Assertions.Expect(rows.Nth(0)).ToContainTextAsync("alias/gone");
        await Assertions.Expect(rows.Nth(0)).ToContainTextAsync("in 7 d");
        await Assertions.Expect(page.GetByRole(AriaRole.Img)).ToHaveAttributeAsync(
            "aria-label",
            "Timeline of 30 days: Key deletion 2, Automatic rotation 0, Key material expires 0. The table below lists each.");
        await Assertions.Expect(page.Locator("svg rect.Deletion")).ToHaveCountAsync(2);

        server.Engine.Execute(new CancelKeyDeletionRequest { KeyId = kept });
        await page.GetByLabel("Within").SelectOptionAsync("90");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show" }).ClickAsync();
        await Assertions.Expect(page.Locator("svg rect.Deletion")).ToHaveCountAsync(1);
        await Assertions.Expect(page.Locator("svg circle.Rotation")).ToHaveCountAsync(1);
        await Assertions.Expect(rows.Nth(1)).ToContainTextAsync("Automatic rotation");
        await Browser.RequireAccessibleAsync(page);

        await page.GetByRole(AriaRole.Link, new() { Name = "Move the clock" }).ClickAsync();
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("Key deletion of alias/gone");
        await page.GetByRole(AriaRole.Button, new() { Name = "To the next change" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("The clock was moved from");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await Assertions.Expect(rows.Nth(0)).ToContainTextAsync(gone);
        Assert.Equal("NotFoundException", Assert.Throws<KmsException>(() => server.Engine.FindKey(gone)).ErrorCode);
        await Browser.RequireAccessibleAsync(page);

        // A deleted key leads to its events, where its end is.
        await rows.Nth(0).GetByRole(AriaRole.Link, new() { Name = gone }).ClickAsync();
        await Assertions.Expect(rows.Nth(0)).ToContainTextAsync("DeleteKey");

        await page.GotoAsync(new Uri(server.Url, "/console/us-east-1/clock").ToString());
        DateTimeOffset before = server.Engine.UtcNow;
        await page.GetByLabel("By", new() { Exact = true }).FillAsync("1.5");
        await page.GetByRole(AriaRole.Button, new() { Name = "Move by this time" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("Nothing became due.");
        Assert.Equal(before.AddDays(1.5), server.Engine.UtcNow);
    }

    [Fact]
    public async Task Schedule_OfOneRegion_HasNoOther()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        string here = NewKey(server, "alias/here");
        server.Engine.Execute(new ScheduleKeyDeletionRequest { KeyId = here, PendingWindowInDays = 7 });

        Assert.Contains("alias/here", await visitor.ReadAsync("/console/us-east-1/schedule?of=region"), StringComparison.Ordinal);
        Assert.Contains("alias/here", await visitor.ReadAsync("/console/eu-west-1/schedule?of=all"), StringComparison.Ordinal);
        Assert.Contains(
            "Nothing becomes due within 30 days.", await visitor.ReadAsync("/console/eu-west-1/schedule?of=region"), StringComparison.Ordinal);
    }

    private static string NewKey(ConsoleServer server, string alias)
    {
        string keyId = server.Engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        server.Engine.Execute(new CreateAliasRequest { AliasName = alias, TargetKeyId = keyId });
        return keyId;
    }
}
