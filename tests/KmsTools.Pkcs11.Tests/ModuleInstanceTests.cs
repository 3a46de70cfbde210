using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;
using Net.Pkcs11Interop.LowLevelAPI80;

namespace KmsTools.Pkcs11.Tests;

/// <summary>Several users of one library in one process.</summary>
public sealed class ModuleInstanceTests : IDisposable
{
    private readonly SoftHsmLab _lab = new SoftHsmLab().WithToken();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void Connect_TwoTokensOfOneLibrary_LosingOneLeavesTheOtherUndisturbed()
    {
        string firstFolder = _lab.TokenFolder;
        HsmStatus second = _lab.Provider.InitializeToken(_lab.Library, "second", "officer-5678"u8, "user-1234"u8);
        using IHsmConnection first = _lab.Connect();
        using IHsmConnection other = _lab.Provider.Connect(
            _lab.Cluster with { Tokens = [new HsmToken("second", second.SerialNumber)] }, "user-1234"u8);
        byte[] id = HsmLab.NewId();
        first.GenerateKey("arn:first", id);
        other.GenerateKey("arn:second", id);
        byte[] ciphertext = new byte[29];
        other.Encrypt(id, new byte[1], [], ciphertext);
        Assert.Throws<HsmException>(() => first.Decrypt(id, ciphertext, [], new byte[1]));

        Directory.Move(firstFolder, Path.Combine(_lab.Folder, "away"));
        Assert.Equal(
            HsmFailure.Unreachable, Assert.Throws<HsmException>(() => first.Encrypt(id, new byte[1], [], new byte[29])).Failure);
        other.Decrypt(id, ciphertext, [], new byte[1]);
        Assert.Single(other.ListKeys().Single().Keys);
    }

    [Fact]
    public void Connect_LibraryInUseByOthersInThisProcess_WorksAndLeavesItToThem()
    {
        string original = Path.Combine(_lab.Folder, "of-others.so");
        File.Copy(_lab.Library, original);
        using Pkcs11Library others = OtherSoftware.InThisProcess(original);
        Assert.Equal(CKR_OK, others.C_Initialize(new() { Flags = CKF_OS_LOCKING_OK }));
        using (IHsmConnection connection = _lab.Provider.Connect(_lab.Cluster with { Library = original }, "user-1234"u8))
        {
            byte[] id = HsmLab.NewId();
            connection.GenerateKey("arn:guest", id);
            connection.Encrypt(id, new byte[1], [], new byte[29]);
        }

        ulong slots = 0;
        Assert.Equal(CKR_OK, others.C_GetSlotList(true, null, ref slots));
        Assert.Equal(2ul, slots);
        Assert.Equal(CKR_OK, others.C_Finalize(0));
    }

    [Fact]
    public void Connect_LibraryFinishedByOthersInThisProcess_ComesBack()
    {
        using IHsmConnection connection = _lab.Connect();
        byte[] id = HsmLab.NewId();
        connection.GenerateKey("arn:finished", id);
        using (Pkcs11Library others = OtherSoftware.InThisProcess(_lab.Library))
        {
            Assert.Equal(CKR_OK, others.C_Finalize(0));
        }

        connection.Encrypt(id, new byte[1], [], new byte[29]);
    }

    [Fact]
    public void Connect_ManyThreadsAtOnce_AllShareOneLogin() =>
        Parallel.For(0, 16, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            using IHsmConnection connection = _lab.Connect();
            connection.GenerateRandom(new byte[16]);
        });

    [Fact]
    public void Dispose_Provider_ClosesItsConnections()
    {
        Pkcs11HsmProvider provider = new();
        IHsmConnection connection = provider.Connect(_lab.Cluster, "user-1234"u8);
        provider.Dispose();
        Assert.Throws<ObjectDisposedException>(() => connection.GenerateRandom(new byte[1]));
    }
}
