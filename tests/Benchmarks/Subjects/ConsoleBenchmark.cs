using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Stores;
using KmsTools.Operations;
using KmsTools.WebConsole;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>Pages of keys in a store of many, each as a browser gets it: with HTTP, its session and its recorded call.</summary>
internal sealed partial class ConsoleBenchmark : IBenchmark
{
    private const int RoundCount = 7;
    private const int KeyCount = 100_000;
    private const int EventCount = 1000;
    private const double MaxOfPage = 200;

    private static readonly (string Name, string Query)[] s_pages =
    [
        ("the first page", ""),
        ("the last page", "?page=1000"),
        ("sorted by alias, the first page", "?sort=alias"),
        ("sorted by what is due next, the first page", "?sort=due"),
        ("sorted by alias, page 500", "?sort=alias&page=500"),
        ("filtered by a text that 11 keys have", "?q=other-004567"),
        ("filtered by state, sorted by alias, the last page", "?state=Enabled&sort=alias&order=descending&page=1000"),
    ];

    public string Name => "console";

    public string Title => $"Console: pages of 100 keys in a store of {KeyCount:#,0}";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        using LargeStore store = new(KeyCount, EventCount);
        WebApplication server = Start(store.Engine);
        using HttpClient client = SignIn(server, store.Engine);
        string keys = $"/console/{store.Engine.Properties.Region}/keys";
        yield return Once("the first page, which builds the index", () => Get(client, keys));
        yield return Once("the first sorted page, which sorts and begins to ask what may be described", () => Get(client, keys + "?sort=alias"));

        // Until all keys are asked about, a page far down the list takes as long as all before it.
        Thread.Sleep(TimeSpan.FromSeconds(15));
        foreach ((string name, string query) in s_pages)
        {
            _ = Get(client, keys + query);
            yield return Page(name, () => Get(client, keys + query));
            yield return Page($"{name}, right after a change", () =>
            {
                store.Engine.Execute(new UpdateKeyDescriptionRequest { KeyId = store.UsableKey, Description = $"{Random.Shared.Next()}" });
                return Get(client, keys + query);
            });
        }

        server.StopAsync().GetAwaiter().GetResult();
        ((IDisposable)server).Dispose();
    }

    private static Row Once(string name, Func<double> get)
    {
        Series cost = new([get()]);
        return Row.Single(name, cost, Format.Milliseconds);
    }

    private static Row Page(string name, Func<double> get)
    {
        Series cost = Rounds.Run(RoundCount, get)[0];
        return Row.Single(name, cost, Format.Milliseconds).Within(Limit.AtMost(MaxOfPage, cost.Median, Format.Milliseconds));
    }

    private static double Get(HttpClient client, string url) => Rounds.Time(() =>
    {
        string html = client.GetStringAsync(new Uri(url, UriKind.Relative)).GetAwaiter().GetResult();
        if (!html.Contains("scope=\"row\"", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"{url} shows no keys.");
        }
    }) / 1000;

    private static WebApplication Start(KmsEngine engine)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().UseUrls("http://127.0.0.1:0");
        ConsoleHost.AddServices(builder.Services, engine, new ConsoleOptions { Log = Console.Error.WriteLine });
        WebApplication server = builder.Build();
        ConsoleHost.Map(server);
        server.StartAsync().GetAwaiter().GetResult();
        return server;
    }

    private static HttpClient SignIn(WebApplication server, KmsEngine engine)
    {
        string url = server.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        HttpClient client = new(new SocketsHttpHandler { CookieContainer = new CookieContainer(), AllowAutoRedirect = false })
        {
            BaseAddress = new Uri(url),
        };
        NewAccessKey key = engine.AccessKeys.Create();
        Uri page = new(ConsoleHost.SignInPath, UriKind.Relative);
        string html = client.GetStringAsync(page).GetAwaiter().GetResult();
        using FormUrlEncodedContent form = new(new Dictionary<string, string>
        {
            ["_handler"] = "sign-in",
            ["__RequestVerificationToken"] = Token().Match(html).Groups["token"].Value,
            ["access-key"] = key.AccessKeyId,
            ["secret"] = key.SecretAccessKey,
        });
        using HttpResponseMessage answer = client.PostAsync(page, form).GetAwaiter().GetResult();
        return answer.StatusCode == HttpStatusCode.Redirect ? client
            : throw new InvalidOperationException(string.Create(CultureInfo.InvariantCulture, $"Signing in was answered with {answer.StatusCode}."));
    }

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Token();
}
