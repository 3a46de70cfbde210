using System.Net;
using System.Reflection;
using System.Text.RegularExpressions;
using KmsTools.Operations;
using KmsTools.WebConsole.Pages.Events;
using KmsTools.WebConsole.Requests;
using Microsoft.AspNetCore.Components;
using Microsoft.Playwright;

namespace KmsTools.WebConsole;

/// <summary>What is true of all pages of administration.</summary>
public sealed partial class AdministratorPagesTests(Browser browser)
{
    private static readonly string[] s_paths =
    [
        .. typeof(EventRowsHandler).Assembly.GetTypes()
            .Where(static type => type.GetCustomAttribute<AdministratorPageAttribute>() is not null)
            .SelectMany(static type => type.GetCustomAttributes<RouteAttribute>()).Select(static route => route.Template)
            .Append(EventRowsHandler.Path)
            .Select(static template => Parameter().Replace(template, static match => match.Groups["name"].Value switch
            {
                "Region" => "us-east-1",
                "Kind" => "users",
                _ => "alice",
            })),
    ];

    [Fact]
    public async Task Get_InASessionOfAnAccessKey_Is403AndShowsNothing()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        server.Engine.Principals.Create(PrincipalType.User, "alice", PrincipalSettings.None);
        NewAccessKey accessKey = server.Engine.AccessKeys.Create($"arn:aws:iam::{server.Account}:user/alice");
        using Visitor alice = await Visitor.SignInAsync(server, accessKey);
        long version = server.Engine.StateVersion;

        Assert.True(s_paths.Length > 20, string.Join(' ', s_paths));
        foreach (string path in s_paths)
        {
            HttpResponseMessage answer = await alice.GetAsync(path);
            string text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            Assert.True(answer.StatusCode == HttpStatusCode.Forbidden, $"{path}: {answer.StatusCode}");
            Assert.True(
                path == s_paths[^1] ? text.Length == 0 : text.Contains("This session was begun with an access key", StringComparison.Ordinal),
                path);
            Assert.DoesNotContain("AIDA", text, StringComparison.Ordinal);
        }

        // With a token of a page that the session may see.
        string token = FormToken().Match(await alice.ReadAsync("/console/us-east-1/keys")).Groups["token"].Value;
        Assert.NotEmpty(token);
        foreach (string path in s_paths)
        {
            HttpResponseMessage answer = await alice.PostAsync(
                path,
                new Dictionary<string, string>
                {
                    ["_handler"] = "act", ["act"] = "delete", ["confirmation"] = "alice", ["__RequestVerificationToken"] = token,
                });
            Assert.True(
                answer.StatusCode is HttpStatusCode.Forbidden || (path == s_paths[^1] && answer.StatusCode == HttpStatusCode.MethodNotAllowed),
                $"{path}: {answer.StatusCode}");
        }

        Assert.Equal(version, server.Engine.StateVersion);
    }

    [Fact]
    public async Task Pages_WithoutASession_LeadToTheSignIn()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        using Visitor stranger = new(server);
        foreach (string path in s_paths)
        {
            HttpResponseMessage answer = await stranger.GetAsync(path);
            Assert.True(
                answer.StatusCode == HttpStatusCode.Redirect && answer.Headers.Location!.ToString() == "/console/sign-in",
                $"{path}: {answer.StatusCode} {answer.Headers.Location}");
        }
    }

    [Fact]
    public async Task Pages_At360PixelsInTheDark_FitAndAreAccessible()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        const string policy = """{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"kms:Decrypt","Resource":"*"}}""";
        string keyId = server.Engine.Execute(new CreateKeyRequest { Description = "<script>alert(1)</script>" }).KeyMetadata.KeyId;
        server.Engine.Execute(new EnableKeyRotationRequest { KeyId = keyId, RotationPeriodInDays = 90 });
        server.Engine.Execute(new CreateAliasRequest { AliasName = "alias/orders", TargetKeyId = keyId });
        server.Engine.Principals.Create(PrincipalType.Group, "auditors", PrincipalSettings.None);
        server.Engine.Principals.Create(
            PrincipalType.User,
            "alice",
            new PrincipalSettings { Groups = ["auditors"], Policies = new Dictionary<string, string> { ["decrypt"] = policy } });
        string accessKeyId = server.Engine.AccessKeys.Create($"arn:aws:iam::{server.Account}:user/alice").AccessKeyId;
        server.Engine.Alarms.Create("still <b>in use</b>", AlarmEvent.KeyUsedWhilePendingDeletion);
        server.Engine.Quotas.Set("GrantsPerKey", 3);
        IPage page = await browser.SignInAsync(server, 360, ColorScheme.Dark);
        foreach (string path in s_paths.SkipLast(1).Except(["/console/us-east-1/store/unseal"]))
        {
            IResponse? answer = await page.GotoAsync(new Uri(server.Url, path + (path switch
            {
                _ when path.EndsWith("alarms/delete", StringComparison.Ordinal) => "?name=still%20%3Cb%3Ein%20use%3C%2Fb%3E",
                _ when path.EndsWith("access-keys/delete", StringComparison.Ordinal) => $"?id={accessKeyId}",
                _ when path.EndsWith("remove-policy", StringComparison.Ordinal) => "?policy=decrypt",
                _ when path.EndsWith("simulator", StringComparison.Ordinal) => $"?principal=user/alice&operation=Encrypt&key={keyId}",
                _ when path.EndsWith("schedule", StringComparison.Ordinal) => "?within=365",
                _ => "",
            })).ToString());
            Assert.True(answer!.Status == 200, $"{path}: {answer.Status} {await page.Locator("main").InnerTextAsync()}");
            await Browser.RequireAccessibleAsync(page);
            int width = await page.EvaluateAsync<int>("document.documentElement.scrollWidth");
            Assert.True(width <= 360, $"{path} is {width} pixels wide");
            Assert.Equal(0, await page.Locator("main script, main b").CountAsync());
        }
    }

    [GeneratedRegex(@"\{(?<name>\w+)\}", RegexOptions.ExplicitCapture)]
    private static partial Regex Parameter();

    [GeneratedRegex("name=\"__RequestVerificationToken\" value=\"(?<token>[^\"]+)\"", RegexOptions.ExplicitCapture)]
    private static partial Regex FormToken();
}
