using System.Text;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Operations;

namespace KmsTools.KeyStores;

/// <summary>HSMs that join and leave clusters.</summary>
[Collection("SoftHSM")]
public sealed class HsmMembersTests : IDisposable
{
    private readonly HsmFixture _hsm = new();

    public void Dispose() => _hsm.Dispose();

    private HsmMembers Members => _hsm.Kms.Engine.HsmMembers;

    [Fact]
    public void Find_Disconnected_ShowsWhatCanBeSeenWithoutLogin()
    {
        HsmDescription hsm = Assert.Single(Members.Find(HsmFixture.ClusterId));

        Assert.Equal((HsmFixture.ClusterId, _hsm.Token, HsmState.ACTIVE), (hsm.ClusterId, hsm.TokenLabel, hsm.State));
        Assert.Equal(
            (SoftHsm.Library, "SoftHSM project", "SoftHSM v2", "2.6"),
            (hsm.Library, hsm.Manufacturer, hsm.Model, hsm.FirmwareVersion));
        Assert.Matches("^[0-9a-f]{16}$", hsm.SerialNumber);
        Assert.Null(hsm.KeyCount);
        Assert.Equal("CloudHsmClusterNotFoundException", Assert.Throws<KmsException>(() => Members.Find("cluster-22222222222")).ErrorCode);
    }

    [Fact]
    public void Find_Connected_CountsKeys()
    {
        _hsm.Connected();
        _hsm.CreateKey();
        _hsm.CreateKey();

        Assert.Equal(2, Assert.Single(Members.Find()).KeyCount);
        using (_hsm.Away(_hsm.Token))
        {
            HsmDescription lost = Assert.Single(Members.Find());
            Assert.Equal((_hsm.Token, HsmState.DEGRADED, null), (lost.TokenLabel, lost.State, lost.KeyCount));
        }
    }

    [Fact]
    public void Add_Connected_ServesAtOnceAndTellsWhatItLacks()
    {
        _hsm.Connected();
        KeyMetadata old = _hsm.CreateKey();
        byte[] blob = _hsm.Kms.Encrypt(old.KeyId, 1);
        using KmsEngine other = _hsm.Kms.Open();
        Assert.Equal([1], Decrypt(other, blob));
        string second = _hsm.NewToken();

        HsmAddition added = Members.Add(HsmFixture.ClusterId, second);

        Assert.Equal((second, HsmState.ACTIVE, 0), (added.Hsm.TokenLabel, added.Hsm.State, added.Hsm.KeyCount));
        Assert.Null(added.CopiedLater);
        Assert.Equal(
            $"HSM {second} lacks 1 key that cannot leave the other HSMs: {old.Arn}. Calls with them go to the other HSMs.", added
                .Shortfall);
        Assert.Equal(ConnectionStateType.CONNECTED, _hsm.Store.ConnectionState);

        // The other process makes a key on both.
        KeyMetadata key = other.Execute(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = _hsm.StoreId }).KeyMetadata;
        string id = _hsm.BackingKeyId(key.KeyId);
        Dictionary<string, string[]> objects = _hsm.ObjectsByToken();
        Assert.Equal([id], objects[second]);
        Assert.Equal(2, objects[_hsm.Token].Length);
        Assert.Equal([1], _hsm.Kms.Decrypt(blob));
        Assert.Equal([1], Decrypt(other, blob));
        AuditEvent entry = Assert.Single(_hsm.Kms.Events("AddHsm"));
        Assert.Equal(
            (HsmFixture.ClusterId, second, "2"),
            (entry.RequestParameters!["clusterId"], entry.RequestParameters["tokenLabel"], entry.AdditionalEventData!["hsms"]));
        Assert.StartsWith("arn:aws:iam::111122223333:user/", (string)entry.UserIdentity["arn"]!);
        Assert.Equal(("0", "1"), (
            _hsm.Kms.Events("SynchronizeHsm").Single().AdditionalEventData!["copied"], _hsm.Kms.Events("SynchronizeHsm").Single()
                .AdditionalEventData!["notCopied"]));
    }

    [Fact]
    public void Add_Disconnected_IsBroughtUpToDateAtTheNextConnect()
    {
        _hsm.Connected();
        KeyMetadata old = _hsm.CreateKey();
        _hsm.Disconnect();
        string second = _hsm.NewToken();

        HsmAddition added = Members.Add(HsmFixture.ClusterId, second);

        Assert.Equal(
            $"No key store of {HsmFixture.ClusterId} is connected: the keys are copied when one is connected next.",
            added.CopiedLater);
        Assert.Null(added.Synchronization);
        Assert.Equal((ConnectionStateType.DISCONNECTED, 2), (_hsm.Store.ConnectionState, Members.Find().Length));
        List<string> warnings = [];
        _hsm.Kms.Engine.Execute(
            new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId },
            observer: new CallObserver { Warning = warnings.Add });
        Assert.Contains(old.Arn, Assert.Single(warnings));
        Assert.Single(_hsm.Kms.Events("SynchronizeHsm"));
        Assert.Equal([4], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(old.KeyId, 4)));
    }

    [Fact]
    public void Add_NoKeyStore_HasNothingToCopy()
    {
        _hsm.Kms.Call(new DeleteCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId });

        HsmAddition added = Members.Add(HsmFixture.ClusterId, _hsm.NewToken());

        Assert.Equal((null, null, null), (added.CopiedLater, added.Shortfall, added.Synchronization));
        Assert.Equal((2, 2), (
            _hsm.Kms.Engine.HsmClusters.Find().Single().HsmCount, _hsm.Kms.Engine.HsmClusters.Find().Single().ActiveHsmCount));
    }

    [Fact]
    public void Add_OtherPassword_IsRefusedAndTheKeyStoreGoesOn()
    {
        _hsm.Connected();
        KeyMetadata key = _hsm.CreateKey();
        string second = _hsm.NewToken();
        _hsm.SetUserPin("another-pin", second);

        HsmException refused = Assert.Throws<HsmException>(() => Members.Add(HsmFixture.ClusterId, second));

        Assert.Equal(
            (HsmFailure.InvalidCredentials, $"The crypto user of HSM '{second}' has another password than that of cluster "
                + $"{HsmFixture.ClusterId}. Change it in the HSM first."),
            (refused.Failure, refused.Message));
        using Secret pin = Secret.CopyOf("another-pin"u8);
        Assert.Throws<ArgumentException>(() => Members.Add(HsmFixture.ClusterId, second, password: pin));
        Assert.True(_hsm.Takes("another-pin", second));
        Assert.Single(_hsm.Cluster.Tokens);
        Assert.False(_hsm.Record.PasswordRefused);
        _hsm.Kms.Reopen();
        Assert.Equal([1], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(key.KeyId, 1)));
    }

    [Fact]
    public void Add_WhatIsNotThereOrAlreadyThere_IsRefused()
    {
        Assert.Equal(HsmFailure.NoActiveHsm, Assert.Throws<HsmException>(() => Members.Add(HsmFixture.ClusterId, "nobody")).Failure);
        Assert.Equal(
            HsmFailure.ClusterNotFound,
            Assert.Throws<HsmException>(() => Members.Add(HsmFixture.ClusterId, "x", "/nowhere.so")).Failure);
        Assert.StartsWith(
            $"Cluster {HsmFixture.ClusterId} has an HSM with the token label '{_hsm.Token}' already.",
            Assert.Throws<ArgumentException>(() => Members.Add(HsmFixture.ClusterId, _hsm.Token)).Message,
            StringComparison.Ordinal);
        Assert.Equal(
            "CloudHsmClusterNotFoundException", Assert.Throws<KmsException>(() => Members.Add("cluster-22222222222", _hsm.Token))
                .ErrorCode);
        Assert.Equal(
            ["KMSInvalidStateException", "KMSInvalidStateException", "ValidationException", "CloudHsmClusterNotFoundException"],
            _hsm.Kms.Events("AddHsm").Select(static refused => refused.ErrorCode));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Add_ManagedPassword_GivesTheHsmThatOfTheCluster(bool connected)
    {
        using HsmFixture managed = new(managePassword: true);
        managed.Connected();
        string second = managed.NewToken();
        if (!connected)
        {
            managed.Disconnect();
        }

        if (connected)
        {
            HsmException refused = Assert.Throws<HsmException>(() => managed.Kms.Engine.HsmMembers.Add(HsmFixture.ClusterId, second));
            Assert.EndsWith("Give the one that it has, and it is changed to the cluster's.", refused.Message);
        }

        using Secret pin = Secret.CopyOf(Encoding.UTF8.GetBytes(HsmFixture.UserPin));
        managed.Kms.Engine.HsmMembers.Add(HsmFixture.ClusterId, second, password: pin);

        Assert.True(managed.Takes(managed.StoredPassword(), second));
        if (!connected)
        {
            managed.Connected();
        }

        Assert.All(managed.Kms.Engine.HsmMembers.Find(), static hsm => Assert.Equal(0, hsm.KeyCount));
        managed.CreateKey();
        Assert.All(managed.Kms.Engine.HsmMembers.Find(), static hsm => Assert.Equal(1, hsm.KeyCount));
    }

    [Fact]
    public void Remove_KeysAreOnTheOtherToo_LosesNothing()
    {
        using HsmFixture two = new HsmFixture(hsms: 2).Connected();
        KeyMetadata key = two.CreateKey();
        byte[] blob = two.Kms.Encrypt(key.KeyId, 9);
        using KmsEngine other = two.Kms.Open();
        Assert.Equal([9], Decrypt(other, blob));

        HsmRemoval removal = two.Kms.Engine.HsmMembers.Remove(HsmFixture.ClusterId, two.Tokens[0]);

        Assert.Equal((0, true, false), (removal.OnlyThere.Length, removal.IsKnown, removal.IsTooFew));
        Assert.Equal(two.Tokens[1], Assert.Single(two.Cluster.Tokens).TokenLabel);
        Assert.Equal([9], two.Kms.Decrypt(blob));
        Assert.Equal([9], Decrypt(other, blob));
        Assert.Equal("1", Assert.Single(two.Kms.Events("RemoveHsm")).AdditionalEventData!["hsms"]);
    }

    [Fact]
    public void Remove_OnlyCopy_NeedsForceAndComesBackWithTheHsm()
    {
        _hsm.Connected();
        KeyMetadata old = _hsm.CreateKey();
        byte[] blob = _hsm.Kms.Encrypt(old.KeyId, 2);
        string second = _hsm.NewToken();
        Members.Add(HsmFixture.ClusterId, second);
        KeyMetadata young = _hsm.CreateKey();

        KmsException refused = Assert.Throws<KmsException>(() => Members.Remove(HsmFixture.ClusterId, _hsm.Token));
        Assert.Equal(
            ("KMSInvalidStateException", $"HSM '{_hsm.Token}' of cluster {HsmFixture.ClusterId} may hold the only copy of the material of "
                + $"1 KMS key: {old.Arn}."),
            (refused.ErrorCode, refused.Message));
        Assert.Equal(2, _hsm.Cluster.Tokens.Length);

        Assert.Equal([old.Arn], Members.Remove(HsmFixture.ClusterId, _hsm.Token, force: true).OnlyThere);
        Assert.Equal("KMSInvalidStateException", _hsm.Kms.Error(new DecryptRequest { CiphertextBlob = blob }).Code);
        Assert.Equal([3], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(young.KeyId, 3)));
        Members.Add(HsmFixture.ClusterId, _hsm.Token);
        Assert.Equal([2], _hsm.Kms.Decrypt(blob));
    }

    [Fact]
    public void Remove_Disconnected_CannotKnow()
    {
        using HsmFixture two = new HsmFixture(hsms: 2).Connected();
        two.CreateKey();
        two.Disconnect();

        KmsException refused = Assert.Throws<KmsException>(() => two.Kms.Engine.HsmMembers.Remove(HsmFixture.ClusterId, two.Tokens[0]));
        Assert.Equal(
            $"No key store of cluster {HsmFixture.ClusterId} is connected, so it is unknown whether the other HSMs hold the material of "
                + "its 1 KMS key as well.",
            refused.Message);
        Assert.False(two.Kms.Engine.HsmMembers.Remove(HsmFixture.ClusterId, two.Tokens[0], force: true).IsKnown);
        two.Connected();
    }

    [Fact]
    public void Remove_LastHsm_LeavesAClusterWithoutHsms()
    {
        Members.Remove(HsmFixture.ClusterId, _hsm.Token);
        Assert.Empty(Members.Find());
        Assert.Equal((0, HsmState.DEGRADED), (
            _hsm.Kms.Engine.HsmClusters.Find().Single().HsmCount, _hsm.Kms.Engine.HsmClusters.Find().Single().State));

        _hsm.Connect();
        Assert.Equal(ConnectionErrorCodeType.INSUFFICIENT_CLOUDHSM_HSMS, _hsm.Store.ConnectionErrorCode);
        _hsm.Disconnect();
        Assert.Equal("CloudHsmClusterNotActiveException", _hsm.Kms.Error(_hsm.Creating() with { CustomKeyStoreName = "other" }).Code);

        Members.Add(HsmFixture.ClusterId, _hsm.Token);
        _hsm.Connected();
    }

    [Fact]
    public void Remove_UnknownHsm_IsRefused()
    {
        Assert.StartsWith(
            $"Cluster {HsmFixture.ClusterId} has no HSM with the token label 'nobody'. It has '{_hsm.Token}'.",
            Assert.Throws<ArgumentException>(() => Members.Remove(HsmFixture.ClusterId, "nobody")).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void HighAvailability_OneHsm_IsTooFewToCreateAnything()
    {
        const string Message = "CloudHSM cluster must contain active HSMs in at least two Availability Zones";
        const string Code = "CloudHsmClusterInvalidConfigurationException";
        using HsmFixture two = new HsmFixture(hsms: 2, highAvailability: true).Connected();
        KeyMetadata key = two.CreateKey();
        CreateKeyRequest create = new() { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = two.StoreId };
        using (two.Away(two.Tokens[1]))
        {
            two.Kms.Refuses(create, Code, Message);
            Assert.Equal([1], two.Kms.Decrypt(two.Kms.Encrypt(key.KeyId, 1)));
            two.Disconnect();
            two.Kms.Refuses(two.Creating() with { CustomKeyStoreName = "other" }, Code, Message);
            two.Kms.Refuses(
                new UpdateCustomKeyStoreRequest { CustomKeyStoreId = two.StoreId, CloudHsmClusterId = HsmFixture.ClusterId },
                Code,
                Message);
            two.Connected();
            two.Kms.Refuses(create, Code, Message);
            Assert.Empty(two.Strays());
        }

        Members(two).Remove(HsmFixture.ClusterId, two.Tokens[0], force: true);
        two.Kms.Refuses(create, Code, Message);
        Assert.Single(two.Kms.Call(new ListKeysRequest()).Keys);

        static HsmMembers Members(HsmFixture hsm) => hsm.Kms.Engine.HsmMembers;
    }

    [Fact]
    public async Task AddAndRemove_UnderLoad_DisturbNobody()
    {
        _hsm.Connected();
        string[] keys = [.. Enumerable.Range(0, 4).Select(_ => _hsm.CreateKey().KeyId)];
        using KmsEngine other = _hsm.Kms.Open();
        using CancellationTokenSource stop = new();
        int calls = 0;
        Task[] load =
        [
            .. keys.Select((key, index) => Task.Run(() =>
            {
                KmsEngine engine = index % 2 == 0 ? _hsm.Kms.Engine : other;
                while (!stop.IsCancellationRequested)
                {
                    byte[] blob = engine.Execute(new EncryptRequest { KeyId = key, Plaintext = [(byte)index] }).CiphertextBlob.ToArray();
                    Assert.Equal([(byte)index], Decrypt(engine, blob));
                    Interlocked.Increment(ref calls);
                }
            })),
        ];
        string second = _hsm.NewToken();
        for (int round = 0; round < 3; round++)
        {
            Members.Add(HsmFixture.ClusterId, second);
            await Task.Delay(200, TestContext.Current.CancellationToken);
            Members.Remove(HsmFixture.ClusterId, second);
            await Task.Delay(100, TestContext.Current.CancellationToken);
        }

        await stop.CancelAsync();
        await Task.WhenAll(load);
        Assert.True(calls > 20, $"{calls} calls");
    }

    private static byte[] Decrypt(KmsEngine engine, byte[] blob) =>
        engine.Execute(new DecryptRequest { CiphertextBlob = blob }).Plaintext!.ToArray();
}
