using System.Collections.Immutable;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

[OnEveryStore]
public sealed class RoundTripTests : StoreFixture
{
    [Fact]
    public void InsertKey_EveryProperty_ComesBack()
    {
        Key key = FullKey();
        using IStateStore store = Open();
        Write(store, transaction =>
        {
            transaction.InsertCustomKeyStore(FullStore());
            transaction.InsertKey(key);
        });
        Key found = Read(store, static reader => reader.FindKey(Region, "mrk-1"))!;
        AssertSame(key, found);
        Assert.Equal("my store", found.CustomKeyStore!.Name);
        Assert.Equal(1, Read(store, static reader => reader.CountKeysInStore("cks-1")));
    }

    [Fact]
    public void UpdateKey_WhatCanChange_ComesBack()
    {
        using IStateStore store = Open();
        Key before = FullKey() with { CustomKeyStoreId = null };
        Write(store, transaction => transaction.InsertKey(before));
        Key after = before with
        {
            Description = "",
            IsEnabled = true,
            MultiRegionKeyType = MultiRegionKeyType.PRIMARY,
            DeletionDate = null,
            PendingDeletionWindowInDays = 7,
            Rotation = null,
            Policy = new string('p', 32768),
            Tags = [],
            ReservedMessages = 5_000_000_000,
            Materials =
            [
                before.Materials[0] with { ImportState = ImportState.PENDING_IMPORT, Wrapped = [] },
                before.Materials[1] with { State = KeyMaterialState.NON_CURRENT },
                before.Materials[1] with { KeyMaterialId = new string('c', 64), Wrapped = [9] },
            ],
        };
        Write(store, transaction => transaction.UpdateKey(after));
        AssertSame(after, Read(store, static reader => reader.FindKey(Region, "mrk-1"))!);
        Write(store, transaction => transaction.UpdateKey(before));
        AssertSame(before, Read(store, static reader => reader.FindKey(Region, "mrk-1"))!);
    }

    // What a text of the API may contain, and one of a database not.
    [Fact]
    public void Texts_WithControlCharacters_ComeBack()
    {
        const string text = "a\0b\u0001c\u00010\u007f\uffff";
        Key key = FullKey() with { CustomKeyStoreId = "cks-1", Description = text, Tags = [new KeyTag(text, text), new KeyTag("\0", "\0")] };
        using (IStateStore store = Open())
        {
            Write(store, transaction =>
            {
                transaction.InsertCustomKeyStore(FullStore() with { Name = text });
                transaction.InsertKey(key);
            });
        }

        using IStateStore opened = Open();
        Key found = Read(opened, static reader => reader.FindKey(Region, "mrk-1"))!;
        AssertSame(key, found);
        Assert.Equal((text, text), (found.Description, found.CustomKeyStore!.Name));
        List<StoreFinding> findings = [];
        opened.VerifyFiles(findings.Add);
        Assert.Empty(findings);
    }

    [Fact]
    public void FindKey_SameIdInOtherRegion_IsAnotherKey()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            transaction.InsertKey(NewKey("mrk-1", 1));
            transaction.InsertKey(NewKey("mrk-1", 2) with { Region = "us-west-2" });
        });
        Assert.Equal([2], Read(store, static reader => reader.FindKey("us-west-2", "mrk-1"))!.Materials[0].Wrapped.ToArray());
        Assert.Null(Read(store, static reader => reader.FindKey("us-west-1", "mrk-1")));
    }

    [Fact]
    public void FindKey_MultiRegion_HasItsRelatedKeysInTheOrderOfTheirRegions()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            foreach (string region in (string[])["us-west-2", "ap-south-1", "eu-central-1"])
            {
                transaction.InsertKey(NewKey("mrk-1") with
                {
                    Region = region,
                    MultiRegionKeyType = region == "eu-central-1" ? MultiRegionKeyType.PRIMARY : MultiRegionKeyType.REPLICA,
                });
            }

            transaction.InsertKey(NewKey("mrk-2") with { MultiRegionKeyType = MultiRegionKeyType.PRIMARY });
            transaction.InsertKey(NewKey("single"));
        });
        Assert.Equal(
            [new RelatedKey("eu-central-1", MultiRegionKeyType.PRIMARY), new RelatedKey("us-west-2", MultiRegionKeyType.REPLICA)],
            Read(store, static reader => reader.FindKey("ap-south-1", "mrk-1"))!.RelatedKeys);
        Assert.Empty(Read(store, static reader => reader.FindKey(Region, "mrk-2"))!.RelatedKeys);
        Assert.Null(Read(store, static reader => reader.FindKey(Region, "single"))!.MultiRegionKeyType);

        Write(store, static transaction => transaction.DeleteKey(NewKey("mrk-1") with { Region = "us-west-2" }));
        Assert.Equal(
            [new RelatedKey("ap-south-1", MultiRegionKeyType.REPLICA)], Read(store, static reader => reader.FindKey(Region, "mrk-1"))!
                .RelatedKeys);
    }

    [Fact]
    public void FindDueKey_ReplicaWithRotation_IsNotDue()
    {
        using IStateStore store = Open();
        Key primary = NewKey("mrk-1") with
        {
            MultiRegionKeyType = MultiRegionKeyType.PRIMARY,
            Rotation = new RotationSchedule(90, Time("2026-05-01T00:00:00Z")),
        };
        Write(
            store,
            transaction => transaction.InsertKey(primary with { Region = "us-west-2", MultiRegionKeyType = MultiRegionKeyType.REPLICA }));
        Assert.Null(Read(store, static reader => reader.ReadEarliestDue()));
        Write(store, transaction => transaction.InsertKey(primary));
        Assert.Equal(Time("2026-05-01T00:00:00Z"), Read(store, static reader => reader.ReadEarliestDue()));
    }

    [Fact]
    public void WriteQuotas_AllOfThem_ComeBack()
    {
        using (IStateStore store = Open())
        {
            QuotaLimits before = Read(store, static reader => reader.ReadQuotas());
            Assert.False(before.RequestQuotasEnabled);
            Assert.Empty(before.Changed);
            Write(store, static transaction => transaction.WriteQuotas(new QuotaLimits
            {
                RequestQuotasEnabled = true,
                Changed = new Dictionary<string, long> { ["AliasesPerKey"] = 0, ["KeysPerRegion"] = 5_000_000_000 }.ToImmutableDictionary(),
            }));
        }

        using IStateStore again = Open();
        QuotaLimits limits = Read(again, static reader => reader.ReadQuotas());
        Assert.True(limits.RequestQuotasEnabled);
        Assert.Equal(
            [("AliasesPerKey", 0), ("KeysPerRegion", 5_000_000_000)],
            limits.Changed.Select(static quota => (quota.Key, quota.Value)).Order());
        Write(again, transaction => transaction.WriteQuotas(limits with { Changed = limits.Changed.Remove("AliasesPerKey") }));
        Assert.Equal("KeysPerRegion", Assert.Single(Read(again, static reader => reader.ReadQuotas()).Changed).Key);
    }

    [Fact]
    public void ListKeyIds_AfterAnId_GivesThePageBeyondIt()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            foreach (string id in (string[])["c", "a", "d", "b"])
            {
                transaction.InsertKey(NewKey(id));
            }

            transaction.InsertKey(NewKey("e") with { KeyManager = KeyManagerType.AWS });
        });
        Assert.Equal(["a", "b"], Read(store, static reader => reader.ListKeyIds(Region, null, 2)));
        Assert.Equal(["c", "d", "e"], Read(store, static reader => reader.ListKeyIds(Region, "b", 9)));
        Assert.Equal(4, Read(store, static reader => reader.CountKeys(Region)));
        Write(store, static transaction => transaction.DeleteKey(NewKey("a")));
        Assert.Equal(3, Read(store, static reader => reader.CountKeys(Region)));
    }

    [Fact]
    public void FindDueKey_BothSidesOfTheDueDate_FindsTheEarliestWhenDue()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            transaction.InsertKey(NewKey("a") with { DeletionDate = Time("2026-05-02T00:00:00Z") });
            transaction.InsertKey(NewKey("b") with { DeletionDate = Time("2026-05-01T00:00:00Z") });
            transaction.InsertKey(NewKey("c"));
        });
        Assert.Equal(Time("2026-05-01T00:00:00Z"), Read(store, static reader => reader.ReadEarliestDue()));
        Assert.Null(Read(store, static reader => reader.FindDueKey(Time("2026-04-30T23:59:59.999Z"))));
        Assert.Equal("b", Read(store, static reader => reader.FindDueKey(Time("2026-05-01T00:00:00Z")))!.KeyId);
        Write(store, static transaction => transaction.UpdateKey(NewKey("b")));
        Assert.Equal("a", Read(store, static reader => reader.FindDueKey(Time("2027-01-01T00:00:00Z")))!.KeyId);
    }

    [Fact]
    public void Aliases_AllOperations_KeepOrdinalOrder()
    {
        using IStateStore store = Open();
        KeyAlias alias = new(Region, "alias/b", "k1", Time("2026-01-01T00:00:00.001Z"), Time("2026-01-02T00:00:00.002Z"));
        Write(store, transaction =>
        {
            transaction.InsertKey(NewKey("k1"));
            transaction.InsertKey(NewKey("k2"));
            transaction.InsertAlias(alias);
            transaction.InsertAlias(alias with { AliasName = "alias/B" });
            transaction.InsertAlias(alias with { AliasName = "alias/a", TargetKeyId = "k2" });
        });
        Assert.Equal(alias, Read(store, static reader => reader.FindAlias(Region, "alias/b")));
        Assert.Null(Read(store, static reader => reader.FindAlias("us-west-2", "alias/b")));
        Assert.Equal(["alias/B", "alias/a", "alias/b"], Names(store, null, null));
        Assert.Equal(["alias/a", "alias/b"], Names(store, null, "alias/B"));
        Assert.Equal(["alias/B", "alias/b"], Names(store, "k1", null));
        Assert.Equal(["alias/b"], Names(store, "k1", "alias/B"));
        Assert.Equal(2, Read(store, static reader => reader.CountAliases(Region, "k1")));

        KeyAlias moved = alias with { TargetKeyId = "k2", LastUpdatedDate = Time("2026-02-01T00:00:00Z") };
        Write(store, transaction =>
        {
            transaction.UpdateAlias(moved);
            transaction.DeleteAlias(Region, "alias/a");
            transaction.DeleteKey(NewKey("k1"));
        });
        Assert.Equal([moved], Read(store, static reader => reader.ListAliases(Region, null, null, 10)));

        static string[] Names(IStateStore store, string? keyId, string? after) =>
            [.. Read(store, reader => reader.ListAliases(Region, keyId, after, 10)).Select(static found => found.AliasName)];
    }

    [Fact]
    public void CustomKeyStores_AllOperations_ComeBack()
    {
        using IStateStore store = Open();
        CustomKeyStore first = FullStore();
        Write(store, transaction =>
        {
            transaction.InsertCustomKeyStore(first);
            transaction.InsertCustomKeyStore(first with { CustomKeyStoreId = "cks-2", CloudHsmClusterId = "cluster-2" });
        });
        AssertSame(first, Read(store, static reader => reader.FindCustomKeyStore(Region, "cks-1"))!);
        Assert.Equal("cks-2", Read(store, static reader => reader.ListCustomKeyStores(Region, "cks-1", 5)).Single().CustomKeyStoreId);
        Assert.Equal("cks-1", Read(store, static reader => reader.ListCustomKeyStoresOfCluster("cluster-1")).Single().CustomKeyStoreId);
        CustomKeyStore connected = first with
        {
            ConnectionState = ConnectionStateType.CONNECTED, ConnectionErrorCode = null, ConnectStarted = null, WrappedPassword
                = new byte[] { 7 },
            OtherWrappedPassword = null,
        };
        Write(store, transaction =>
        {
            transaction.UpdateCustomKeyStore(connected);
            transaction.DeleteCustomKeyStore(Region, "cks-2");
        });
        AssertSame(connected, Read(store, static reader => reader.ListCustomKeyStores(Region, null, 5)).Single());
    }

    [Fact]
    public void ClustersAndStrays_AllOperations_ComeBack()
    {
        using IStateStore store = Open();
        HsmCluster cluster = new()
        {
            ClusterId = "cluster-1",
            Library = "/usr/lib/libx.so",
            Tokens =
            [
                new HsmToken("first \"token\"", "0001"),
                new HsmToken("zweites Stück", "0002", "/usr/lib/other.so|slot='2'"),
                new HsmToken("third", "0003", null, "maker", "model"),
                new HsmToken("fourth", "", null, "", null, IsNamedByUri: true),
            ],
            PinSource = "/run/pin",
            TrustAnchorCertificate = "PEM",
            CreationDate = Time("2026-01-01T00:00:00.123Z"),
        };
        StrayKeyMaterial stray = new()
        {
            ClusterId = "cluster-1",
            BackingKeyId = "ab",
            CustomKeyStoreId = "cks-1",
            Region = Region,
            KeyArn = "arn",
            Reason = StrayReason.CREATING,
            Since = Time("2026-01-02T00:00:00Z"),
            ClaimedUntil = Time("2026-01-03T00:00:00Z"),
        };
        StrayKeyMaterial older = stray with { BackingKeyId = "cd", ClusterId = "cluster-2", Since = Time("2026-01-01T00:00:00Z") };
        Write(store, transaction =>
        {
            transaction.InsertCluster(cluster);
            transaction.PutStrayKeyMaterial(stray);
            transaction.PutStrayKeyMaterial(stray with { Reason = StrayReason.ORPHANED, ClaimedUntil = null });
            transaction.PutStrayKeyMaterial(older);
        });
        HsmCluster found = Read(store, static reader => reader.FindCluster("cluster-1"))!;
        Assert.Equal(cluster.Tokens.ToArray(), found.Tokens.ToArray());
        Assert.Equal(cluster, found with { Tokens = cluster.Tokens });
        HsmCluster changed = cluster with { Tokens = [cluster.Tokens[1]], HighAvailability = true, ManagePassword = true };
        Write(store, transaction => transaction.UpdateCluster(changed));
        found = Assert.Single(Read(store, static reader => reader.ListClusters()));
        Assert.Equal(changed.Tokens.ToArray(), found.Tokens.ToArray());
        Assert.Equal(changed, found with { Tokens = changed.Tokens });
        stray = stray with { Reason = StrayReason.ORPHANED, ClaimedUntil = null };
        Assert.Equal([older, stray], Read(store, static reader => reader.ListStrayKeyMaterial(null)));
        Assert.Equal([stray], Read(store, static reader => reader.ListStrayKeyMaterial("cluster-1")));
        Assert.Equal(stray, Read(store, static reader => reader.FindStrayKeyMaterial("cluster-1", "ab")));
        Assert.Null(Read(store, static reader => reader.FindStrayKeyMaterial("cluster-2", "ab")));
        StrayKeyMaterial full = stray with { KeyCreationDate = Time("2025-05-06T07:08:09.010Z"), Messages = 1L
            << 32, Aliases = ["alias/a", "alias/b"] };
        Write(store, transaction => transaction.PutStrayKeyMaterial(full));
        StrayKeyMaterial foundStray = Read(store, static reader => reader.FindStrayKeyMaterial("cluster-1", "ab"))!;
        Assert.Equal(["alias/a", "alias/b"], foundStray.Aliases);
        Assert.Equal(full, foundStray with { Aliases = full.Aliases });
        Write(store, static transaction =>
        {
            transaction.DeleteStrayKeyMaterial("cluster-1", "ab");
            transaction.DeleteCluster("cluster-1");
        });
        Assert.Equal([older], Read(store, static reader => reader.ListStrayKeyMaterial(null)));
        Assert.Empty(Read(store, static reader => reader.ListClusters()));
    }

    [Fact]
    public void WriteSimulatedTime_SimulatedClock_ComesBack()
    {
        using IStateStore store = Open(new StateStoreOptions { Folder = Folder, SimulatedClock = true });
        Write(store, static transaction => transaction.WriteSimulatedTime(Time("2031-01-01T00:00:00.005Z")));
        Assert.Equal(Time("2031-01-01T00:00:00.005Z"), Read(store, static reader => reader.ReadSimulatedTime()));
    }

    [Fact]
    public void ReadSimulatedTime_RealClock_IsNull()
    {
        using IStateStore store = Open();
        Assert.Null(Read(store, static reader => reader.ReadSimulatedTime()));
    }

    private static Key FullKey() => NewKey("mrk-1", 1, 2, 3) with
    {
        Description = "Größe \"x\"",
        KeySpec = KeySpec.ECC_SECG_P256K1,
        KeyUsage = KeyUsageType.SIGN_VERIFY,
        Origin = OriginType.EXTERNAL,
        KeyManager = KeyManagerType.CUSTOMER,
        MultiRegionKeyType = MultiRegionKeyType.REPLICA,
        IsEnabled = false,
        DeletionDate = Time("2026-06-01T00:00:00.999Z"),
        Rotation = new RotationSchedule(365, Time("2027-01-01T00:00:00Z")),
        CustomKeyStoreId = "cks-1",
        ReservedMessages = 77,
        Tags = [new KeyTag("z", ""), new KeyTag("a", "ü")],
        Materials =
        [
            new KeyMaterial
            {
                KeyMaterialId = new string('b', 64),
                State = KeyMaterialState.NON_CURRENT,
                CreationDate = Time("2026-03-04T05:06:07.089Z"),
                ExpirationModel = ExpirationModelType.KEY_MATERIAL_EXPIRES,
                ValidTo = Time("2026-12-01T00:00:00Z"),
                Description = "first",
                Wrapped = [0, 255, 0],
            },
            new KeyMaterial
            {
                KeyMaterialId = new string('a', 64),
                State = KeyMaterialState.CURRENT,
                CreationDate = Time("2026-03-05T05:06:07.089Z"),
                RotationDate = Time("2026-03-06T05:06:07.089Z"),
                RotationType = RotationType.ON_DEMAND,
                Wrapped = [4, 5],
            },
        ],
    };

    private static CustomKeyStore FullStore() => new()
    {
        CustomKeyStoreId = "cks-1",
        Region = Region,
        Name = "my store",
        CloudHsmClusterId = "cluster-1",
        TrustAnchorCertificate = "PEM",
        CreationDate = Time("2026-01-01T00:00:00Z"),
        WrappedPassword = new byte[] { 1, 0, 2 },
        OtherWrappedPassword = new byte[] { 3 },
        PasswordRefused = true,
        ConnectionState = ConnectionStateType.FAILED,
        ConnectionErrorCode = ConnectionErrorCodeType.USER_LOCKED_OUT,
        ConnectionGeneration = 12,
        ConnectStarted = Time("2026-01-01T00:00:01Z"),
    };

    private static void AssertSame(Key expected, Key actual)
    {
        Assert.Equal(
            expected.Tags.Select(static tag => (tag.TagKey, tag.TagValue)), actual.Tags.Select(static tag => (tag.TagKey, tag.TagValue)));
        Assert.Equal(expected.Materials.Length, actual.Materials.Length);
        foreach ((KeyMaterial left, KeyMaterial right) in expected.Materials.Zip(actual.Materials))
        {
            Assert.Equal(left.Wrapped.ToArray(), right.Wrapped.ToArray());
            Assert.Equal(left, right with { Wrapped = left.Wrapped });
        }

        Assert.Equal(expected, actual with { Tags = expected.Tags, Materials = expected.Materials, CustomKeyStore = null });
    }

    private static void AssertSame(CustomKeyStore expected, CustomKeyStore actual)
    {
        Assert.Equal(expected.WrappedPassword.ToArray(), actual.WrappedPassword.ToArray());
        Assert.Equal(expected.OtherWrappedPassword?.ToArray(), actual.OtherWrappedPassword?.ToArray());
        Assert.Equal(
            expected, actual with { WrappedPassword = expected.WrappedPassword, OtherWrappedPassword = expected.OtherWrappedPassword });
    }
}
