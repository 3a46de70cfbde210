using System.Collections.Concurrent;
using System.Diagnostics;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Durability;

/// <summary>Backups while another process writes, and backups whose process is killed.</summary>
[Collection("SoftHSM")]
public sealed class BackupDurabilityTests(ITestOutputHelper output)
{
    private static readonly int Kills = Campaign.Length(usual: 4, full: 20);

    private static string TokenRoot => Path.Combine(SoftHsm.Folder, "tokens");

    [Fact]
    public async Task Backup_WhileAnotherProcessWrites_HoldsAllThatWasAnsweredBefore()
    {
        using HsmFixture hsm = new();
        hsm.Connected();
        HsmBackups backups = hsm.Kms.Engine.HsmBackups;
        ConcurrentQueue<string> answers = new();
        List<(string BackupId, int Answers)> made = [];
        using (Process writer = WorkingProcess.Start(hsm.Kms.Folder, hsm.StoreId))
        {
            Task reading = ReadAsync(writer, answers);
            while (answers.Count < 20)
            {
                await Task.Delay(20, TestContext.Current.CancellationToken);
            }

            for (int i = 0; i < 6; i++)
            {
                int before = answers.Count;
                made.Add((backups.Create(HsmFixture.ClusterId).BackupId, before));
                while (answers.Count < before + 20)
                {
                    await Task.Delay(20, TestContext.Current.CancellationToken);
                }
            }

            writer.Kill();
            await writer.WaitForExitAsync(TestContext.Current.CancellationToken);
            await reading;
        }

        Assert.DoesNotContain(answers, static line => line.StartsWith("failed", StringComparison.Ordinal));
        string[] lines = [.. answers];
        int checkedCiphertexts = 0;
        foreach ((string backupId, int count) in made)
        {
            string clusterId = hsm.Kms.Engine.HsmRestorer.Restore(backupId).Cluster.ClusterId;
            hsm.Disconnect();
            hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = hsm.StoreId, CloudHsmClusterId = clusterId });
            hsm.Connected();
            foreach (string[] parts in lines.Take(count).Select(static line => line.Split(' '))
                .Where(static parts => parts[0] == "ciphertext"))
            {
                Assert.Equal(Convert.FromBase64String(parts[2]), hsm.Kms.Decrypt(Convert.FromBase64String(parts[1])));
                checkedCiphertexts++;
            }
        }

        output.WriteLine(
            $"{made.Count} backups under load, {lines.Length} answers, {checkedCiphertexts} ciphertexts decrypted after restores");
        Assert.True(checkedCiphertexts > 0);
    }

    [Fact]
    public async Task Kill_AtRandomMoments_LeavesNothingHalf()
    {
        using HsmFixture hsm = new();
        hsm.Connected();
        byte[] blob = hsm.Kms.Encrypt(hsm.CreateKey().KeyId, 7);
        HsmBackups backups = hsm.Kms.Engine.HsmBackups;
        hsm.Disconnect();
        string spare = hsm.Kms.Engine.HsmRestorer.Restore(backups.Create(HsmFixture.ClusterId).BackupId).Cluster.ClusterId;
        string[] foreign = [.. Directory.GetDirectories(TokenRoot).Except(Registered(hsm))];
        Random random = new(20300101);
        int done = 0;
        int leftovers = 0;
        for (int kill = 1; kill <= Kills; kill++)
        {
            using (Process process = BackingUpProcess.Start(hsm.Kms.Folder, HsmFixture.ClusterId, spare))
            {
                string? line = await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
                await Task.Delay(random.Next(300), TestContext.Current.CancellationToken);
                process.Kill();
                string rest = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
                await process.WaitForExitAsync(TestContext.Current.CancellationToken);
                Assert.DoesNotContain("failed", line + rest, StringComparison.Ordinal);
                done += 1 + rest.Split('\n', StringSplitOptions.RemoveEmptyEntries).Length;
            }

            // Nothing that can be seen is half, even before anybody has tidied up.
            string[] whole = [.. Directory.GetDirectories(TokenRoot).Where(static folder => !Path.GetFileName(folder).StartsWith('.'))];
            Assert.All(whole, static folder => Assert.Equal(320, new FileInfo(Path.Combine(folder, "token.object")).Length));
            leftovers += Directory.GetDirectories(TokenRoot).Length - whole.Length + whole.Except(foreign).Except(Registered(hsm)).Count()
                + Directory.GetFileSystemEntries(Path.Combine(hsm.Kms.Folder, "backups")).Length - backups.Find().Length;

            string last = hsm.Kms.Engine.HsmRestorer.Restore(backups.Create(HsmFixture.ClusterId).BackupId).Cluster.ClusterId;
            Assert.Equal(
                backups.Find().Select(static backup => backup.Reference).Order(),
                Directory.GetFileSystemEntries(Path.Combine(hsm.Kms.Folder, "backups")).Order());
            Assert.Equal(Registered(hsm).Order(), Directory.GetDirectories(TokenRoot).Except(foreign).Order());
            foreach (string cluster in new[] { last, spare })
            {
                hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = hsm.StoreId, CloudHsmClusterId = cluster });
                hsm.Connected();
                Assert.Equal([7], hsm.Kms.Decrypt(blob));
                hsm.Disconnect();
            }

            foreach (HsmClusterDescription cluster in hsm.Kms.Engine.HsmClusters.Find()
                .Where(cluster => cluster.ClusterId != spare && cluster.ClusterId != HsmFixture.ClusterId))
            {
                hsm.Kms.Engine.HsmClusters.Unregister(cluster.ClusterId);
                cluster.Hsms.ToList().ForEach(static token => Directory.Delete(FolderOf(token.SerialNumber), recursive: true));
            }
        }

        // Every backup that is listed is whole.
        foreach (HsmBackupDescription backup in backups.Find())
        {
            hsm.Kms.Engine.HsmRestorer.Restore(backup.BackupId);
        }

        output.WriteLine($"{Kills} kills, {done} steps answered, {leftovers} leftovers found and removed");

        // The kills met backups and restores at work.
        Assert.True(leftovers > 0 || done > Kills);
    }

    private static async Task ReadAsync(Process process, ConcurrentQueue<string> lines)
    {
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            lines.Enqueue(line);
        }
    }

    private static string[] Registered(HsmFixture hsm)
    {
        using IStateReader reader = hsm.Kms.Engine.Store.OpenReader();
        return [.. reader.ListClusters().SelectMany(static cluster => cluster.Tokens).Select(static token => FolderOf(token.SerialNumber))
            .Distinct()];
    }

    private static string FolderOf(string serialNumber) => Directory.GetDirectories(TokenRoot)
        .Single(
            folder => Path.GetFileName(folder).Replace("-", "", StringComparison.Ordinal).EndsWith(serialNumber, StringComparison.Ordinal));
}
