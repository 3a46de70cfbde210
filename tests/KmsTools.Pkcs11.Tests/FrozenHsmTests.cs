using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using KmsTools.KeyStores;
using KmsTools.NetworkHsms;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>Clusters of two HSMs in other processes, which are killed and frozen; their client waits for a reply for ten minutes.</summary>
public sealed class FrozenHsmTests : IDisposable
{
    private readonly NetworkHsm _first = new NetworkHsm("first", timeout: 600_000).WithToken();
    private readonly NetworkHsm _second = new NetworkHsm("second", timeout: 600_000).WithToken();
    private readonly Pkcs11HsmProvider _provider = new(new HsmTimeLimits
    {
        Call = TimeSpan.FromMilliseconds(500), Objects = TimeSpan.FromSeconds(2), Connect = TimeSpan.FromSeconds(2), Attempt = TimeSpan
            .FromSeconds(4),
    });

    private readonly byte[] _id = HsmLab.NewId();

    public void Dispose()
    {
        _first.Unfreeze();
        _second.Unfreeze();
        _provider.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void Encrypt_OneHsmKilledAndStartedAgain_NoCallFails()
    {
        using IHsmConnection connection = Connect();
        connection.GenerateKey("arn:killed", _id);
        Use(connection, 10);
        _first.Kill();
        Use(connection, 50);
        _first.RepairToken();
        _first.Start();
        Eventually.Require(() =>
        {
            Use(connection, 1);
            return connection.Status().All(static status => status.State == HsmState.ACTIVE);
        });
        long before = _first.Calls(30);
        Use(connection, 20);
        Assert.True(_first.Calls(30) > before, "The HSM that came back gets no calls.");
    }

    [Fact]
    public async Task Encrypt_OneHsmFrozenUnderLoad_StallsOnlyTheCallsInIt()
    {
        IHsmConnection connection = Connect();
        connection.GenerateKey("arn:frozen", _id);
        Use(connection, 10);
        using CancellationTokenSource stop = new();
        Task[] workers =
        [
            .. Enumerable.Range(0, 4).Select(_ => Task.Factory.StartNew(
                () =>
                {
                    while (!stop.IsCancellationRequested)
                    {
                        Use(connection, 1);
                    }
                },
                TaskCreationOptions.LongRunning)),
        ];
        await Task.Delay(300, TestContext.Current.CancellationToken);
        _first.Freeze();
        await Task.Delay(2_000, TestContext.Current.CancellationToken);

        // Threads that are not in the frozen HSM go on, and so does every new one.
        long start = Stopwatch.GetTimestamp();
        Use(connection, 100);
        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 10);
        await Task.Delay(500, TestContext.Current.CancellationToken);
        _first.Unfreeze();
        await stop.CancelAsync();

        // The calls that were stuck end well, too.
        await Task.WhenAll(workers).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        Eventually.Require(() =>
        {
            Use(connection, 1);
            return connection.Status().All(static status => status.State == HsmState.ACTIVE);
        });
        connection.Dispose();
    }

    [Fact]
    public void AllCalls_OneHsmFrozenWhileIdle_TakeNoHarm()
    {
        using IHsmConnection connection = Connect();
        connection.GenerateKey("arn:idle", _id);
        Thread.Sleep(700);
        _first.Freeze();
        Within(TimeSpan.FromSeconds(10), () =>
        {
            Use(connection, 20);
            Assert.Equal([HsmState.DEGRADED, HsmState.ACTIVE], connection.Status().Select(static status => status.State));
            ImmutableArray<HsmInventory> inventory = connection.ListKeys();
            Assert.NotNull(inventory[0].Failure);
            Assert.Single(inventory[1].Keys);
        });
        byte[] id = HsmLab.NewId();
        Within(TimeSpan.FromSeconds(8), () => connection.GenerateKey("arn:without", id));
        Within(TimeSpan.FromSeconds(8), () =>
        {
            HsmException exception = Assert.Throws<HsmException>(() => connection.DestroyKey(_id));
            Assert.Equal(HsmFailure.Unreachable, exception.Failure);
            Assert.Contains("'first'", exception.Message, StringComparison.Ordinal);
        });
        _first.Unfreeze();
        Eventually.Require(() => connection.Status().All(static status => status.State == HsmState.ACTIVE));

        // Whether the first has the key is open: where the call was sent to see whether it answers again, it destroys it when it wakes.
        Assert.Empty(_second.KeyIds("arn:idle"));
        Assert.Single(_second.KeyIds("arn:without"));
    }

    [Fact]
    public void Connect_OneHsmFrozen_WorksInTimeAndItJoinsLater()
    {
        _first.Freeze();
        IHsmConnection connection = null!;
        Within(TimeSpan.FromSeconds(5), () => connection = Connect());
        Within(TimeSpan.FromSeconds(5), () => connection.GenerateKey("arn:alone", _id));
        Use(connection, 10);
        _first.Unfreeze();
        Eventually.Require(() => connection.Status().All(static status => status.State == HsmState.ACTIVE));
        connection.Dispose();
    }

    [Fact]
    public void Connect_BothFrozen_IsUnreachableInTime()
    {
        _first.Freeze();
        _second.Freeze();
        Within(
            TimeSpan.FromSeconds(10),
            () => Assert.Equal(HsmFailure.Unreachable, Assert.Throws<HsmException>(() => Connect()).Failure));
        Within(
            TimeSpan.FromSeconds(10),
            () => Assert.Equal(
                HsmFailure.Unreachable,
                Assert.Throws<HsmException>(() => _provider.Find(_first.Library, ["first"])).Failure));
        _first.Unfreeze();
        _second.Unfreeze();
        using IHsmConnection connection = Connect();
        connection.GenerateKey("arn:both", _id);
    }

    [Fact]
    public void Dispose_OneHsmFrozen_EndsInTime()
    {
        IHsmConnection connection = Connect();
        connection.GenerateKey("arn:dispose", _id);
        _second.Freeze();
        Within(TimeSpan.FromSeconds(8), connection.Dispose);
    }

    [Fact]
    public void GenerateKey_OneHsmLacksTheMechanism_IsNotPermittedWithAReasonAndUsesGoOn()
    {
        _second.SetFaults($"hide {CKM_RSA_PKCS_OAEP:x} 0");
        using IHsmConnection connection = Connect();
        HsmException exception = Assert.Throws<HsmException>(() => connection.GenerateKey("arn:unable", _id));
        Assert.Equal(HsmFailure.NotPermitted, exception.Failure);
        Assert.Equal(
            "The HSMs of the cluster cannot give each other a key, so none can be made that all of them hold. "
            + "The token 'second' lacks CKM_RSA_PKCS_OAEP.",
            exception.Message);
        connection.GenerateRandom(new byte[16]);
        Assert.All(connection.ListKeys(), static inventory => Assert.Empty(inventory.Keys));
    }

    [Theory]
    [InlineData("before C_UnwrapKey 30 -1")]
    [InlineData("after C_UnwrapKey 31 -1")]
    [InlineData("before C_Decrypt 68 -1")]
    public void GenerateKey_SecondHsmFailsHalfWay_LeavesNoKey(string fault)
    {
        using IHsmConnection connection = Connect();
        connection.GenerateKey("arn:before", _id);
        _second.SetFaults(fault);
        Assert.Throws<HsmException>(() => connection.GenerateKey("arn:half", HsmLab.NewId()));
        _second.SetFaults();
        Eventually.Require(() => connection.Status().All(static status => status.State == HsmState.ACTIVE));
        Assert.Empty(_first.KeyIds("arn:half"));
        Assert.Empty(_second.KeyIds("arn:half"));
        Assert.Single(_second.KeyIds("arn:before"));
    }

    [Fact]
    public void ChangePin_SecondHsmFails_TheFirstHasTheOldOneAgain()
    {
        using (IHsmConnection connection = Connect())
        {
            _second.SetFaults("before C_SetPIN 30 -1");
            Assert.Equal(HsmFailure.Unreachable, Assert.Throws<HsmException>(() => connection.ChangePin("changed-1"u8)).Failure);
            _second.SetFaults();
        }

        using IHsmConnection again = Connect();
        Assert.All(again.Status(), static status => Assert.Equal(HsmState.ACTIVE, status.State));
    }

    [Fact]
    public void ChangePin_ReplyOfTheSecondLost_BothHaveTheOldOneAgain()
    {
        using (IHsmConnection connection = Connect())
        {
            _second.SetFaults("after C_SetPIN 30 1");
            Assert.Equal(HsmFailure.Unreachable, Assert.Throws<HsmException>(() => connection.ChangePin("changed-1"u8)).Failure);
        }

        using IHsmConnection again = Connect();
        Assert.All(again.Status(), static status => Assert.Equal(HsmState.ACTIVE, status.State));
    }

    private static void Within(TimeSpan limit, Action action)
    {
        long start = Stopwatch.GetTimestamp();
        Task task = Task.Factory.StartNew(action, TaskCreationOptions.LongRunning);
        Assert.True(Task.WaitAny([task], limit) == 0, $"It takes longer than {limit}.");
        task.GetAwaiter().GetResult();
        Assert.InRange(Stopwatch.GetElapsedTime(start), TimeSpan.Zero, limit);
    }

    private IHsmConnection Connect() => _provider.Connect(
        new HsmCluster
        {
            ClusterId = "cluster-2abcdefghij",
            Library = _first.Library,
            Tokens = [_first.Token, _second.Token with { Library = _second.Library }],
            TrustAnchorCertificate = "",
            CreationDate = DateTimeOffset.UnixEpoch,
        },
        Encoding.UTF8.GetBytes(NetworkHsm.UserPin));

    private void Use(IHsmConnection connection, int times)
    {
        byte[] ciphertext = new byte[44];
        for (int time = 0; time < times; time++)
        {
            connection.Encrypt(_id, new byte[16], [], ciphertext);
            connection.Decrypt(_id, ciphertext, [], new byte[16]);
        }
    }
}
