using Microsoft.Playwright;

namespace KmsTools.WebConsole;

/// <summary>How sessions begin and end.</summary>
public sealed class SignInTests(Browser browser)
{
    [Fact]
    public async Task Link_IsOpened_ShowsTheKeysAndWorksOnce()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string link = server.NewLink();
        IPage page = await browser.NewPageAsync();

        await page.GotoAsync(link);
        Assert.Equal(new Uri(server.Url, "/console/us-east-1/keys").ToString(), page.Url);
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Customer managed keys");
        await Browser.RequireAccessibleAsync(page);

        IPage thief = await browser.NewPageAsync();
        await thief.GotoAsync(link);
        await Assertions.Expect(thief.GetByRole(AriaRole.Alert)).ToContainTextAsync("It has been used, or it is older than a minute.");
        await Browser.RequireAccessibleAsync(thief);
    }
}
