using System.Text;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>The passwords, PINs and backups of HSM clusters when the root key is rotated.</summary>
[Collection("SoftHSM")]
public sealed class RootKeyAndHsmsTests : IDisposable
{
    private HsmFixture? _hsm;

    public void Dispose() => _hsm?.Dispose();

    [Fact]
    public void Rotate_ClusterWithPinAndBackup_AllAreWrappedAgain()
    {
        HsmFixture hsm = _hsm = new HsmFixture().Connected();
        KmsEngine engine = hsm.Kms.Engine;
        string key = hsm.CreateKey().KeyId;
        byte[] blob = hsm.Kms.Encrypt(key, 1, 2, 3);
        using (Secret pin = Secret.CopyOf("pin-of-uri"u8))
        using (IStateTransaction transaction = engine.Store.BeginTransaction())
        {
            transaction.UpdateCluster(hsm.Cluster with { WrappedPin = engine.HsmClusters.WrapPin(HsmFixture.ClusterId, pin) });
            transaction.Commit();
        }

        string backupId = engine.HsmBackups.Create(HsmFixture.ClusterId).BackupId;
        int connects = hsm.Watched.Offers.Count;
        engine.RootKey.Rotate();
        Assert.Equal([2], engine.Store.RootKey.Held);
        Assert.Equal([1, 2, 3], hsm.Kms.Decrypt(blob));
        Assert.Equal(connects, hsm.Watched.Offers.Count);

        hsm.Kms.Reopen();
        engine = hsm.Kms.Engine;
        Assert.Equal(HsmFixture.UserPin, hsm.StoredPassword());
        using (Secret pin = engine.HsmClusters.ReadPin(HsmFixture.ClusterId)!)
        {
            Assert.Equal("pin-of-uri", pin.Use(Encoding.UTF8.GetString));
        }

        using IStateReader reader = engine.Store.OpenReader();
        HsmClusterBackup backup = reader.FindBackup(backupId)!;
        Assert.Equal(2, RootKey.GenerationOf(backup.WrappedPassword!.Value.Span));
        using Secret then = engine.Services.Hsms.Passwords.Open(hsm.Record with { WrappedPassword = backup.WrappedPassword!.Value });
        Assert.Equal(HsmFixture.UserPin, then.Use(Encoding.UTF8.GetString));
        Assert.Equal([1, 2, 3], hsm.Kms.Decrypt(blob));
    }

    // A connect takes longer than the rotation of a small store.
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Rotate_WhileAConnectChangesThePassword_TheStoreHasTheNewOne(bool isAfter)
    {
        HsmFixture hsm = _hsm = new HsmFixture(managePassword: true);
        int rotations = 0;
        void Rotate()
        {
            rotations++;
            hsm.Kms.Engine.RootKey.Rotate();
            hsm.Kms.Engine.RootKey.Rotate();
        }

        hsm.Watched.BeforeChangePin = isAfter ? null : Rotate;
        hsm.Watched.AfterChangePin = isAfter ? Rotate : null;
        hsm.Connect();
        Assert.Equal(1, rotations);
        Assert.Equal(ConnectionStateType.CONNECTED, hsm.Store.ConnectionState);
        Assert.Null(hsm.Record.OtherWrappedPassword);
        Assert.True(hsm.Takes(hsm.StoredPassword()));
        Assert.True(CryptoUserPassword.IsMade(hsm.Kms.Engine.Store.RootKey, hsm.Record));
        Assert.Equal([3], hsm.Kms.Engine.Store.RootKey.Held);
        byte[] blob = hsm.Kms.Encrypt(hsm.CreateKey().KeyId, 1);
        hsm.Kms.Reopen();
        Assert.Equal([1], hsm.Kms.Decrypt(blob));
    }

    // The process is logged in with the password that it had before the rotation, and must see that it is the same.
    [Fact]
    public void Rotate_ClusterChangesLater_ConnectionIsReplacedUnderCallsOfIt()
    {
        HsmFixture hsm = _hsm = new HsmFixture().Connected();
        byte[] blob = hsm.Kms.Encrypt(hsm.CreateKey().KeyId, 1);
        hsm.Kms.Engine.RootKey.Rotate();
        using (HsmLease lease = hsm.Kms.Engine.Services.Hsms.Rent(hsm.Record))
        {
            hsm.Put(static record => record with { ConnectionGeneration = record.ConnectionGeneration + 1 });
            Assert.Equal([1], hsm.Kms.Decrypt(blob));
            Assert.Equal(0, hsm.Watched.Abandoned);
            Assert.NotEmpty(lease.Connection.Status());
        }
    }
}
