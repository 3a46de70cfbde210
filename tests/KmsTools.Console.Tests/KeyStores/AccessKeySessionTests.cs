using System.Net;
using KmsTools.KeyStores;
using KmsTools.Operations;

namespace KmsTools.WebConsole.KeyStores;

/// <summary>What sessions of an access key may do with custom key stores, and what not, whatever a browser sends.</summary>
public sealed class AccessKeySessionTests
{
    private const string TokenField = "__RequestVerificationToken\" value=\"";

    private static readonly (string Path, string Act)[] Administration =
    [
        ("hsm-clusters", "configure"),
        ("hsm-clusters/register", "register"),
        ("hsm-clusters/register", "show"),
        ("hsm-clusters/initialize", "initialize"),
        ("hsm-clusters/backups", "create"),
        ("hsm-clusters/{0}", "configure"),
        ("hsm-clusters/{0}/add-hsm", "add"),
        ("hsm-clusters/{0}/remove-hsm", "remove"),
        ("hsm-clusters/{0}/unregister", "unregister"),
        ("hsm-clusters/{0}/orphans", "compare"),
        ("hsm-clusters/{0}/orphans/00", "remove"),
        ("hsm-clusters/backups/backup-1/restore", "restore"),
        ("hsm-clusters/backups/backup-1/restore-in-place", "restore"),
        ("hsm-clusters/backups/backup-1/remove", "remove"),
        ("key-stores/proxies", "set-address"),
        ("key-stores/proxies", "remove-address"),
        ("key-stores/proxies", "set-service"),
        ("key-stores/proxies", "remove-service"),
    ];

    [Fact]
    public async Task AccessKey_OfTheStore_CallsTheApiAndIsRefusedAdministration()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        HsmClusterDescription cluster = HsmLab.NewCluster(server.Engine);
        using Visitor alice = await Visitor.SignInAsync(server, server.Engine.AccessKeys.Create());

        HttpResponseMessage created = await alice.ActAsync(
            "/console/us-east-1/key-stores/create", "create", ("name", "ledger"), ("cluster", cluster.ClusterId),
            ("certificate", cluster.TrustAnchorCertificate), ("password", HsmLab.Pin));
        Assert.Equal(HttpStatusCode.Redirect, created.StatusCode);
        string id = Assert.Single(server.Engine.Execute(new DescribeCustomKeyStoresRequest()).CustomKeyStores).CustomKeyStoreId;
        string store = $"/console/us-east-1/key-stores/{id}";
        Assert.Equal(HttpStatusCode.Redirect, (await alice.ActAsync(store, "connect")).StatusCode);
        Assert.Equal(ConnectionStateType.CONNECTED, StateOf(server));
        string page = await alice.ReadAsync(store);
        Assert.Contains("ledger", page, StringComparison.Ordinal);
        Assert.DoesNotContain("/hsm-clusters", page, StringComparison.Ordinal);
        Assert.DoesNotContain(HsmLab.Pin, page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.BadRequest, (await alice.ActAsync(store + "/disconnect", "disconnect")).StatusCode);
        Assert.Equal(ConnectionStateType.CONNECTED, StateOf(server));
        Assert.Equal(
            HttpStatusCode.Redirect,
            (await alice.ActAsync(store + "/disconnect", "disconnect", ("confirmation", "disconnect"))).StatusCode);
        Assert.Equal(ConnectionStateType.DISCONNECTED, StateOf(server));

        foreach ((string path, string act) in Administration)
        {
            string url = "/console/us-east-1/" + path.Replace("{0}", cluster.ClusterId, StringComparison.Ordinal);
            HttpResponseMessage answer = await alice.GetAsync(url);
            Assert.Equal((url, HttpStatusCode.Forbidden), (url, answer.StatusCode));
            Assert.DoesNotContain("name=\"act\"", await TextAsync(answer), StringComparison.Ordinal);

            // With the token of a page that the session may see, as a script of its user could send it.
            string form = await alice.ReadAsync(store);
            int at = form.IndexOf(TokenField, StringComparison.Ordinal) + TokenField.Length;
            HttpResponseMessage posted = await alice.PostAsync(url, new()
            {
                ["_handler"] = "act", ["act"] = act, ["confirmation"] = cluster.ClusterId, ["host"] = "proxy.kms.test", ["port"] = "443",
                ["timeout"] = "250", ["elsewhere"] = "1", ["of"] = cluster.ClusterId,
                ["__RequestVerificationToken"] = form[at..form.IndexOf('"', at)],
            });
            Assert.Equal((url, HttpStatusCode.Forbidden), (url, posted.StatusCode));
        }

        Assert.Equal(0, Assert.Single(server.Engine.HsmClusters.Find()).CommandsFromElsewhere);
        Assert.Empty(server.Engine.HsmBackups.Find());
        Assert.Empty(server.Engine.ExternalKeyStores.ListAddresses());
    }

    [Fact]
    public async Task AccessKey_WithoutPermission_SeesTheRefusalOfTheEngine()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        server.Engine.Principals.Create(PrincipalType.User, "alice", PrincipalSettings.None);
        NewAccessKey key = server.Engine.AccessKeys.Create($"arn:aws:iam::{server.Account}:user/alice");
        using Visitor alice = await Visitor.SignInAsync(server, key);

        HttpResponseMessage answer = await alice.GetAsync("/console/us-east-1/key-stores");
        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("AccessDeniedException", await TextAsync(answer), StringComparison.Ordinal);
    }

    private static Task<string> TextAsync(HttpResponseMessage answer) =>
        answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);

    private static ConnectionStateType StateOf(ConsoleServer server) =>
        Assert.Single(server.Engine.Execute(new DescribeCustomKeyStoresRequest()).CustomKeyStores).ConnectionState;
}
