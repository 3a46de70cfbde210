using KmsTools.KeyStores;
using KmsTools.Operations;
using Microsoft.Playwright;
using static Microsoft.Playwright.Assertions;

namespace KmsTools.WebConsole.KeyStores;

/// <summary>Clusters and their HSMs, what they hold without a key, and their backups.</summary>
public sealed class HsmClusterTests(Browser browser)
{
    private const string OfficerPin = "officer-of-the-lab";

    [Fact]
    public async Task Hsms_AreInitializedRegisteredAddedAndRemoved()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KmsEngine engine = server.Engine;
        string second = HsmLab.NewToken(engine);
        string first = $"first-{second}";
        IPage page = await browser.SignInAsync(server);
        PageCheck check = new(page, HsmLab.Pin, OfficerPin);

        await page.GetByRole(AriaRole.Link, new() { Name = "HSM clusters", Exact = true }).ClickAsync();
        await check.RequireGoodAsync();
        await page.GetByText("Initialize a token").ClickAsync();
        await check.RequireGoodAsync();
        await page.GetByLabel("PKCS#11 library").FillAsync(SoftHsm.Library);
        await page.GetByLabel("Token label").FillAsync(first);
        await page.GetByLabel("PIN of the security officer").FillAsync(OfficerPin);
        await page.GetByLabel("PIN of the crypto user").FillAsync(HsmLab.Pin);
        await ClickAsync(page, "Initialize token");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync($"The token {first} is initialized.");
        await ClickAsync(page, "Show its tokens");
        await page.GetByLabel(first).CheckAsync();
        await check.RequireGoodAsync();
        await ClickAsync(page, "Register cluster");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is registered.");
        HsmClusterDescription cluster = Assert.Single(engine.HsmClusters.Find());
        Assert.Equal(first, Assert.Single(cluster.Hsms).TokenLabel);
        await Expect(page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync(cluster.ClusterId);
        await check.RequireGoodAsync();

        KeyMetadata key = NewConnectedKey(engine, cluster);
        await page.GetByText("Add HSM", new() { Exact = true }).ClickAsync();
        await check.RequireGoodAsync();
        await page.GetByLabel("Token label").FillAsync(second);
        await ClickAsync(page, "Add HSM");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync($"The HSM {second} is added.");
        Assert.Equal(2, engine.HsmClusters.Find()[0].HsmCount);
        await page.GetByLabel("Requests per second that the cluster serves for others").FillAsync("800");
        await ClickAsync(page, "Save settings");
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync("The settings of the cluster are saved.");
        Assert.Equal(800, engine.HsmClusters.Find()[0].CommandsFromElsewhere);
        await check.RequireGoodAsync();

        // Its key was made while it was alone, and cannot leave it.
        await page.GetByRole(AriaRole.Link, new() { Name = $"Remove the HSM {first}" }).ClickAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("The material of 1 KMS key may be nowhere else.");
        await Expect(page.Locator("main")).ToContainTextAsync(key.Arn);
        await check.RequireGoodAsync();
        await ConfirmAsync(page, first, "Remove HSM");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("may hold the only copy");
        Assert.Equal(2, engine.HsmClusters.Find()[0].HsmCount);
        await page.GetByText("Cancel").ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = $"Remove the HSM {second}" }).ClickAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("The other HSMs hold all keys of the cluster.");
        await ConfirmAsync(page, second, "Remove HSM");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync($"The HSM {second} is removed.");
        Assert.Equal(first, Assert.Single(engine.HsmClusters.Find()[0].Hsms).TokenLabel);

        await page.GotoAsync(new Uri(server.Url, $"/console/us-east-1/hsm-clusters/{cluster.ClusterId}/unregister").ToString());
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("CloudHsmClusterInUseException");
        await check.RequireGoodAsync();
        HsmClusterDescription other = engine.HsmClusters.Register(SoftHsm.Library, [second]);
        await page.GotoAsync(new Uri(server.Url, $"/console/us-east-1/hsm-clusters/{other.ClusterId}/unregister").ToString());
        await check.RequireGoodAsync();
        await ConfirmAsync(page, other.ClusterId, "Unregister cluster");
        await Expect(page.GetByRole(AriaRole.Table)).ToContainTextAsync(cluster.ClusterId);
        await check.RequireGoodAsync();
        Assert.Single(engine.HsmClusters.Find());
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is unregistered.");
        await check.RequireNoSecretsAsync();
    }

    [Fact]
    public async Task OrphansAndBackups_AreListedRestoredAndRemoved()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KmsEngine engine = server.Engine;
        HsmClusterDescription cluster = HsmLab.NewCluster(engine);
        KeyMetadata key = NewOrphan(engine, cluster);
        IPage page = await browser.SignInAsync(server);
        PageCheck check = new(page, HsmLab.Pin);

        await page.GotoAsync(new Uri(server.Url, $"/console/us-east-1/hsm-clusters/backups?cluster={cluster.ClusterId}").ToString());
        await Expect(page.Locator("main")).ToContainTextAsync("There are no such backups.");
        await ClickAsync(page, "Back up cluster");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is made.");
        HsmBackupDescription backup = Assert.Single(engine.HsmBackups.Find());
        await Expect(page.GetByRole(AriaRole.Table)).ToContainTextAsync(backup.BackupId);
        await check.RequireGoodAsync();

        await RemoveOrphanAsync(server, page, check, cluster, key);

        await page.GotoAsync(new Uri(server.Url, $"/console/us-east-1/hsm-clusters/backups?key={key.KeyId}").ToString());
        await Expect(page.GetByRole(AriaRole.Table)).ToContainTextAsync(backup.BackupId);
        await page.GetByRole(AriaRole.Link, new() { Name = $"Restore {backup.BackupId}" }).ClickAsync();
        await check.RequireGoodAsync();
        await ClickAsync(page, "Restore into a new cluster");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync("is restored.");
        HsmClusterDescription restored = engine.HsmClusters.Find().Single(found => found.ClusterId != cluster.ClusterId);
        Assert.Equal(cluster.TrustAnchorCertificate, restored.TrustAnchorCertificate);

        await page.GotoAsync(new Uri(server.Url, $"/console/us-east-1/hsm-clusters/backups/{backup.BackupId}/restore").ToString());
        await page.GetByText($"Replace the content of {cluster.ClusterId}").ClickAsync();
        await check.RequireGoodAsync();
        await ConfirmAsync(page, restored.ClusterId, "Replace the content of the HSMs");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nothing was done.");
        Assert.Empty(engine.KeyMaterial.Find(cluster.ClusterId, Pin()).Orphans);
        await ConfirmAsync(page, cluster.ClusterId, "Replace the content of the HSMs");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync($"have the content of {backup.BackupId}.");
        Assert.Equal(key.Arn, Assert.Single(engine.KeyMaterial.Find(cluster.ClusterId, Pin()).Orphans).KeyArn);

        await page.GotoAsync(new Uri(server.Url, $"/console/us-east-1/hsm-clusters/backups/{backup.BackupId}/remove").ToString());
        await check.RequireGoodAsync();
        await ConfirmAsync(page, backup.BackupId, "Remove backup");
        await Expect(page.GetByRole(AriaRole.Status)).ToContainTextAsync($"The backup {backup.BackupId} is removed.");
        Assert.Empty(engine.HsmBackups.Find());
        await check.RequireNoSecretsAsync();
    }

    [Fact]
    public async Task RestoreInPlace_AKeyIsNewerThanTheBackup_IsNamedBeforeAndAtTheNextConnect()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KmsEngine engine = server.Engine;
        HsmClusterDescription cluster = HsmLab.NewCluster(engine);
        KeyMetadata kept = NewConnectedKey(engine, cluster);
        HsmBackupDescription backup = engine.HsmBackups.Create(cluster.ClusterId);
        IPage page = await browser.SignInAsync(server);
        PageCheck check = new(page, HsmLab.Pin);
        string restore = new Uri(
            server.Url, $"/console/us-east-1/hsm-clusters/backups/{backup.BackupId}/restore-in-place?cluster={cluster.ClusterId}").ToString();
        KeyMetadata later = engine.Execute(
            new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = kept.CustomKeyStoreId }).KeyMetadata;
        engine.Execute(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = kept.CustomKeyStoreId });

        await page.GotoAsync(restore);
        await Expect(page.Locator("main")).ToContainTextAsync("The backup does not hold the material of 1 key, which cannot be used afterwards:");
        await Expect(page.Locator("main")).ToContainTextAsync(later.Arn);
        await Expect(page.Locator("main")).Not.ToContainTextAsync(kept.Arn);
        await check.RequireGoodAsync();
        await ConfirmAsync(page, cluster.ClusterId, "Replace the content of the HSMs");
        await page.GotoAsync(new Uri(server.Url, $"/console/us-east-1/key-stores/{kept.CustomKeyStoreId}").ToString());
        await ClickAsync(page, "Connect");
        await Expect(page.GetByRole(AriaRole.Status)).ToHaveTextAsync(
            $"The custom key store is connected. No HSM of {cluster.ClusterId} holds the material of 1 key, which cannot be used: {later.Arn}. "
                + "The page of orphaned key material of the cluster shows them.");
    }

    [Fact]
    public async Task Unregister_MaterialOfADeletedKeyIsLeft_LeadsToItsRemoval()
    {
        await using ConsoleServer server = await ConsoleServer.StartAsync();
        KmsEngine engine = server.Engine;
        HsmClusterDescription cluster = HsmLab.NewCluster(engine);
        KeyMetadata key = NewOrphan(engine, cluster);
        engine.ProcessDue();
        engine.Execute(new DeleteCustomKeyStoreRequest { CustomKeyStoreId = key.CustomKeyStoreId });
        IPage page = await browser.SignInAsync(server);
        PageCheck check = new(page, HsmLab.Pin);

        await page.GotoAsync(new Uri(server.Url, $"/console/us-east-1/hsm-clusters/{cluster.ClusterId}/unregister").ToString());
        await Expect(page.Locator("main")).ToContainTextAsync("They hold the material of 1 deleted key");
        await check.RequireGoodAsync();
        await page.GetByText("Remove it first").ClickAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("The store knows of 1 key material without a key in them.");
    }

    // The material of a key whose custom key store was disconnected when it was deleted.
    private static async Task RemoveOrphanAsync(
        ConsoleServer server, IPage page, PageCheck check, HsmClusterDescription cluster, KeyMetadata key)
    {
        string orphans = new Uri(server.Url, $"/console/us-east-1/hsm-clusters/{cluster.ClusterId}/orphans").ToString();
        await page.GotoAsync(orphans);
        await Expect(page.Locator("main")).ToContainTextAsync("The store knows of 1 key material without a key in them.");
        await check.RequireGoodAsync();
        await page.GetByLabel("Password of the crypto user").FillAsync(HsmLab.Pin);
        await ClickAsync(page, "Compare");
        await Expect(page.GetByRole(AriaRole.Table)).ToContainTextAsync("Material without a key");
        await Expect(page.GetByRole(AriaRole.Table)).ToContainTextAsync(key.KeyId);
        await check.RequireGoodAsync();
        await page.GetByText("Remove", new() { Exact = true }).ClickAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("It cannot be recovered.");
        await check.RequireGoodAsync();

        server.Engine.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = key.CustomKeyStoreId });
        await page.ReloadAsync();
        await Expect(page.Locator("main")).ToContainTextAsync("HSMs that hold it");
        await ConfirmAsync(page, "not-this-key", "Destroy key material");
        await Expect(page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Nothing was done.");
        Assert.Single(server.Engine.KeyMaterial.Find(cluster.ClusterId).Orphans);
        await check.RequireGoodAsync();
        await ConfirmAsync(page, key.KeyId, "Destroy key material");
        await Expect(page.Locator("main")).ToContainTextAsync("and nothing else of the store.");
        Assert.Empty(server.Engine.KeyMaterial.Find(cluster.ClusterId).Orphans);
        server.Engine.Execute(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = key.CustomKeyStoreId });
    }

    // A key whose waiting period ends while its key store is disconnected.
    private static KeyMetadata NewOrphan(KmsEngine engine, HsmClusterDescription cluster)
    {
        KeyMetadata key = NewConnectedKey(engine, cluster);
        engine.Execute(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = key.CustomKeyStoreId });
        engine.Execute(new ScheduleKeyDeletionRequest { KeyId = key.KeyId, PendingWindowInDays = 7 });
        engine.StepClock(engine.UtcNow + TimeSpan.FromDays(8));
        return key;
    }

    private static KeyMetadata NewConnectedKey(KmsEngine engine, HsmClusterDescription cluster)
    {
        string store = engine.Execute(new CreateCustomKeyStoreRequest
        {
            CustomKeyStoreName = "ledger", CloudHsmClusterId = cluster.ClusterId, TrustAnchorCertificate = cluster.TrustAnchorCertificate,
            KeyStorePassword = HsmLab.Pin,
        }).CustomKeyStoreId;
        engine.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = store });
        return engine.Execute(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = store }).KeyMetadata;
    }

    private static Cryptography.Secret Pin() => Cryptography.Secret.CopyOf(System.Text.Encoding.UTF8.GetBytes(HsmLab.Pin));

    private static async Task ConfirmAsync(IPage page, string word, string button)
    {
        await page.GetByLabel("To confirm, enter").FillAsync(word);
        await ClickAsync(page, button);
    }

    private static Task ClickAsync(IPage page, string button) =>
        page.GetByRole(AriaRole.Button, new() { Name = button, Exact = true }).ClickAsync();
}
