using System.Net;
using System.Text.RegularExpressions;

namespace KmsTools.WebConsole;

/// <summary>A client of the console without a browser, with cookies, that follows no redirect.</summary>
internal sealed partial class Visitor : IDisposable
{
    private readonly HttpClient _client;

    public Visitor(ConsoleServer server) => _client = new HttpClient(new SocketsHttpHandler
    {
        CookieContainer = Cookies,
        AllowAutoRedirect = false,
    })
    {
        BaseAddress = server.Url,
    };

    public CookieContainer Cookies { get; } = new();

    /// <summary>One in a session of the administrator.</summary>
    public static async Task<Visitor> SignInAsync(ConsoleServer server)
    {
        Visitor visitor = new(server);
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync(server.NewLink())).StatusCode);
        return visitor;
    }

    /// <summary>One in a session of an access key.</summary>
    public static async Task<Visitor> SignInAsync(ConsoleServer server, NewAccessKey accessKey)
    {
        Visitor visitor = new(server);
        HttpResponseMessage answer = await visitor.SendFormAsync("/console/sign-in", new()
        {
            ["_handler"] = "sign-in",
            ["access-key"] = accessKey.AccessKeyId,
            ["secret"] = accessKey.SecretAccessKey,
        });
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return visitor;
    }

    public Task<HttpResponseMessage> GetAsync(string path) => SendAsync(new HttpRequestMessage(HttpMethod.Get, path));

    public async Task<string> ReadAsync(string path) =>
        await (await GetAsync(path)).Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    /// <summary>Does an act of a page, with the token that one of its forms has.</summary>
    public Task<HttpResponseMessage> ActAsync(string path, string act, params (string Name, string Value)[] fields)
    {
        Dictionary<string, string> form = new() { ["_handler"] = "act", ["act"] = act };
        foreach ((string name, string value) in fields)
        {
            form[name] = value;
        }

        return SendFormAsync(path, form);
    }

    /// <summary>Posts a form, with the token that a page has.</summary>
    public async Task<HttpResponseMessage> SendFormAsync(string path, Dictionary<string, string> form)
    {
        form["__RequestVerificationToken"] = Token().Match(await ReadAsync(path)).Groups["token"].Value;
        return await PostAsync(path, form);
    }

    /// <summary>Posts a form as it is.</summary>
    public Task<HttpResponseMessage> PostAsync(
        string path, Dictionary<string, string> form, params (string Name, string Value)[] headers)
    {
        HttpRequestMessage request = new(HttpMethod.Post, path) { Content = new FormUrlEncodedContent(form) };
        foreach ((string name, string value) in headers)
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        return SendAsync(request);
    }

    public Task<HttpResponseMessage> SendAsync(HttpRequestMessage request) =>
        _client.SendAsync(request, TestContext.Current.CancellationToken);

    public void Dispose() => _client.Dispose();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex Token();
}
