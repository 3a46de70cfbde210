using System.Globalization;
using KmsTools.Auditing;
using KmsTools.Operations;
using KmsTools.Persistence;
using Microsoft.Playwright;

namespace KmsTools.WebConsole.Keys;

/// <summary>What tests of the tabs of a key do again and again.</summary>
internal static class KeyTabs
{
    /// <summary>The URL of a tab of a key.</summary>
    public static string UrlOf(this ConsoleServer server, string keyId, string tab) =>
        new Uri(server.Url, $"/console/us-east-1/keys/{keyId}/{tab}").ToString();

    public static KeyMetadata CreateKey(this ConsoleServer server, CreateKeyRequest? request = null) =>
        server.Engine.Execute(request ?? new CreateKeyRequest()).KeyMetadata;

    public static KeyMetadata Describe(this ConsoleServer server, string keyId) =>
        server.Engine.Execute(new DescribeKeyRequest { KeyId = keyId }).KeyMetadata;

    /// <summary>Moves the clock of the store.</summary>
    public static void Step(this ConsoleServer server, TimeSpan by) => server.Engine.StepClock(server.Engine.UtcNow + by);

    /// <summary>The events of a key with a name.</summary>
    public static AuditEvent[] EventsOf(this ConsoleServer server, string keyId, string name) =>
        [.. server.Engine.FindEvents(new EventQuery { KeyId = keyId, EventName = name })];

    /// <summary>Opens a tab and requires that it is accessible.</summary>
    public static async Task OpenAsync(this IPage page, string url)
    {
        IResponse? answer = await page.GotoAsync(url);
        Assert.Equal(200, answer!.Status);
        await Browser.RequireAccessibleAsync(page);
    }

    public static Task ClickButtonAsync(this IPage page, string name) =>
        page.GetByRole(AriaRole.Button, new() { Name = name, Exact = true }).ClickAsync();

    public static ILocator Note(this IPage page) => page.Locator("main > .note");

    public static ILocator Alert(this IPage page) => page.GetByRole(AriaRole.Alert);

    /// <summary>The badge of the state of the key.</summary>
    public static ILocator State(this IPage page) => page.Locator("main .badge").First;

    /// <summary>A row of a table, with the texts of its cells.</summary>
    public static async Task<string[]> CellsAsync(this ILocator row) =>
        [.. (await row.Locator("th, td").AllInnerTextsAsync()).Select(static text => text.Trim())];

    /// <summary>A time as pages show it.</summary>
    public static string Shown(DateTimeOffset time) => time.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
