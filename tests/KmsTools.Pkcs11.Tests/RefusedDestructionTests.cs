using System.Diagnostics;
using KmsTools.KeyStores;
using KmsTools.NetworkHsms;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>An HSM that refuses to destroy a key, and forgets in the meantime that it holds it, as SoftHSM does on a read-only disk.</summary>
public sealed class RefusedDestructionTests : IDisposable
{
    private readonly NetworkHsm _hsm = new NetworkHsm(timeout: 60_000, ownDisk: true).WithToken();
    private readonly Pkcs11HsmProvider _provider = new();
    private readonly byte[] _id = HsmLab.NewId();

    public void Dispose()
    {
        _provider.Dispose();
        _hsm.Dispose();
    }

    [Fact]
    public void DestroyKey_DiskIsReadOnly_IsRefusedAndTheKeyIsStillThere()
    {
        using IHsmConnection connection = Connect();
        connection.GenerateKey("arn:kept", _id);
        Assert.True(_hsm.TryMakeReadOnly());
        HsmException refused = Assert.Throws<HsmException>(() => connection.DestroyKey(_id));
        _hsm.MakeWritable();
        Assert.Equal(
            (
                HsmFailure.Failed,
                "The token 'network-hsm' refused to destroy a key (C_DestroyObject returned CKR_FUNCTION_FAILED (0x6)) and does not show it "
                    + "any more. It may still hold it."),
            (refused.Failure, refused.Message));
        HsmException again = Assert.Throws<HsmException>(() => connection.DestroyKey(_id));
        Assert.Equal(
            (
                ErrorCause.MaterialNotDestroyed,
                "The token 'network-hsm' refused before to destroy a key and does not show it any more. It may still hold it."),
            (again.Cause, again.Message));
        Assert.Equal((0, Convert.ToHexStringLower(_id)), (Inventory(connection).Keys.Length, Assert.Single(Inventory(connection).Hidden)));
        using (IHsmConnection next = Connect())
        {
            Assert.Single(Inventory(next).Hidden);
        }

        Assert.Single(KeysAfterRestart("arn:kept"));
        Eventually.Require(() => Inventory(connection).Keys.Length == 1);
        Assert.Empty(Inventory(connection).Hidden);
        Assert.True(connection.DestroyKey(_id));
        Assert.False(connection.DestroyKey(_id));
        Assert.Equal((0, 0), (Inventory(connection).Keys.Length, Inventory(connection).Hidden.Length));
    }

    // What cannot be used is removed again, and the HSM says that it cannot.
    [Fact]
    public async Task GenerateKey_DiskIsReadOnlyAfterIt_IsInDoubt()
    {
        using IHsmConnection connection = Connect();
        _hsm.SetFaults("delay C_Encrypt 3000 1", $"before C_Encrypt {CKR_KEY_FUNCTION_NOT_PERMITTED:x} -1");
        int before = _hsm.Log().Count;
        Task<HsmException> making = Task.Run(() => Assert.Throws<HsmException>(() => connection.GenerateKey("arn:doubt", _id)), TestContext.Current.CancellationToken);
        Eventually.Require(() => _hsm.Log().Skip(before).Contains($"delay C_Encrypt {3000:x}"));
        Assert.True(_hsm.TryMakeReadOnly());
        HsmException refused = await making;
        _hsm.MakeWritable();
        _hsm.SetFaults();
        Assert.True(refused.IsInDoubt);
        Assert.Single(KeysAfterRestart("arn:doubt"));
    }

    // SoftHSM removes the file of the object, misses that of its lock, and says that it failed.
    [Fact]
    public void DestroyKey_LocksAreMissingAsInARestoredToken_IsDestroyed()
    {
        using SoftHsmLab lab = new SoftHsmLab().WithToken();
        using (IHsmConnection before = lab.Connect())
        {
            before.GenerateKey("arn:one", _id);
            before.GenerateKey("arn:other", HsmLab.NewId());
        }

        Array.ForEach(Directory.GetFiles(lab.TokenFolder, "*.lock"), File.Delete);
        using IHsmConnection connection = lab.Connect();
        Assert.True(connection.DestroyKey(_id));
        using OtherSoftware other = lab.StartOther();
        Assert.Empty(other.Find(_id));
    }

    // Its files can be seen here, and are still there.
    [Fact]
    public void DestroyKey_SoftHsmOfThisProcessOnAReadOnlyDisk_IsRefused()
    {
        Assert.SkipUnless(_hsm.HasOwnDisk, "Only root can make a disk.");
        using SoftHsmLab lab = new();
        Mount("-t", "tmpfs", "tmpfs", lab.Tokens);
        try
        {
            lab.WithToken();
            using IHsmConnection connection = lab.Connect();
            connection.GenerateKey("arn:kept", _id);
            Mount("-o", "remount,ro", lab.Tokens);
            Assert.Equal(HsmFailure.Failed, Assert.Throws<HsmException>(() => connection.DestroyKey(_id)).Failure);
            Assert.Equal((0, 1), (Inventory(connection).Keys.Length, Inventory(connection).Hidden.Length));
        }
        finally
        {
            using Process unmounting = Process.Start("umount", ["-l", lab.Tokens]);
            unmounting.WaitForExit();
        }
    }

    private static void Mount(params string[] arguments)
    {
        using Process mounting = Process.Start("mount", arguments);
        mounting.WaitForExit();
        Assert.Equal(0, mounting.ExitCode);
    }

    private IHsmConnection Connect()
    {
        Assert.SkipUnless(_hsm.HasOwnDisk, "Only root can make a disk.");
        return _provider.Connect(
            new HsmCluster
            {
                ClusterId = "cluster-1234567890a",
                Library = _hsm.Library,
                Tokens = [_hsm.Token],
                TrustAnchorCertificate = "",
                CreationDate = DateTimeOffset.UnixEpoch,
            },
            "user-1234"u8);
    }

    private static HsmInventory Inventory(IHsmConnection connection) => Assert.Single(connection.ListKeys());

    private IReadOnlyList<string> KeysAfterRestart(string label)
    {
        _hsm.Kill();
        _hsm.RepairToken();
        _hsm.Start();
        return _hsm.KeyIds(label);
    }
}
