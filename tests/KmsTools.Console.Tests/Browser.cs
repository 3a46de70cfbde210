using Deque.AxeCore.Commons;
using Microsoft.Playwright;

namespace KmsTools.WebConsole;

/// <summary>One Chromium for all tests of the assembly.</summary>
public sealed class Browser : IAsyncLifetime
{
    private static readonly string Axe = new BundledAxeScriptProvider().GetScript();
    // The shell first: it draws no window around each page.
    private static readonly string[] Names = ["chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"];
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>The program; null where there is none, and the tests are skipped.</summary>
    private static string? Program { get; } = Names
        .SelectMany(static name => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(folder => Path.Combine(folder, name)))
        .FirstOrDefault(File.Exists);

    public async ValueTask InitializeAsync()
    {
        if (Program is null)
        {
            return;
        }

        _playwright = await Playwright.CreateAsync();
        _browser = await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = Program,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"],
        });
    }

    /// <summary>A page in a browser context of its own, which is closed with the server.</summary>
    public async Task<IPage> NewPageAsync(ConsoleServer server, int width = 1440, ColorScheme scheme = ColorScheme.Light)
    {
        Assert.SkipWhen(_browser is null, "No Chromium is on the PATH.");
        IBrowserContext context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            ViewportSize = new ViewportSize { Width = width, Height = 900 },
            ColorScheme = scheme,
        }).WaitAsync(Patience);
        server.Visitors.Add(context);
        context.SetDefaultTimeout(15_000);
        return await context.NewPageAsync().WaitAsync(Patience);
    }

    /// <summary>A page of the console in a session of the administrator.</summary>
    public async Task<IPage> SignInAsync(ConsoleServer server, int width = 1440, ColorScheme scheme = ColorScheme.Light)
    {
        IPage page = await NewPageAsync(server, width, scheme);
        await page.GotoAsync(server.NewLink());
        await page.WaitForURLAsync("**/keys");
        return page;
    }

    /// <summary>Requires that a page keeps WCAG 2.2 AA, as far as axe can tell.</summary>
    public static async Task RequireAccessibleAsync(IPage page)
    {
        string found = await FindViolationsAsync(page);
        Assert.True(found.Length == 0, found);
    }

    /// <summary>What axe finds, in lines; nothing where a page keeps WCAG 2.2 AA.</summary>
    public static async Task<string> FindViolationsAsync(IPage page)
    {
        // Pages of the console have no frames: axe runs in the page itself, without the page beside it that results of frames need.
        await page.EvaluateAsync(Axe).WaitAsync(Patience);
        return await page.EvaluateAsync<string>(
            """
            async () => (await axe.run(document, {
                runOnly: { type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] },
                resultTypes: ["violations"],
            })).violations.map(violation =>
                `${location.href}: ${violation.id}: ${violation.help}: ${violation.nodes.map(node => node.html).join(" | ")}\n`).join("")
            """).WaitAsync(Patience);
    }

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
        {
            await _browser.DisposeAsync();
        }

        _playwright?.Dispose();
    }
}
