using System.Net;
using KmsTools.Persistence;
using KmsTools.Operations;

namespace KmsTools.WebConsole;

/// <summary>What a list shows to whom, without a browser.</summary>
public sealed class KeyListTests
{
    private const string Keys = "/console/us-east-1/keys";

    [Fact]
    public async Task List_KeyThatMayNotBeDescribed_ShowsOnlyItsIdAndTellsNothingByFilterOrOrder()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string open = Create(server, "open project", "alias/open");
        string hidden = Create(server, "secret project", "alias/zebra");
        server.Engine.Execute(new DisableKeyRequest { KeyId = hidden });
        using Visitor visitor = await SignInAsync(server, hidden);

        string all = await visitor.ReadAsync(Keys);
        Assert.Contains(hidden, all, StringComparison.Ordinal);
        Assert.Contains("You may not describe this key.", all, StringComparison.Ordinal);
        Assert.Contains("open project", all, StringComparison.Ordinal);
        Assert.DoesNotContain("secret", all, StringComparison.Ordinal);
        Assert.DoesNotContain("zebra", all, StringComparison.Ordinal);

        const string note = "1 key is left out, because the list is filtered or sorted and you may not describe it.";
        string[] queries =
        [
            "?q=secret", "?q=zebra", "?q=nothing-has-this", "?state=Disabled", "?state=Enabled", "?sort=alias", "?sort=alias&order=descending",
            $"?q={hidden}", "?sort=due", "?origin=AWS_KMS", "?spec=SYMMETRIC_DEFAULT", "?q=secret&page=2",
        ];
        foreach (string query in queries)
        {
            string html = await visitor.ReadAsync(Keys + query);
            Assert.DoesNotContain($"/keys/{hidden}", html, StringComparison.Ordinal);
            Assert.Contains(note, html, StringComparison.Ordinal);
        }

        // With a match or without one: the same page.
        Assert.Equal(
            Plain(await visitor.ReadAsync(Keys + "?q=secret"), "secret"),
            Plain(await visitor.ReadAsync(Keys + "?q=nothing"), "nothing"));
        Assert.Contains(open, await visitor.ReadAsync(Keys + "?state=Enabled"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_GrantAllowsDescribeKeyLater_ShowsTheKeyAtOnce()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string hidden = Create(server, "secret project", "alias/zebra");
        using Visitor visitor = await SignInAsync(server, hidden, isDenied: false);
        Assert.DoesNotContain(hidden, await visitor.ReadAsync(Keys + "?q=secret"), StringComparison.Ordinal);
        string grant = server.Engine.Execute(new CreateGrantRequest
        {
            KeyId = hidden,
            GranteePrincipal = $"arn:aws:iam::{server.Account}:user/limited",
            Operations = ["DescribeKey"],
        }).GrantId;
        Assert.Contains(hidden, await visitor.ReadAsync(Keys + "?q=secret"), StringComparison.Ordinal);
        server.Engine.Execute(new RevokeGrantRequest { KeyId = hidden, GrantId = grant });
        Assert.DoesNotContain(hidden, await visitor.ReadAsync(Keys + "?q=secret"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_IsShown_RecordsOneCallOfListKeys()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        Create(server, "one", "alias/one");
        using Visitor visitor = await Visitor.SignInAsync(server);
        string newest = Events(server)[^1];
        await visitor.ReadAsync(Keys + "?q=one&sort=alias");
        string[] events = [.. Events(server).SkipWhile(id => id != newest).Skip(1)];
        Assert.Equal("ListKeys", server.Engine.FindEvents(new EventQuery { Last = 1 }).Single().EventName);
        Assert.Single(events);
    }

    [Fact]
    public async Task List_ListKeysIsDenied_ShowsNoKeys()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        string key = Create(server, "one", "alias/one");
        server.Engine.Principals.Create(PrincipalType.User, "nobody", PrincipalSettings.None);
        NewAccessKey accessKey = server.Engine.AccessKeys.Create($"arn:aws:iam::{server.Account}:user/nobody");
        using Visitor visitor = await Visitor.SignInAsync(server, accessKey);
        HttpResponseMessage answer = await visitor.GetAsync(Keys);
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        string html = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Contains("AccessDeniedException", html, StringComparison.Ordinal);
        Assert.DoesNotContain(key, html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_ManyKeys_HasPagesInEveryOrder()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        for (int i = 0; i < 205; i++)
        {
            Create(server, $"number {i}", $"alias/n{i:000}");
        }

        using Visitor visitor = await Visitor.SignInAsync(server);
        Assert.Contains("1 to 100 of 205 keys", await visitor.ReadAsync(Keys), StringComparison.Ordinal);
        string last = await visitor.ReadAsync(Keys + "?sort=alias&order=descending&page=3");
        Assert.Contains("201 to 205 of 205 keys", last, StringComparison.Ordinal);
        Assert.Contains("alias/n004", last, StringComparison.Ordinal);
        Assert.DoesNotContain("alias/n005", last, StringComparison.Ordinal);
        Assert.Contains("No keys on this page; 205 keys", await visitor.ReadAsync(Keys + "?page=2000000000"), StringComparison.Ordinal);
        string found = await visitor.ReadAsync(Keys + "?q=NUMBER+17&sort=alias");
        Assert.Contains("11 keys that match", found, StringComparison.Ordinal);
        Assert.True(
            found.IndexOf("alias/n017", StringComparison.Ordinal) < found.IndexOf("alias/n170", StringComparison.Ordinal));
    }

    private static string Create(ConsoleServer server, string description, string alias)
    {
        string key = server.Engine.Execute(new CreateKeyRequest { Description = description }).KeyMetadata.KeyId;
        server.Engine.Execute(new CreateAliasRequest { AliasName = alias, TargetKeyId = key });
        return key;
    }

    private static string[] Events(ConsoleServer server) =>
        [.. server.Engine.FindEvents(new EventQuery()).Select(static recorded => recorded.EventId)];

    // Tokens of forms and the text of the filter are different on every page.
    private static string Plain(string html, string text) => string.Join(
        '\n',
        html.Split('\n').Where(static line => !line.Contains("__RequestVerificationToken", StringComparison.Ordinal))
            .Select(line => line.Replace(text, "", StringComparison.Ordinal)));

    private static Task<Visitor> SignInAsync(ConsoleServer server, string hidden, bool isDenied = true)
    {
        string deny = isDenied
            ? $$"""{"Effect":"Deny","Action":"kms:DescribeKey","Resource":"arn:aws:kms:*:*:key/{{hidden}}"},"""
            : "";
        string allowed = isDenied ? "[\"kms:ListKeys\",\"kms:DescribeKey\"]" : "\"kms:ListKeys\"";
        server.Engine.Principals.Create(PrincipalType.User, "limited", new PrincipalSettings
        {
            Policies = new Dictionary<string, string>
            {
                ["keys"] = $$"""{"Version":"2012-10-17","Statement":[{{deny}}{"Effect":"Allow","Action":{{allowed}},"Resource":"*"}]}""",
            },
        });
        return Visitor.SignInAsync(server, server.Engine.AccessKeys.Create($"arn:aws:iam::{server.Account}:user/limited"));
    }
}
