using System.Net;

namespace KmsTools.Endpoint;

/// <summary>The console as a part of the program; what it does is in the tests of its own.</summary>
public sealed class ConsoleTests
{
    private static readonly string[] Parts = ["KmsTools.Console.dll", "Microsoft.AspNetCore.Components", "DataProtection", "Antiforgery"];

    [Fact]
    public async Task Console_ThatIsNotAskedFor_IsNotLoaded()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Linux tells which files a process has loaded.");
        await using EndpointProcess process = await EndpointProcess.StartAsync("--temporary");
        using HttpClient client = new();
        using HttpResponseMessage answer = await client.GetAsync($"{process.Url}/console", TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        string loaded = await File.ReadAllTextAsync($"/proc/{process.Id}/maps", TestContext.Current.CancellationToken);
        Assert.All(Parts, part => Assert.DoesNotContain(part, loaded, StringComparison.Ordinal));
        await process.StopAsync();
    }

    [Fact]
    public async Task Console_ThatIsAskedFor_IsServedAndNamed()
    {
        await using EndpointProcess process = await EndpointProcess.StartAsync("--temporary", "--console");
        Assert.Equal($"Console: {process.Url}/console", await process.ReadLineAsync());
        using HttpClient client = new();
        string page = await client.GetStringAsync($"{process.Url}/console", TestContext.Current.CancellationToken);
        Assert.Contains("<h1>Sign in</h1>", page, StringComparison.Ordinal);
        await process.StopAsync();
    }
}
