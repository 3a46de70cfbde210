using KmsTools.Files;
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
        IPage page = await browser.NewPageAsync(server);

        await page.GotoAsync(link);
        await page.WaitForURLAsync(new Uri(server.Url, "/console/us-east-1/keys").ToString());
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Customer managed keys");
        await Browser.RequireAccessibleAsync(page);

        IPage thief = await browser.NewPageAsync(server);
        await thief.GotoAsync(link);
        await Assertions.Expect(thief.GetByRole(AriaRole.Alert)).ToContainTextAsync("It has been used, or it is older than a minute.");
        await Browser.RequireAccessibleAsync(thief);
    }

    [Fact]
    public async Task Page_OfAnotherSiteWithTheLink_OpensTheConsoleToo()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        IPage page = await browser.NewPageAsync(server);

        // As the page that Show-KmsConsole has the browser open.
        string file = ConsoleTicket.WritePage(server.Folder, new Uri(server.NewLink()));
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        }

        await page.GotoAsync(new Uri(file).AbsoluteUri);
        await page.WaitForURLAsync(new Uri(server.Url, "/console/us-east-1/keys").ToString());
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Sign in");
    }

    [Fact]
    public async Task AccessKey_IsEntered_SignsInAndExpires()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        NewAccessKey key = server.Engine.AccessKeys.Create($"arn:aws:iam::{server.Account}:user/alice");
        IPage page = await browser.NewPageAsync(server, 360, ColorScheme.Dark);
        await page.GotoAsync(server.Url.ToString() + "console");
        await page.GetByLabel("Access key ID").FillAsync(key.AccessKeyId);
        await page.GetByLabel("Secret access key").FillAsync("wrong");
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("InvalidSignatureException");
        await Browser.RequireAccessibleAsync(page);

        await page.GetByLabel("Secret access key").FillAsync(key.SecretAccessKey);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Customer managed keys");
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "Principals" })).ToHaveCountAsync(0);
        await Browser.RequireAccessibleAsync(page);

        server.Clock.Move(TimeSpan.FromMinutes(30));
        await page.ReloadAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The session has ended. Sign in again to go on.");
    }
}
