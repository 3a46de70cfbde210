using System.Diagnostics;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Durability;

/// <summary>Backups of a store that others change, and backups and restores whose process is killed.</summary>
public sealed class StoreBackupDurabilityTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-store-backup-").FullName;

    private string Store => StoreBackupProcess.StoreOf(_folder);

    private string BackupFile => StoreBackupProcess.FileOf(_folder);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public StoreBackupDurabilityTests() => StoreBackupsTests.Open(Store).Dispose();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task BackUp_WhileThreeProcessesWrite_HasEveryChangeThatWasAnsweredBefore()
    {
        Process[] writers = [.. Enumerable.Range(0, 3).Select(_ => StoreBackupProcess.Start(StoreBackupProcess.Write, _folder))];
        List<string> answered = [];
        using (KmsEngine engine = StoreBackupsTests.Open(Store))
        {
            for (int round = 0; round < Campaign.Length(usual: 2, full: 30); round++)
            {
                foreach (Process writer in writers)
                {
                    for (int i = 0; i < 10; i++)
                    {
                        answered.Add((await writer.StandardOutput.ReadLineAsync(Cancellation))!);
                    }
                }

                string[] before = [.. answered];
                new StoreBackups(engine).Create(BackupFile, [StoreBackupProcess.Opener()], replace: true);
                string restored = Path.Combine(_folder, $"restored-{round}");
                Assert.Equal(
                    0, StoreBackupsTests.Restorer().Restore(BackupFile, restored, StoreBackupProcess.Unlock).Damages);
                Require(restored, before);
            }
        }

        foreach (Process writer in writers)
        {
            writer.Kill();
            writer.Dispose();
        }
    }

    [Fact]
    public async Task Kill_WhileItBacksUp_LeavesAWholeBackupAndNothingThatStays()
    {
        using KmsEngine engine = StoreBackupsTests.Open(Store);
        string keyId = engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        new StoreBackups(engine).Create(BackupFile, [StoreBackupProcess.Opener()]);
        await KillAsync(StoreBackupProcess.BackUp, () => Assert.True(
            StoreBackupsTests.Restorer().Read(BackupFile, StoreBackupProcess.Unlock).IsVerified));
        new StoreBackups(engine).Create(BackupFile, [StoreBackupProcess.Opener()], replace: true);
        Assert.Equal([Store, BackupFile], Directory.GetFileSystemEntries(_folder).Order(StringComparer.Ordinal));
        Assert.Empty(Directory.GetDirectories(Store, "copy-*"));
        engine.Execute(new DescribeKeyRequest { KeyId = keyId });
    }

    [Fact]
    public async Task Kill_WhileItRestores_LeavesAWholeStore()
    {
        string keyId;
        using (KmsEngine engine = StoreBackupsTests.Open(Store))
        {
            keyId = engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
            new StoreBackups(engine).Create(BackupFile, [StoreBackupProcess.Opener()]);
        }

        await KillAsync(StoreBackupProcess.Restore, () => Require(Store, [keyId]));
        StoreBackupsTests.Restorer().Restore(BackupFile, Store, StoreBackupProcess.Unlock, replace: true);
        Assert.Empty(Directory.GetFileSystemEntries(_folder, "*.restoring*"));
        foreach (string former in Directory.GetDirectories(_folder))
        {
            Require(former, [keyId]);
        }
    }

    private async Task KillAsync(string work, Action check)
    {
        Random random = new(Campaign.Seed);
        for (int round = 0; round < Campaign.Length(usual: 2, full: 100); round++)
        {
            using Process process = StoreBackupProcess.Start(work, _folder);
            Assert.Equal("done", await process.StandardOutput.ReadLineAsync(Cancellation));
            await Task.Delay(random.Next(150), Cancellation);
            process.Kill();
            string rest = await process.StandardOutput.ReadToEndAsync(Cancellation);
            await process.WaitForExitAsync(Cancellation);
            Assert.DoesNotContain("failed", rest);
            check();
        }
    }

    private static void Require(string folder, IEnumerable<string> keyIds)
    {
        using KmsEngine engine = StoreBackupsTests.Open(folder);
        foreach (string keyId in keyIds)
        {
            engine.Execute(new DescribeKeyRequest { KeyId = keyId });
        }

        List<StoreFinding> findings = [];
        engine.Verifier.Run(findings.Add, []);
        Assert.Empty(findings);
    }
}
