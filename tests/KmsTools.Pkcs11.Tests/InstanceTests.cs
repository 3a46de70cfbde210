using KmsTools.KeyStores;
using KmsTools.NetworkHsms;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>How often a library is initialized, what its C_Finalize may do, and libraries that do not work as copies.</summary>
public sealed class InstanceTests
{
    private const int Initialize = 0;
    private const int Finalize = 1;
    private const int GetSlotList = 4;
    private const int GetTokenInfo = 6;
    private const int GetMechanismList = 7;

    [Fact]
    public void Connect_AfterManyInspections_OnlyTheLoginInitializesTheLibraryAgain()
    {
        using FaultyHsmLab lab = new();
        lab.Activate();
        (long initialized, long finalized) = (lab.Calls(Initialize), lab.Calls(Finalize));
        _ = lab.Provider.Find(lab.Library, [lab.TokenLabel]);
        Assert.Equal((initialized + 1, finalized + 1), (lab.Calls(Initialize), lab.Calls(Finalize)));
        for (int check = 0; check < 10; check++)
        {
            Assert.Equal(HsmState.ACTIVE, lab.Provider.Inspect(lab.Library, lab.Cluster.Tokens).Single().State);
        }

        using (IHsmConnection connection = lab.Connect())
        {
            Assert.Equal(HsmState.ACTIVE, lab.Provider.Inspect(lab.Library, lab.Cluster.Tokens).Single().State);
            using IHsmConnection second = lab.Connect();
        }

        Assert.Equal((initialized + 2, finalized + 2), (lab.Calls(Initialize), lab.Calls(Finalize)));
        Assert.Equal(HsmState.ACTIVE, lab.Provider.Inspect(lab.Library, lab.Cluster.Tokens).Single().State);
        Assert.Equal((initialized + 2, finalized + 2), (lab.Calls(Initialize), lab.Calls(Finalize)));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2, "before C_GetMechanismList 150 1")]
    public void Connect_Once_ListsSlotsAndMechanismsOnce(int mechanismLists, params string[] rules)
    {
        using FaultyHsmLab lab = new();
        lab.Activate();
        long[] Counts() => [lab.Calls(GetSlotList), lab.Calls(GetTokenInfo), lab.Calls(GetMechanismList)];
        using (lab.Connect())
        {
            // The first connect does not initialize the library again.
        }

        long[] before = Counts();
        lab.SetFaults(rules);
        using IHsmConnection connection = lab.Connect();

        // Their number and the list are one listing; there is a slot with the token and a free one.
        Assert.Equal([before[0] + 2, before[1] + 2, before[2] + mechanismLists], Counts());
    }

    [Fact]
    public void Connect_LibraryFinalizesForeignDescriptors_NoneOfOursIsClosed()
    {
        using FaultyHsmLab lab = new();
        lab.Activate();
        lab.SetFaults("closes 1");
        ConnectOnce(lab);
        ConnectOnce(lab);

        // What tests before have left to the garbage collector is not closed meanwhile.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        int before = Descriptors();
        List<FileStream> ours = [];
        for (int round = 0; round < 5; round++)
        {
            ConnectOnce(lab);

            // So many that every number that is free now becomes ours.
            ours.AddRange(Enumerable.Range(0, 100).Select(_ => File.OpenRead(lab.SoftHsm)));
        }

        Assert.All(ours, static file => Assert.NotEqual(-1, file.ReadByte()));
        ours.ForEach(static file => file.Dispose());
        Assert.Equal(before, Descriptors());
    }

    [Fact]
    public void Connect_TwoTokensBehindAFront_ShareItsOneInstance()
    {
        using SoftHsmLab lab = new SoftHsmLab().WithToken();
        string file = Path.Combine(lab.Folder, "front-module.so");
        string core = Path.Combine(lab.Folder, "core.so");
        File.Copy(NativeProgram.FrontModule.Path, file);
        File.Copy(lab.SoftHsm, core);
        string front = $"{file}|{core}";
        HsmStatus second = lab.Provider.InitializeToken(front, "second", "officer-5678"u8, "user-1234"u8);
        HsmCluster cluster = lab.Cluster with
        {
            Library = front, Tokens = [.. lab.Cluster.Tokens, new HsmToken("second", second.SerialNumber)],
        };
        using IHsmConnection connection = lab.Provider.Connect(cluster, "user-1234"u8);
        Assert.All(connection.Status(), static status => Assert.Equal(HsmState.ACTIVE, status.State));
        byte[] id = HsmLab.NewId();
        connection.GenerateKey("arn:front", id);
        Assert.All(connection.ListKeys(), static inventory => Assert.Single(inventory.Keys));

        // While it is in use, other tokens can be inspected and initialized.
        Assert.Equal(
            [HsmState.ACTIVE, HsmState.DEGRADED],
            lab.Provider.Find(front, ["second", "none"]).Select(static status => status.State));
        _ = lab.Provider.InitializeToken(front, "third", "officer-5678"u8, "user-1234"u8);
        Assert.Equal(HsmState.ACTIVE, lab.Provider.Find(front, ["third"])[0].State);
        connection.Encrypt(id, new byte[1], [], new byte[29]);
        HsmException refused = Assert.Throws<HsmException>(() => lab.Provider.ListTokens($"{file}|{lab.SoftHsm}"));
        Assert.Equal(
            $"'{LibraryReference.Parse(file).Path}' can be initialized only once in a process, and is in use with the parameters {core}.",
            refused.Message);
    }

    [Fact]
    public void Connect_TwoDatabasesOfNss_EachFindsItsOwn()
    {
        using NssLab first = new();
        using NssLab second = new();
        using IHsmConnection one = first.Connect();
        using IHsmConnection two = second.Connect();
        byte[] id = HsmLab.NewId();
        one.GenerateKey("arn:one", id);
        Assert.Throws<HsmException>(() => two.Encrypt(id, new byte[1], [], new byte[29]));
        two.GenerateKey("arn:two", id);
        byte[] ciphertext = new byte[29];
        one.Encrypt(id, new byte[1], [], ciphertext);
        Assert.Throws<HsmException>(() => two.Decrypt(id, ciphertext, [], new byte[1]));
        two.Dispose();
        one.Decrypt(id, ciphertext, [], new byte[1]);
        Assert.Equal(HsmState.DEGRADED, first.Provider.Find(first.Library, ["none"])[0].State);
        one.GenerateRandom(new byte[16]);
        one.Decrypt(id, ciphertext, [], new byte[1]);
    }

    private static void ConnectOnce(FaultyHsmLab lab)
    {
        using IHsmConnection connection = lab.Connect();
        connection.GenerateRandom(new byte[8]);
    }

    private static int Descriptors() => Directory.GetFileSystemEntries("/proc/self/fd").Length;
}
