using KmsTools.Operations;
using Microsoft.Playwright;

namespace KmsTools.WebConsole.Keys;

/// <summary>Rotation in the browser: its schedule, its history, on demand.</summary>
public sealed class KeyRotationTests(Browser browser)
{
    [Fact]
    public async Task Rotation_IsEnabledDueAndOnDemand()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KeyMetadata key = server.CreateKey();
        IPage page = await browser.SignInAsync(server);

        await page.OpenAsync(server.UrlOf(key.KeyId, "rotation"));
        await Assertions.Expect(page.Locator(".facts")).ToContainTextAsync("Disabled");
        await Assertions.Expect(page.Locator("main")).ToContainTextAsync("The key has not rotated yet.");
        await page.GetByLabel("Rotation period in days").FillAsync("90");
        await page.ClickButtonAsync("Enable rotation");
        await Assertions.Expect(page.Note()).ToHaveTextAsync("The key rotates every 90 days.");
        DateTimeOffset next = server.Engine.Execute(new GetKeyRotationStatusRequest { KeyId = key.KeyId }).NextRotationDate!.Value;
        await Assertions.Expect(page.Locator(".facts")).ToContainTextAsync(KeyTabs.Shown(next));

        server.Step(TimeSpan.FromDays(91));
        await page.OpenAsync(server.UrlOf(key.KeyId, "rotation"));
        string automatic = server.Describe(key.KeyId).CurrentKeyMaterialId!;
        Assert.NotEqual(key.CurrentKeyMaterialId, automatic);
        Assert.Equal([KeyTabs.Shown(next), "Automatic", automatic], await page.Locator("tbody tr").CellsAsync());

        await page.ClickButtonAsync("Rotate now");
        await Assertions.Expect(page.Note()).ToHaveTextAsync("The key has rotated.");
        string onDemand = server.Describe(key.KeyId).CurrentKeyMaterialId!;
        Assert.Equal(
            [KeyTabs.Shown(server.Engine.UtcNow), "On demand", onDemand], await page.Locator("tbody tr").First.CellsAsync());
        await Assertions.Expect(page.Locator("tbody tr")).ToHaveCountAsync(2);

        await page.ClickButtonAsync("Disable rotation");
        await Assertions.Expect(page.Note()).ToHaveTextAsync("The key does not rotate automatically any more.");
        Assert.False(server.Engine.Execute(new GetKeyRotationStatusRequest { KeyId = key.KeyId }).KeyRotationEnabled);
    }

    [Fact]
    public async Task Rotation_ThatIsNotPossible_IsSaidInPlaceOfButtons()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KeyMetadata asymmetric = server.CreateKey(new CreateKeyRequest { KeySpec = "ECC_NIST_P256", KeyUsage = "SIGN_VERIFY" });
        KeyMetadata disabled = server.CreateKey();
        server.Engine.Execute(new DisableKeyRequest { KeyId = disabled.KeyId });
        using Visitor visitor = await Visitor.SignInAsync(server);

        string page = await visitor.ReadAsync($"/console/us-east-1/keys/{asymmetric.KeyId}/rotation");
        Assert.Contains("Automatic rotation is not possible: UnsupportedOperationException", page, StringComparison.Ordinal);
        Assert.Contains("Only symmetric encryption keys rotate.", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Rotate now</button>", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Enable rotation</button>", page, StringComparison.Ordinal);
        Assert.Contains(
            $"Rotate now is not possible: {disabled.Arn} is disabled.",
            await visitor.ReadAsync($"/console/us-east-1/keys/{disabled.KeyId}/rotation"),
            StringComparison.Ordinal);

        HttpResponseMessage refused = await visitor.ActAsync(
            $"/console/us-east-1/keys/{asymmetric.KeyId}/rotation", "enable", ("period", "89"));
        Assert.Contains(
            "ValidationException",
            await refused.Content.ReadAsStringAsync(TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }
}
