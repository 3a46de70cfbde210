using KmsTools.Operations;
using Microsoft.Playwright;

namespace KmsTools.WebConsole.Alarms;

/// <summary>Alarms: created, raised, deleted.</summary>
public sealed class AlarmsTests(Browser browser)
{
    [Fact]
    public async Task Alarm_OnUseOfAKeyThatIsPendingDeletion_IsRaisedAndNamesTheUse()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string keyId = server.Engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        IPage page = await browser.SignInAsync(server);
        await page.GetByRole(AriaRole.Link, new() { Name = "Alarms" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Create alarm" }).ClickAsync();
        await page.GetByLabel("Name").FillAsync("still <i>in use</i>");
        await page.GetByLabel("Only this key (optional)").FillAsync("alias/nowhere");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create alarm" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("NotFoundException");
        await Assertions.Expect(page.GetByLabel("Name")).ToHaveValueAsync("still <i>in use</i>");
        await Browser.RequireAccessibleAsync(page);
        await page.GetByLabel("Only this key (optional)").FillAsync(keyId);
        await page.GetByRole(AriaRole.Button, new() { Name = "Create alarm" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is created; its state is OK.");

        server.Engine.Execute(new ScheduleKeyDeletionRequest { KeyId = keyId, PendingWindowInDays = 7 });
        Caller backup = new() { PrincipalArn = $"arn:aws:iam::{server.Account}:user/backup" };
        Assert.ThrowsAny<KmsException>(() => server.Engine.Execute(new EncryptRequest { KeyId = keyId, Plaintext = [1] }, backup));
        await page.GetByRole(AriaRole.Link, new() { Name = "Alarms" }).ClickAsync();
        ILocator row = page.Locator("tbody tr");
        await Assertions.Expect(row.Locator(".badge")).ToHaveTextAsync("ALARM");
        await Assertions.Expect(row).ToContainTextAsync("1 call was refused within 5 minutes because a key is pending deletion");
        await Assertions.Expect(row).ToContainTextAsync("Encrypt by user/backup");
        Assert.Equal(0, await page.Locator("main i").CountAsync());
        await Browser.RequireAccessibleAsync(page);

        await row.GetByRole(AriaRole.Link, new() { Name = "Delete still" }).ClickAsync();
        await page.GetByLabel("To confirm").FillAsync("no");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete alarm" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nothing was done.");
        Assert.Single(server.Engine.Alarms.List());
        await page.GetByLabel("To confirm").FillAsync("delete");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete alarm" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is deleted.");
        Assert.Empty(server.Engine.Alarms.List());
    }
}
