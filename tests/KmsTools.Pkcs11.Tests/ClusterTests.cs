using System.Collections.Immutable;
using System.Diagnostics;
using System.Text;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>Clusters of two and three SoftHSM tokens that share nothing but their crypto user.</summary>
public sealed class ClusterTests : IDisposable
{
    private readonly ClusterLab _lab = new();
    private readonly byte[] _id = HsmLab.NewId();
    private readonly byte[] _ciphertext = new byte[44];

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void GenerateKey_ThreeHsms_EveryOneHoldsTheSameKeyAndItCannotLeave()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:cluster", _id);
        connection.Encrypt(_id, "sixteen bytes ok"u8, "context"u8, _ciphertext);
        foreach (HsmToken token in _lab.Members)
        {
            using (OtherSoftware other = _lab.StartOther(tokenLabel: token.TokenLabel))
            {
                Assert.Equal(CKR_ATTRIBUTE_SENSITIVE, other.ReadValue(_id));
                Assert.Equal("arn:cluster", other.Label(_id));
                foreach (CKA attribute in new[] { CKA_SENSITIVE, CKA_PRIVATE, CKA_TOKEN, CKA_ENCRYPT, CKA_DECRYPT })
                {
                    Assert.True(other.Flag(_id, attribute), $"{attribute}");
                }

                foreach (CKA attribute in new[] { CKA_EXTRACTABLE, CKA_WRAP, CKA_UNWRAP, CKA_SIGN, CKA_VERIFY, CKA_DERIVE, CKA_MODIFIABLE })
                {
                    Assert.False(other.Flag(_id, attribute), $"{attribute}");
                }
            }

            using IHsmConnection alone = Alone(token);
            byte[] plaintext = new byte[16];
            alone.Decrypt(_id, _ciphertext, "context"u8, plaintext);
            Assert.Equal("sixteen bytes ok", Encoding.UTF8.GetString(plaintext));
        }
    }

    [Fact]
    public void GenerateKey_WhatTheHsmsUseToExchangeKeys_CanOnlyUnwrapAndIsNotListed()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:first", _id);
        connection.GenerateKey("arn:second", HsmLab.NewId());
        Assert.All(connection.ListKeys(), static inventory => Assert.Equal(2, inventory.Keys.Length));
        Assert.All(connection.Status(), static status => Assert.Equal(2, status.KeyCount));
        foreach (HsmToken token in _lab.Members)
        {
            using OtherSoftware other = _lab.StartOther(tokenLabel: token.TokenLabel);

            // One pair for all keys, made once; nothing of the exchange is left beside it.
            byte[] pair = "KmsTools transport key"u8.ToArray();
            Assert.Single(other.Find(pair));
            Assert.Equal(3, other.FindAll().Count);
            Assert.True(other.Flag(pair, CKA_UNWRAP));
            Assert.False(other.Flag(pair, CKA_EXTRACTABLE));
            Assert.False(other.Flag(pair, CKA_DECRYPT));
            Assert.False(other.Flag(pair, CKA_SIGN));
        }
    }

    [Fact]
    public void Encrypt_EachHsmLostInTurn_EveryCallSucceeds()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:turns", _id);
        connection.Encrypt(_id, new byte[16], [], _ciphertext);
        foreach (string lost in new[] { "hsm1", "hsm2", "hsm3" })
        {
            _lab.Lose(lost);
            Use(connection, 50);
            Assert.Equal(
                lost, Assert.Single(connection.Status(), static status => status.State != HsmState.ACTIVE).TokenLabel);
            _lab.Return(lost);
            Eventually.Require(() =>
            {
                Use(connection, 5);
                return connection.Status().All(static status => status.State == HsmState.ACTIVE);
            });
        }
    }

    [Fact]
    public async Task Encrypt_HsmLostUnderLoad_NoCallFailsAndItComesBackByItself()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:load", _id);
        connection.Encrypt(_id, new byte[16], [], _ciphertext);
        using CancellationTokenSource stop = new();
        Task workers = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Use(connection, 10);
            }
        })));
        Thread.Sleep(200);
        _lab.Lose("hsm2");
        Thread.Sleep(500);
        _lab.Return("hsm2");
        Eventually.Require(() => connection.Status().All(static status => status.State == HsmState.ACTIVE));
        await stop.CancelAsync();
        await workers;
    }

    [Fact]
    public void Encrypt_EveryHsmLost_IsUnreachableAtOnceAndWorksAgainSoon()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:dark", _id);
        connection.Encrypt(_id, new byte[16], [], _ciphertext);
        foreach (HsmToken token in _lab.Members)
        {
            _lab.Lose(token.TokenLabel);
        }

        long start = Stopwatch.GetTimestamp();
        for (int call = 0; call < 50; call++)
        {
            Assert.Equal(HsmFailure.Unreachable, Failure(() => connection.Encrypt(_id, new byte[16], [], new byte[44])));
        }

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 20);
        Assert.All(connection.ListKeys(), static inventory => Assert.NotNull(inventory.Failure));
        foreach (HsmToken token in _lab.Members)
        {
            _lab.Return(token.TokenLabel);
        }

        Eventually.Require(() => Succeeds(() => Use(connection, 1)));
    }

    [Fact]
    public void Encrypt_KeyDestroyedInOneHsm_IsServedByTheOthersAndMissingOnlyWhenAllLackIt()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:partly", _id);
        connection.Encrypt(_id, new byte[16], [], _ciphertext);
        DestroyIn("hsm1");
        Use(connection, 20);
        DestroyIn("hsm2");
        Use(connection, 20);
        _lab.Lose("hsm3");
        Assert.Equal(HsmFailure.Unreachable, Failure(() => connection.Decrypt(_id, _ciphertext, [], new byte[16])));
        _lab.Return("hsm3");
        Eventually.Require(() => Succeeds(() => Use(connection, 1)));
        DestroyIn("hsm3");
        Assert.Equal(HsmFailure.KeyNotFound, Failure(() => connection.Decrypt(_id, _ciphertext, [], new byte[16])));
    }

    [Fact]
    public void Decrypt_Forgery_IsAuthenticationFailed()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:forged", _id);
        connection.Encrypt(_id, new byte[16], [], _ciphertext);
        _ciphertext[20] ^= 1;
        for (int call = 0; call < 10; call++)
        {
            Assert.Equal(HsmFailure.AuthenticationFailed, Failure(() => connection.Decrypt(_id, _ciphertext, [], new byte[16])));
        }
    }

    [Fact]
    public void GenerateKey_OneHsmLost_TheOthersHoldItAndServeItWhenTheLostOneIsBack()
    {
        using IHsmConnection connection = _lab.Connect();
        Assert.Equal(3, connection.Status().Count(static status => status.State == HsmState.ACTIVE));
        _lab.Lose("hsm1");
        connection.GenerateKey("arn:without", _id);
        connection.Encrypt(_id, new byte[16], [], _ciphertext);
        _lab.Return("hsm1");
        Eventually.Require(() => connection.Status().All(static status => status.State == HsmState.ACTIVE));
        Use(connection, 50);
        Assert.Equal([0, 1, 1], connection.Status().Select(static status => status.KeyCount!.Value));
        HsmSynchronization synchronization = connection.Synchronize(_lab.Members[0]);
        Assert.Equal((0, 0), (synchronization.AlreadyThere, synchronization.Copied));
        Assert.Equal(Convert.ToHexStringLower(_id), Assert.Single(synchronization.NotCopied).Id);
    }

    [Fact]
    public void GenerateKey_OneHsmLeft_MakesTheKeyThereUnlessTheClusterIsHighlyAvailable()
    {
        using IHsmConnection connection = _lab.Connect();
        using IHsmConnection available = _lab.Provider.Connect(
            _lab.Cluster with { HighAvailability = true }, Encoding.UTF8.GetBytes(HsmLab.UserPin));
        available.GenerateKey("arn:three", HsmLab.NewId());
        _lab.Lose("hsm1");
        available.GenerateKey("arn:two", HsmLab.NewId());
        _lab.Lose("hsm3");
        HsmException refused = Assert.Throws<HsmException>(() => available.GenerateKey("arn:one", _id));
        Assert.Equal(HsmFailure.TooFewHsms, refused.Failure);
        Assert.Equal("1 of 3 HSMs are active. A highly available cluster needs two to generate a key.", refused.Message);
        connection.GenerateKey("arn:one", _id);
        connection.Encrypt(_id, new byte[16], [], _ciphertext);
        _lab.Lose("hsm2");
        Assert.Equal(HsmFailure.Unreachable, Failure(() => connection.GenerateKey("arn:none", HsmLab.NewId())));
        Assert.Equal(HsmFailure.TooFewHsms, Failure(() => available.GenerateKey("arn:none", HsmLab.NewId())));
    }

    [Fact]
    public void GenerateKey_IdTakenInOneHsm_IsInvalidArgumentAndLeavesNothing()
    {
        using (IHsmConnection alone = Alone(_lab.Members[1]))
        {
            alone.GenerateKey("arn:taken", _id);
        }

        using IHsmConnection connection = _lab.Connect();
        Assert.Equal(HsmFailure.InvalidArgument, Failure(() => connection.GenerateKey("arn:mine", _id)));
        Assert.Equal([0, 1, 0], connection.ListKeys().Select(static inventory => inventory.Keys.Length));
        Assert.Equal("arn:taken", connection.ListKeys()[1].Keys[0].Label);
    }

    [Fact]
    public void DestroyKey_OneHsmLost_DestroysInTheOthersAndNamesTheLostOne()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:doomed", _id);
        _lab.Lose("hsm2");
        HsmException exception = Assert.Throws<HsmException>(() => connection.DestroyKey(_id));
        Assert.Equal(HsmFailure.Unreachable, exception.Failure);
        Assert.Contains("'hsm2'", exception.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("'hsm1'", exception.Message, StringComparison.Ordinal);
        ImmutableArray<HsmInventory> inventory = connection.ListKeys();
        Assert.Equal([true, false, true], inventory.Select(static held => held.Failure is null));
        Assert.All(inventory, static held => Assert.Empty(held.Keys));
        _lab.Return("hsm2");
        Eventually.Require(() => connection.ListKeys()[1].Failure is null);
        Assert.Single(connection.ListKeys()[1].Keys);
        Assert.True(connection.DestroyKey(_id));
        Assert.False(connection.DestroyKey(_id));
    }

    [Fact]
    public void Connect_OneHsmLost_WorksAndTheLostOneJoinsWhenItIsBack()
    {
        _lab.Lose("hsm2");
        using IHsmConnection connection = _lab.Connect();
        Assert.Equal(
            [HsmState.ACTIVE, HsmState.DEGRADED, HsmState.ACTIVE], connection.Status().Select(static status => status.State));
        _lab.Return("hsm2");
        Eventually.Require(() => connection.Status()[1].State == HsmState.ACTIVE);
        connection.GenerateKey("arn:all", _id);
        Assert.All(connection.ListKeys(), static inventory => Assert.Single(inventory.Keys));
    }

    [Fact]
    public void Connect_EveryHsmLost_TellsWhy()
    {
        foreach (HsmToken token in _lab.Members)
        {
            _lab.Lose(token.TokenLabel);
        }

        Assert.Equal(HsmFailure.ClusterNotFound, Failure(() => _lab.Connect()));
    }

    [Fact]
    public void Connect_PinRefusedByOne_FailsAndIsNotOfferedToTheRest()
    {
        HsmToken odd = _lab.AddToken("odd", "other-pin");
        HsmToken last = _lab.AddToken("last");
        HsmCluster cluster = _lab.Cluster with { Tokens = [_lab.Members[0], odd, last] };
        Assert.Equal(HsmFailure.InvalidCredentials, Failure(() => _lab.Provider.Connect(cluster, "user-1234"u8)));
        Assert.Equal(HsmFailure.InvalidCredentials, Failure(() => _lab.Provider.Connect(cluster, "wrong-1234"u8)));

        // SoftHSM notes a wrong try in the token's flags.
        Assert.True(TriedInVain("hsm1"));
        Assert.True(TriedInVain("odd"));
        Assert.False(TriedInVain("last"));
        using IHsmConnection connection = _lab.Connect();
        Use(connection, 0);
    }

    [Fact]
    public void ChangePin_EveryHsmActive_EveryHsmTakesIt()
    {
        using (IHsmConnection connection = _lab.Connect())
        {
            connection.GenerateKey("arn:pin", _id);
            connection.ChangePin("changed-1"u8);
            connection.Encrypt(_id, new byte[16], [], _ciphertext);

            // A lost HSM comes back with the new PIN.
            _lab.Lose("hsm1");
            Use(connection, 10);
            _lab.Return("hsm1");
            Eventually.Require(() => connection.Status()[0].State == HsmState.ACTIVE);
        }

        Assert.Equal(HsmFailure.InvalidCredentials, Failure(() => _lab.Connect()));
        using IHsmConnection again = _lab.Connect("changed-1");
        Assert.All(again.Status(), static status => Assert.Equal(HsmState.ACTIVE, status.State));
    }

    [Fact]
    public void ChangePin_OneHsmLost_ChangesNone()
    {
        using (IHsmConnection connection = _lab.Connect())
        {
            _lab.Lose("hsm3");
            HsmException exception = Assert.Throws<HsmException>(() => connection.ChangePin("changed-1"u8));
            Assert.Equal(HsmFailure.Unreachable, exception.Failure);
            Assert.Contains("'hsm3'", exception.Message, StringComparison.Ordinal);
            _lab.Return("hsm3");
        }

        using IHsmConnection again = _lab.Connect();
        Assert.All(again.Status(), static status => Assert.Equal(HsmState.ACTIVE, status.State));
    }

    [Fact]
    public void ChangePin_TooShort_IsInvalidArgumentAndChangesNone()
    {
        using IHsmConnection connection = _lab.Connect();
        Assert.Equal(HsmFailure.InvalidArgument, Failure(() => connection.ChangePin("abc"u8)));
        connection.Dispose();
        using IHsmConnection again = _lab.Connect();
        Assert.All(again.Status(), static status => Assert.Equal(HsmState.ACTIVE, status.State));
    }

    [Fact]
    public void Synchronize_KeyThatTheNewcomerHolds_IsAlreadyThere()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:all", _id);
        HsmSynchronization synchronization = connection.Synchronize(_lab.Members[2]);
        Assert.Equal((1, 0), (synchronization.AlreadyThere, synchronization.Copied));
        Assert.Empty(synchronization.NotCopied);
    }

    [Fact]
    public void Synchronize_NamesakeThatIsAnotherKey_IsNotCopied()
    {
        foreach (HsmToken token in _lab.Members.Take(2))
        {
            using IHsmConnection alone = Alone(token);
            alone.GenerateKey($"arn:{token.TokenLabel}", _id);
        }

        using IHsmConnection connection = _lab.Connect();
        HsmSynchronization synchronization = connection.Synchronize(_lab.Members[1]);
        Assert.Equal((0, 0), (synchronization.AlreadyThere, synchronization.Copied));
        Assert.Equal("arn:hsm1", Assert.Single(synchronization.NotCopied).Label);
    }

    [Fact]
    public void Synchronize_KeyThatMayLeave_IsCopiedAndCannotLeaveTheNewcomer()
    {
        using (OtherSoftware other = _lab.StartOther(tokenLabel: "hsm1"))
        {
            other.MakeExtractable(_id, "arn:loose");
        }

        using IHsmConnection connection = _lab.Connect();
        HsmSynchronization synchronization = connection.Synchronize(_lab.Members[1]);
        Assert.Equal((0, 1), (synchronization.AlreadyThere, synchronization.Copied));
        Assert.Empty(synchronization.NotCopied);
        using OtherSoftware after = _lab.StartOther(tokenLabel: "hsm2");
        Assert.False(after.Flag(_id, CKA_EXTRACTABLE));
        Assert.Equal("arn:loose", after.Label(_id));
    }

    [Fact]
    public void GenerateKey_TransportKeyDestroyedOrBroken_IsMadeAnew()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:before", HsmLab.NewId());
        connection.Dispose();
        using (OtherSoftware other = _lab.StartOther(tokenLabel: "hsm2"))
        {
            other.Destroy("KmsTools transport key"u8.ToArray());
        }

        using IHsmConnection again = _lab.Connect();
        again.GenerateKey("arn:after", _id);
        Assert.All(again.ListKeys(), static inventory => Assert.Equal(2, inventory.Keys.Length));
    }

    [Fact]
    public void GenerateKey_HsmInitialisedAnew_JoinsAsANewcomer()
    {
        using (IHsmConnection connection = _lab.Connect())
        {
            connection.GenerateKey("arn:before", HsmLab.NewId());
        }

        Directory.Delete(_lab.FolderOf("hsm1"), recursive: true);
        HsmToken successor = _lab.AddToken("hsm1");
        HsmCluster cluster = _lab.Cluster with { Tokens = [successor, .. _lab.Members.Skip(1)] };
        using IHsmConnection again = _lab.Provider.Connect(cluster, "user-1234"u8);
        again.GenerateKey("arn:after", _id);
        Assert.Equal([1, 2, 2], again.ListKeys().Select(static inventory => inventory.Keys.Length));
        Assert.Single(again.Synchronize(successor).NotCopied);
    }

    private static HsmFailure Failure(Action action) => Assert.Throws<HsmException>(action).Failure;

    private static bool Succeeds(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (HsmException exception)
        {
            Assert.Equal(HsmFailure.Unreachable, exception.Failure);
            return false;
        }
    }

    private IHsmConnection Alone(HsmToken token) =>
        _lab.Provider.Connect(_lab.Cluster with { Tokens = [token] }, Encoding.UTF8.GetBytes(HsmLab.UserPin));

    private void DestroyIn(string label)
    {
        using OtherSoftware other = _lab.StartOther(tokenLabel: label);
        other.Destroy(_id);
    }

    private bool TriedInVain(string label)
    {
        using OtherSoftware other = _lab.StartOther(CKU_SO, HsmLab.OfficerPin, label);
        return other.Token.TokenFlags.UserPinCountLow;
    }

    private void Use(IHsmConnection connection, int times)
    {
        byte[] ciphertext = new byte[44];
        byte[] plaintext = new byte[16];
        for (int time = 0; time < times; time++)
        {
            connection.Encrypt(_id, new byte[16], [], ciphertext);
            connection.Decrypt(_id, ciphertext, [], plaintext);
            if (_ciphertext[0] != 0 || _ciphertext[1] != 0)
            {
                connection.Decrypt(_id, _ciphertext, [], plaintext);
            }
        }
    }
}
