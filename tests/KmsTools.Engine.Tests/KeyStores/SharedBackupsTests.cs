using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>Backups and locks of a store that several machines share.</summary>
public sealed class SharedBackupsTests : IDisposable
{
    private const string BackupId = "backup-aaaaaaaaaaa";

    private readonly TwoNodes _nodes = new();

    public void Dispose() => _nodes.Dispose();

    [Fact]
    public void PreviewRestore_CopyIsOnAnotherMachine_SaysWhereItIsToBe()
    {
        Record();
        string folder = Path.Combine(_nodes.Store.Folder, "backups", BackupId);

        HsmException error = Assert.Throws<HsmException>(() => _nodes.Here.HsmRestorer.PreviewRestore(BackupId));

        Assert.Equal(
            (HsmFailure.Failed, $"The copy of backup {BackupId} is not on this machine: there is no '{folder}'. It is on the machine that the "
                + "event BackupHsmCluster of the backup names: restore it there, or bring the folder here."),
            (error.Failure, error.Message));
        Directory.CreateDirectory(folder);
        Assert.Equal(folder, _nodes.Here.HsmRestorer.PreviewRestore(BackupId).Reference);
    }

    [Fact]
    public void Restore_CopyIsOnAnotherMachine_ChangesNothing()
    {
        Record();

        Assert.Throws<HsmException>(() => _nodes.Here.HsmRestorer.Restore(BackupId));

        Assert.Empty(_nodes.There.HsmClusters.Find());
    }

    [Fact]
    public void EnterKeyStore_AnotherNodeKeepsIt_SaysSo()
    {
        _nodes.Store.IsLockTaken = true;

        Assert.Equal(
            "Another process has been connecting custom key store cks-1 for ten minutes.",
            Assert.Throws<HsmException>(() => StoreLock.EnterKeyStore(_nodes.Store, "cks-1")).Message);
        Assert.Equal(
            "Another process has been working with backups for ten minutes.",
            Assert.Throws<HsmException>(() => StoreLock.EnterBackups(_nodes.Store)).Message);
        Assert.Equal([("connect-cks-1", TimeSpan.FromMinutes(10)), ("backups", TimeSpan.FromMinutes(10))], _nodes.Store.Locks);
    }

    private void Record()
    {
        using IStateTransaction transaction = _nodes.There.Store.BeginTransaction();
        transaction.InsertBackup(
            new HsmClusterBackup
            {
                BackupId = BackupId,
                ClusterId = "cluster-aaaaaaaaaaa",
                Kind = HsmBackupKind.COPY,
                CreationDate = KmsFixture.Start,
                Hsms = [new HsmToken("one", "1", "/lib/p11.so")],
                TrustAnchorCertificate = "certificate",
                Digest = new string('0', 64),
            },
            []);
        transaction.Commit();
    }
}
