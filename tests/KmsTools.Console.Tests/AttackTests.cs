using System.Net;

namespace KmsTools.WebConsole;

/// <summary>What others may try: nothing gets in.</summary>
public sealed class AttackTests
{
    private const string Keys = "/console/us-east-1/keys";

    [Fact]
    public async Task Answers_OfEveryKind_KeepOtherSitesAway()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        foreach (string path in new[] { "/console/sign-in", Keys, "/console/nowhere", "/console/assets/console.css" })
        {
            HttpResponseMessage answer = await visitor.GetAsync(path);
            Assert.Equal(
                "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; "
                    + "base-uri 'none'; frame-ancestors 'none'",
                answer.Headers.GetValues("Content-Security-Policy").Single());
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.Equal("DENY", answer.Headers.GetValues("X-Frame-Options").Single());
            Assert.Equal("same-origin", answer.Headers.GetValues("Cross-Origin-Resource-Policy").Single());
        }

        Assert.True((await visitor.GetAsync(Keys)).Headers.CacheControl!.NoStore);
    }

    [Fact]
    public async Task Cookie_OfASession_IsForThisServerAndNoScript()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = new(server);
        HttpResponseMessage answer = await visitor.GetAsync(server.NewLink());
        string cookie = answer.Headers.GetValues("Set-Cookie").Single(static text => text.StartsWith("kms-session-", StringComparison.Ordinal));
        Assert.EndsWith("; path=/console; samesite=strict; httponly", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("secure", cookie, StringComparison.Ordinal);
        Assert.Equal(43, cookie.Split(';')[0].Split('=')[1].Length);
    }

    [Theory]
    [InlineData("evil.example")]
    [InlineData("127.0.0.1.evil.example")]
    [InlineData("localhost.evil.example")]
    [InlineData("")]
    public async Task Host_OfAnotherSite_IsRefused(string host)
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        HttpRequestMessage request = new(HttpMethod.Get, Keys);
        request.Headers.Host = host.Length == 0 ? "127.0.0.1:1" : $"{host}:{server.Url.Port}";
        HttpResponseMessage answer = await visitor.SendAsync(request);
        Assert.Equal(HttpStatusCode.MisdirectedRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("Origin", "https://evil.example")]
    [InlineData("Origin", "null")]
    [InlineData("Sec-Fetch-Site", "cross-site")]
    [InlineData("Sec-Fetch-Site", "same-site")]
    public async Task Post_FromAnotherSite_IsRefused(string header, string value)
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        HttpResponseMessage answer = await visitor.PostAsync("/console/sign-out", [], (header, value));
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync(Keys)).StatusCode);
    }

    [Fact]
    public async Task Post_WithoutTheTokenOfTheSession_ChangesNothing()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        using Visitor other = await Visitor.SignInAsync(server);
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.PostAsync("/console/sign-out", [])).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await visitor.PostAsync(Keys, new() { ["_handler"] = "act", ["act"] = "x" })).StatusCode);

        // That of another session is as good as none.
        string page = await other.ReadAsync(Keys);
        string token = page.Split("name=\"__RequestVerificationToken\" value=\"")[1].Split('"')[0];
        HttpResponseMessage answer = await visitor.PostAsync("/console/sign-out", new() { ["__RequestVerificationToken"] = token });
        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync(Keys)).StatusCode);
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("DELETE")]
    [InlineData("OPTIONS")]
    [InlineData("TRACE")]
    public async Task Method_ThatNoPageHas_IsRefused(string method)
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        HttpResponseMessage answer = await visitor.SendAsync(new HttpRequestMessage(new HttpMethod(method), Keys));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, answer.StatusCode);
    }

    [Fact]
    public async Task Cookies_OfAnotherStore_AreWorthNothing()
    {
        await using ConsoleServer one = await ConsoleServer.StartAsync();
        await using ConsoleServer two = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(one);
        string cookie = visitor.Cookies.GetCookieHeader(new Uri(one.Url, Keys));
        string secret = cookie.Split("kms-session-")[1].Split('=')[1].Split(';')[0];

        // The names differ, so that a browser keeps both; the secret is that of one store, under whatever name.
        using Visitor other = await Visitor.SignInAsync(two);
        string name = other.Cookies.GetCookieHeader(new Uri(two.Url, Keys)).Split(';').Select(static part => part.Trim().Split('=')[0])
            .Single(static part => part.StartsWith("kms-session-", StringComparison.Ordinal));
        Assert.DoesNotContain(name, cookie, StringComparison.Ordinal);
        using Visitor thief = new(two);
        HttpRequestMessage request = new(HttpMethod.Get, Keys);
        request.Headers.Add("Cookie", $"{name}={secret}");
        HttpResponseMessage answer = await thief.SendAsync(request);
        Assert.Equal("/console/sign-in?ended", answer.Headers.Location!.ToString());
    }

    [Fact]
    public async Task Link_ThatIsOldOrInvented_DoesNotSignIn()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string link = server.NewLink();
        server.Clock.Move(TimeSpan.FromSeconds(61));
        using Visitor visitor = new(server);
        Assert.Equal(HttpStatusCode.Forbidden, (await visitor.GetAsync(link)).StatusCode);
        foreach (string secret in new[] { "x", "../../state.db", "%2e%2e%2fstate", new string('a', 43), "" })
        {
            HttpResponseMessage answer = await visitor.GetAsync($"/console/sign-in?link={secret}");
            Assert.DoesNotContain("kms-session-", string.Join('\n', answer.Headers.NonValidated.Select(static header => $"{header.Value}")));
        }

        Assert.Equal("/console/sign-in", (await visitor.GetAsync(Keys)).Headers.Location!.ToString());
    }

    [Fact]
    public async Task Link_OpenedByManyAtOnce_SignsInOne()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string link = server.NewLink();
        HttpStatusCode[] answers = await Task.WhenAll(Enumerable.Range(0, 20).Select(async _ =>
        {
            using Visitor visitor = new(server);
            return (await visitor.GetAsync(link)).StatusCode;
        }));
        Assert.Equal(1, answers.Count(static status => status == HttpStatusCode.OK));
        Assert.Equal(19, answers.Count(static status => status == HttpStatusCode.Forbidden));
    }

    [Fact]
    public async Task Session_AfterThirtyMinutesOrItsEnd_IsOver()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        server.Clock.Move(TimeSpan.FromMinutes(29.9));
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync(Keys)).StatusCode);
        server.Clock.Move(TimeSpan.FromMinutes(30));
        Assert.Equal("/console/sign-in?ended", (await visitor.GetAsync(Keys)).Headers.Location!.ToString());
        Assert.Equal("/console/sign-in", (await visitor.GetAsync(Keys)).Headers.Location!.ToString());

        using Visitor other = await Visitor.SignInAsync(server);
        string cookies = other.Cookies.GetCookieHeader(new Uri(server.Url, Keys));
        string token = (await other.ReadAsync(Keys)).Split("name=\"__RequestVerificationToken\" value=\"")[1].Split('"')[0];
        Assert.Equal(
            HttpStatusCode.Redirect,
            (await other.PostAsync("/console/sign-out", new() { ["__RequestVerificationToken"] = token })).StatusCode);
        HttpRequestMessage again = new(HttpMethod.Get, Keys);
        again.Headers.Add("Cookie", cookies);
        using Visitor thief = new(server);
        Assert.Equal("/console/sign-in?ended", (await thief.SendAsync(again)).Headers.Location!.ToString());
    }

    [Fact]
    public async Task AccessKey_WhenItIsRemoved_EndsItsSession()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        NewAccessKey key = server.Engine.AccessKeys.Create($"arn:aws:iam::{server.Account}:user/alice");
        using Visitor visitor = await Visitor.SignInAsync(server, key);
        Assert.Contains("user/alice", await visitor.ReadAsync(Keys), StringComparison.Ordinal);
        Assert.DoesNotContain("administrator", await visitor.ReadAsync(Keys), StringComparison.Ordinal);
        server.Engine.AccessKeys.Remove(key.AccessKeyId);

        // Another one under its ID is not the one that has signed in.
        server.Engine.AccessKeys.Add(key.AccessKeyId, "another-secret", $"arn:aws:iam::{server.Account}:user/alice");
        Assert.Equal("/console/sign-in?ended", (await visitor.GetAsync(Keys)).Headers.Location!.ToString());
    }

    [Fact]
    public async Task AccessKey_WithAWrongSecret_IsRefusedAndCounted()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        NewAccessKey key = server.Engine.AccessKeys.Create($"arn:aws:iam::{server.Account}:user/alice");
        using Visitor visitor = new(server);
        HttpResponseMessage answer = await visitor.SendFormAsync("/console/sign-in", new()
        {
            ["_handler"] = "sign-in",
            ["access-key"] = key.AccessKeyId,
            ["secret"] = "wrong-secret-that-was-entered",
        });
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        string page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("InvalidSignatureException", page, StringComparison.Ordinal);
        Assert.Contains($"value=\"{key.AccessKeyId}\"", page, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-secret", page, StringComparison.Ordinal);
        Assert.Equal(2, server.Engine.RefusedSignatures.Note(key.AccessKeyId, "InvalidSignatureException", "-"));
    }

    [Fact]
    public async Task Calls_OfASession_AreRecordedAsThoseOfItsPrincipal()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        NewAccessKey key = server.Engine.AccessKeys.Create($"arn:aws:iam::{server.Account}:user/alice");
        using Visitor visitor = await Visitor.SignInAsync(server, key);
        await visitor.GetAsync(Keys);
        Auditing.AuditEvent recorded = Assert.Single(server.Engine.FindEvents(new Persistence.EventQuery { EventName = "ListKeys" }));
        Assert.Contains($"\"accessKeyId\":\"{key.AccessKeyId}\"", recorded.CloudTrailEvent, StringComparison.Ordinal);
        Assert.Contains("user/alice", recorded.CloudTrailEvent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Console_ThatWasNotAskedFor_IsNotThere()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync(static options => options with { Console = false });
        using Visitor visitor = new(server);
        HttpResponseMessage answer = await visitor.GetAsync("/console");
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.DoesNotContain("Content-Security-Policy", answer.Headers.Select(static header => header.Key));
    }

    [Theory]
    [InlineData("/console/../../etc/passwd")]
    [InlineData("/console/assets/..%2f..%2fKmsTools.Console.dll")]
    [InlineData("/console/assets/KmsTools.WebConsole.App")]
    [InlineData("/console/us-east-1%00/keys")]
    [InlineData("/console/NoRegion/keys")]
    [InlineData("/console/us-east-1/keys/..%2f..%2fstore")]
    public async Task Path_ThatTricks_FindsNothing(string path)
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = await Visitor.SignInAsync(server);
        HttpResponseMessage answer = await visitor.GetAsync(path);
        Assert.InRange((int)answer.StatusCode, 400, 404);
    }

    [Fact]
    public async Task ApiCalls_BesideTheConsole_AreAsBefore()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor visitor = new(server);
        Assert.Equal(HttpStatusCode.OK, (await visitor.GetAsync("/healthz")).StatusCode);
        HttpResponseMessage answer = await visitor.GetAsync("/consoles");
        Assert.DoesNotContain("Content-Security-Policy", answer.Headers.Select(static header => header.Key));
        Assert.Contains("UnknownOperationException", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
