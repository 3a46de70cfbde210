using KmsTools.Operations;
using Microsoft.Playwright;

namespace KmsTools.WebConsole;

/// <summary>
/// What holds for the main pages: narrow and dark here, wide and light in the journeys of each. With KMSTOOLS_TEST_SCREENSHOTS, the name of a folder, the
/// pictures of the README are made there.
/// </summary>
public sealed class EveryPageTests(Browser browser)
{
    private static readonly string? Pictures = Environment.GetEnvironmentVariable("KMSTOOLS_TEST_SCREENSHOTS");

    private static readonly string[] Paths =
    [
        "keys", "aws-managed-keys", "keys/create", "keys/{key}", "keys/{key}/policy", "keys/{key}/access", "keys/{key}/tags",
        "keys/{key}/rotation", "keys/{key}/material", "keys/{key}/aliases", "keys/{key}/regionality", "keys/{key}/grants",
        "keys/{key}/events", "key-stores", "hsm-clusters", "schedule", "events", "store",
    ];

    [Fact]
    public async Task Pages_NarrowAndDark_AreAccessibleAndFit()
    {
        const int width = 360;
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string key = Fill(server);
        IPage page = await browser.SignInAsync(server, width, ColorScheme.Dark);
        foreach (string path in Paths)
        {
            IResponse? answer = await page.GotoAsync(PageOf(server, path, key));
            Assert.Equal(200, answer!.Status);
            await Browser.RequireAccessibleAsync(page);
            Assert.True(
                await page.EvaluateAsync<int>("document.documentElement.scrollWidth") <= width, $"{path} is wider than {width} pixels.");
        }
    }

    [Fact]
    public async Task Pictures_OfTheReadme_AreMade()
    {
        Assert.SkipWhen(Pictures is null, "KMSTOOLS_TEST_SCREENSHOTS names no folder for the pictures of the README.");
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string key = Fill(server);
        IPage page = await browser.SignInAsync(server, 1280);
        foreach ((string path, string name) in new[]
        {
            ("keys", "keys"), ("keys/{key}/material", "material"), ("schedule", "schedule"), ("events", "events"),
        })
        {
            await page.GotoAsync(PageOf(server, path, key));
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(Pictures!, $"console-{name}.png") });
        }
    }

    private static string PageOf(ConsoleServer server, string path, string key) =>
        new Uri(server.Url, $"/console/us-east-1/{path.Replace("{key}", key, StringComparison.Ordinal)}").ToString();

    // A small shop: its keys are in every state that needs no HSM.
    private static string Fill(ConsoleServer server)
    {
        KmsEngine engine = server.Engine;
        engine.StepClock(new DateTimeOffset(2027, 1, 15, 9, 30, 0, TimeSpan.Zero));
        string orders = Create("orders", "Order data", new CreateKeyRequest());
        engine.Execute(new EnableKeyRotationRequest { KeyId = orders });
        engine.Execute(new TagResourceRequest { KeyId = orders, Tags = [new Tag { TagKey = "team", TagValue = "shop" }] });
        engine.Execute(new EncryptRequest { KeyId = orders, Plaintext = [1, 2, 3] });
        Create("receipts", "Signatures of receipts", new CreateKeyRequest { KeySpec = "ECC_NIST_P256", KeyUsage = "SIGN_VERIFY" });
        engine.Execute(new DisableKeyRequest { KeyId = Create("archive", "The archive of 2026", new CreateKeyRequest()) });
        Create("partner", "Key of a partner", new CreateKeyRequest { Origin = "EXTERNAL" });
        engine.Execute(new ScheduleKeyDeletionRequest { KeyId = Create("old-shop", "The shop before 2026", new CreateKeyRequest()), PendingWindowInDays = 7 });
        return orders;

        string Create(string alias, string description, CreateKeyRequest request)
        {
            string keyId = engine.Execute(request with { Description = description }).KeyMetadata.KeyId;
            engine.Execute(new CreateAliasRequest { AliasName = $"alias/{alias}", TargetKeyId = keyId });
            return keyId;
        }
    }
}
