using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.Storage.Tests;

/// <summary>What commits report that they have touched.</summary>
[OnEveryStore]
public sealed class CommitsTests : StoreFixture
{
    private static readonly DateTimeOffset s_time = Time("2026-03-04T05:06:07Z");

    private readonly string _material = new('a', 64);

    [Fact]
    public void Commit_Changes_AreReportedOneByOne()
    {
        using IStateStore store = Open();
        Key key = NewKey("key-1", 1, 2, 3);
        KeyAlias alias = new(Region, "alias/a", "key-1", s_time, s_time);
        Grant grant = new()
        {
            Region = Region,
            KeyId = "key-1",
            GrantId = "g",
            Name = "",
            CreationDate = s_time,
            Grantee = new GrantPrincipal("alice", false),
            Operations = [GrantOperation.Encrypt],
        };
        AccessKey accessKey = new() { AccessKeyId = "AK", PrincipalArn = "arn", CreationDate = s_time, WrappedSecret = [1] };
        using SealKey sealKey = SealKey.Generate();
        using RecoveryKey recoveryKey = RecoveryKey.Create();
        Seal seal = Seal.Create(sealKey, new RecoveryKeyOpener(recoveryKey));
        (Action<IStateTransaction> Change, StateItem[] Touched)[] changes =
        [
            (transaction => transaction.InsertKey(key), [StateItem.Key(Region, "key-1")]),
            (transaction => transaction.UpdateKey(key with { Description = "x" }), [StateItem.Key(Region, "key-1")]),
            (transaction => transaction.InsertAlias(alias), [StateItem.Alias(Region, "alias/a")]),
            (transaction => transaction.UpdateAlias(alias), [StateItem.Alias(Region, "alias/a")]),
            (transaction => transaction.InsertGrant(grant), [StateItem.Grants(Region, "key-1")]),
            (transaction => transaction.DeleteGrant(grant), [StateItem.Grants(Region, "key-1")]),
            (transaction => transaction.InsertAccessKey(accessKey), [StateItem.AccessKey("AK")]),
            (transaction => transaction.UpdateAccessKey(accessKey), [StateItem.AccessKey("AK")]),
            (transaction => transaction.DeleteAccessKey("AK"), [StateItem.AccessKey("AK")]),
            (
                transaction => transaction.RewrapMaterial(new StoredMaterial(Region, "key-1", 0, key.Materials[0])),
                [StateItem.Key(Region, "key-1")]
            ),
            (transaction => transaction.WriteRootKeyRotationPeriod(90), [StateItem.Settings]),
            (transaction => transaction.SealRootKey(seal, sealKey), []),
            (transaction => transaction.UnsealRootKey(), []),
            (transaction => transaction.BeginRootKeyRotation(s_time), [StateItem.Settings]),
            (transaction => Assert.False(transaction.TryEndRootKeyRotation()), []),
            (transaction => transaction.DeleteAlarm("a"), [StateItem.Alarms]),
            (transaction => transaction.WriteQuotas(QuotaLimits.Default), [StateItem.Settings]),
            (transaction => transaction.WriteConsistencyDelay(0, s_time), [StateItem.Settings]),
            (transaction => transaction.WriteAuthorization(AuthorizationSettings.Default), [StateItem.Settings]),
            (transaction => transaction.DeletePrincipal("x"), [StateItem.Settings]),
            (transaction => transaction.DeleteCustomKeyStore(Region, "cks"), [StateItem.Everything, StateItem.CustomKeyStore(Region, "cks")]),
            (transaction => transaction.DeleteCluster("c"), []),
            (transaction => transaction.UpdateKey(NewKey("key-1")), [StateItem.Key(Region, "key-1"), StateItem.Material(_material)]),
            (transaction => transaction.UpdateKey(key), [StateItem.Key(Region, "key-1")]),
            (
                transaction => transaction.DeleteKey(key),
                [
                    StateItem.Alias(Region, "alias/a"), StateItem.Key(Region, "key-1"), StateItem.Material(_material),
                    StateItem.Grants(Region, "key-1"),
                ]
            ),
        ];
        foreach ((Action<IStateTransaction> change, _) in changes)
        {
            Write(store, change);
        }

        StateChanges all = Read(store, static reader => reader.ReadChanges(0));
        Assert.Equal((changes.Length, true), (all.Number, all.IsComplete));
        for (int i = 0; i < changes.Length; i++)
        {
            Assert.Equal(i + 1, all.Commits[i].Number);
            Assert.Equal(changes[i].Touched, all.Commits[i].Touched);
        }
    }

    [Fact]
    public void UpdateKey_RelatedKeys_AreAllReported()
    {
        using IStateStore store = Open();
        Key primary = NewKey("mrk-1") with { MultiRegionKeyType = MultiRegionKeyType.PRIMARY };
        Write(store, transaction => transaction.InsertKey(primary));
        Key replica = primary with { Region = "us-west-2", MultiRegionKeyType = MultiRegionKeyType.REPLICA };
        Write(store, transaction => transaction.InsertKey(replica));
        Write(store, transaction => transaction.UpdateKey(primary));
        StateItem[] both = [StateItem.Key("us-west-2", "mrk-1"), StateItem.Key(Region, "mrk-1")];
        StateChanges changes = Read(store, static reader => reader.ReadChanges(1));
        Assert.Equal(both, changes.Commits[0].Touched);
        Assert.Equal(both.Reverse(), changes.Commits[1].Touched);
    }

    [Fact]
    public void ReadChanges_NothingIsKnown_IsNotComplete()
    {
        using IStateStore store = Open();
        Assert.Equal((0, false), Numbers(store, null));
        Write(store, static transaction => transaction.InsertKey(NewKey("key-1")));
        Assert.Equal((1, false), Numbers(store, null));
        Assert.Equal((1, true), Numbers(store, 1));
    }

    [Fact]
    public void Commit_RolledBack_TakesNoNumber()
    {
        using IStateStore store = Open();
        using (IStateTransaction transaction = store.BeginTransaction())
        {
            transaction.InsertKey(NewKey("key-1"));
        }

        Write(store, static transaction => transaction.InsertKey(NewKey("key-2")));
        StateCommit commit = Assert.Single(Read(store, static reader => reader.ReadChanges(0)).Commits);
        Assert.Equal((1, StateItem.Key(Region, "key-2")), (commit.Number, Assert.Single(commit.Touched)));
    }

    [Fact]
    public void Commit_ManyTimes_KeepsTheNewest256AtLeast()
    {
        using IStateStore store = Open();
        for (int i = 0; i < 511; i++)
        {
            Write(store, static _ => { });
        }

        Assert.Equal((511, true), Numbers(store, 0));
        Write(store, static _ => { });
        Assert.Equal((512, false), Numbers(store, 255));
        Assert.Equal((512, true), Numbers(store, 256));
        Assert.Equal(256, Read(store, static reader => reader.ReadChanges(256)).Commits.Length);
    }

    [Theory]
    [InlineData(1000, 1000)]
    [InlineData(1001, 1)]
    public void Commit_ManyItems_ReportsEverythingInstead(int count, int reported)
    {
        using IStateStore store = Open();
        Write(store, transaction =>
        {
            for (int i = 0; i < count; i++)
            {
                transaction.DeleteAccessKey($"AK{i}");
            }
        });
        StateCommit commit = Assert.Single(Read(store, static reader => reader.ReadChanges(0)).Commits);
        Assert.Equal(reported, commit.Touched.Length);
        Assert.Equal(reported == 1, commit.Touched.Contains(StateItem.Everything));
    }

    private static (long Number, bool IsComplete) Numbers(IStateStore store, long? after) =>
        Read(store, reader => reader.ReadChanges(after)) is var changes ? (changes.Number, changes.IsComplete) : default;
}
