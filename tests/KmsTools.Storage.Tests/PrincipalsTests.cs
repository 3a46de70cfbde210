using System.Collections.Immutable;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>Users, roles and groups, and how a store authorizes calls.</summary>
[OnEveryStore]
public sealed class PrincipalsTests : StoreFixture
{
    private const string AliceArn = "arn:aws:iam::111122223333:user/ops/Alice";

    private static readonly Principal Alice = new()
    {
        Type = PrincipalType.User,
        Name = "Alice",
        Path = "/ops/",
        AccountId = "111122223333",
        UniqueId = "AIDAAAAAAAAAAAAAAAAAA",
        CreationDate = Time("2026-03-04T05:06:07.089Z"),
        Tags = [new KeyTag("team", "blue"), new KeyTag("a", "")],
        Policies = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal)
            .Add("b", "{\"b\":1}").Add("B", "{\"B\":\"é\"}"),
        PermissionsBoundary = "{\"Statement\":[]}",
        Groups = ["admins", "users"],
    };

    private static readonly Principal Role = new()
    {
        Type = PrincipalType.Role,
        Name = "alice",
        AccountId = "111122223333",
        UniqueId = "AROAAAAAAAAAAAAAAAAAA",
        CreationDate = Time("2026-03-04T05:06:08Z"),
        TrustPolicy = "{\"trust\":true}",
        MaxSessionDuration = 43200,
    };

    [Fact]
    public void PutPrincipal_EveryProperty_ComesBack()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            transaction.PutPrincipal(Alice);
            transaction.PutPrincipal(Role);
        });
        AssertSame(Alice, Read(store, static reader => reader.FindPrincipal(PrincipalType.User, "Alice")));
        AssertSame(Alice, Read(store, static reader => reader.FindPrincipal(PrincipalType.User, "aLICE")));
        AssertSame(Role, Read(store, static reader => reader.FindPrincipal(PrincipalType.Role, "alice")));
        Assert.Null(Read(store, static reader => reader.FindPrincipal(PrincipalType.Group, "alice")));
        Assert.Null(Read(store, static reader => reader.FindPrincipal(PrincipalType.User, "alic")));
        Assert.Equal(["alice", "Alice"], Read(store, static reader => reader.ListPrincipals()).Select(static principal => principal.Name));
        Assert.Equal(AliceArn, Alice.Arn);
    }

    [Fact]
    public void PutPrincipal_Again_ReplacesWhatCanChange()
    {
        using IStateStore store = Open();
        Write(store, static transaction => transaction.PutPrincipal(Alice));
        Principal changed = Alice with { Tags = [], Policies = Role.Policies, PermissionsBoundary = null, Groups = [] };
        Write(store, transaction => transaction.PutPrincipal(changed));
        AssertSame(changed, Assert.Single(Read(store, static reader => reader.ListPrincipals())));
    }

    [Fact]
    public void PutPrincipal_NameTakenByAnother_IsRefusedByTheTable()
    {
        using IStateStore store = Open();
        Write(store, static transaction => transaction.PutPrincipal(Alice));
        Assert.Throws<StateStoreException>(() => Write(
            store, static transaction => transaction.PutPrincipal(Alice with { Name = "ALICE", UniqueId = "AIDABBBBBBBBBBBBBBBBB" })));
        AssertSame(Alice, Assert.Single(Read(store, static reader => reader.ListPrincipals())));
    }

    [Fact]
    public void DeletePrincipal_OnlyThatOneIsGone()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            transaction.PutPrincipal(Alice);
            transaction.PutPrincipal(Role);
            transaction.DeletePrincipal(Alice.UniqueId);
        });
        AssertSame(Role, Assert.Single(Read(store, static reader => reader.ListPrincipals())));
    }

    [Fact]
    public void WriteAuthorization_EverySetting_ComesBack()
    {
        using IStateStore store = Open();
        AuthorizationSettings initial = Read(store, static reader => reader.ReadAuthorization());
        Assert.Equal((AuthorizationMode.Enforce, false), (initial.Mode, initial.DirectUseOfAwsManagedKeys));
        Assert.Empty(initial.ServiceControlPolicies);
        Assert.Empty(initial.ResourceControlPolicies);

        Write(store, static transaction => transaction.WriteAuthorization(new AuthorizationSettings
        {
            Mode = AuthorizationMode.Off,
            DirectUseOfAwsManagedKeys = true,
            ServiceControlPolicies = [["{\"a\":1}", "{\"b\":2}"], []],
            ResourceControlPolicies = ["{\"c\":\"\\\"\"}"],
        }));
        AuthorizationSettings read = Read(store, static reader => reader.ReadAuthorization());
        Assert.Equal((AuthorizationMode.Off, true), (read.Mode, read.DirectUseOfAwsManagedKeys));
        Assert.Equal([["{\"a\":1}", "{\"b\":2}"], []], read.ServiceControlPolicies.Select(static level => level.ToArray()));
        Assert.Equal(["{\"c\":\"\\\"\"}"], read.ResourceControlPolicies.ToArray());
    }

    [Fact]
    public void ReadAuthorizationRevision_GrowsWithEveryChangeAndWithNothingElse()
    {
        using IStateStore store = Open();
        long Revision() => Read(store, static reader => reader.ReadAuthorizationRevision());
        Action<IStateTransaction>[] changes =
        [
            static transaction => transaction.PutPrincipal(Alice),
            static transaction => transaction.PutPrincipal(Alice with { Groups = [] }),
            static transaction => transaction.DeletePrincipal(Alice.UniqueId),
            static transaction => transaction.WriteAuthorization(AuthorizationSettings.Default),
        ];
        foreach (Action<IStateTransaction> change in changes)
        {
            long before = Revision();
            Write(store, change);
            Assert.Equal(before + 1, Revision());
        }

        long last = Revision();
        Write(store, static transaction => transaction.InsertKey(NewKey("key-1")));
        Write(store, static transaction => transaction.DeletePrincipal("AIDANONE"));
        Assert.Equal(last, Revision());
    }

    [Fact]
    public void ListKeysWithPolicyText_FindsItInAllRegionsAlsoWhereItMayBeEscaped()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            transaction.InsertKey(NewKey("key-1") with { Policy = $"{{\"AWS\":\"{AliceArn}\"}}" });
            transaction.InsertKey(NewKey("key-2") with { Policy = "{\"AWS\":\"arn:aws:iam::111122223333:user\\/ops\\/Alice\"}" });
            transaction.InsertKey(NewKey("key-3") with { Policy = "{\"AWS\":\"arn:aws:iam::111122223333:user/ops/Bob\"}" });
            transaction.InsertKey(NewKey("key-1") with { Region = "us-west-2", Policy = $"[\"{AliceArn}\"]" });
        });
        Assert.Equal(
            [(Region, "key-1"), (Region, "key-2"), ("us-west-2", "key-1")],
            Read(store, static reader => reader.ListKeysWithPolicyText(AliceArn)));
    }

    [Fact]
    public void ListGrantsTo_FindsGranteesAndRetiringPrincipalsOfAllRegions()
    {
        GrantPrincipal alice = new(AliceArn, IsService: false);
        GrantPrincipal other = new("arn:aws:iam::111122223333:user/ops/Bob", IsService: false);
        using IStateStore store = Open();
        Write(store, transaction =>
        {
            transaction.InsertKey(NewKey("key-1"));
            transaction.InsertKey(NewKey("key-1") with { Region = "us-west-2" });
            transaction.InsertGrant(NewGrant("1", alice, null));
            transaction.InsertGrant(NewGrant("2", other, alice) with { Region = "us-west-2" });
            transaction.InsertGrant(NewGrant("3", other, other));
            transaction.InsertGrant(NewGrant("4", new GrantPrincipal(AliceArn, IsService: true), null));
        });
        Assert.Equal(["1", "2"], Read(store, reader => reader.ListGrantsTo(alice)).Select(static grant => grant.GrantId).Order());
    }

    private static Grant NewGrant(string grantId, GrantPrincipal grantee, GrantPrincipal? retiring) => new()
    {
        Region = Region,
        KeyId = "key-1",
        GrantId = grantId,
        CreationDate = Time("2026-03-04T05:06:07Z"),
        Grantee = grantee,
        Retiring = retiring,
        Operations = [GrantOperation.Decrypt],
    };

    private static void AssertSame(Principal expected, Principal? actual)
    {
        Assert.NotNull(actual);
        Assert.Equal(expected.Tags.ToArray(), actual.Tags.ToArray());
        Assert.Equal(expected.Policies.ToArray(), actual.Policies.ToArray());
        Assert.Equal(expected.Groups.ToArray(), actual.Groups.ToArray());
        Assert.Equal(WithoutLists(expected), WithoutLists(actual));

        static Principal WithoutLists(Principal principal) => principal with { Tags = default, Policies = null!, Groups = default };
    }
}
