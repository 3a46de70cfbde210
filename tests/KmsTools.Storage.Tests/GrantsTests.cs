using System.Collections.Immutable;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

[OnEveryStore]
public sealed class GrantsTests : StoreFixture
{
    private static readonly GrantPrincipal s_alice = new("arn:aws:iam::111122223333:user/alice", false);
    private static readonly GrantPrincipal s_service = new("lambda.amazonaws.com", true);

    [Fact]
    public void InsertGrant_EveryProperty_ComesBack()
    {
        using IStateStore store = Open();
        Grant full = NewGrant("b") with
        {
            Name = "n:/_-",
            Retiring = s_service,
            Operations = [.. Enum.GetValues<GrantOperation>()],
            Constraints = new GrantConstraints
            {
                EncryptionContextEquals = new Dictionary<string, string> { ["Größe"] = "\"x\"", ["a"] = "" },
                EncryptionContextSubset = new Dictionary<string, string> { ["s"] = "t" },
                SourceArn = "arn:aws:s3:us-east-1:111122223333:bucket",
            },
        };
        Write(store, transaction =>
        {
            transaction.InsertKey(NewKey("k1"));
            transaction.InsertGrant(full);
            transaction.InsertGrant(NewGrant("a"));
        });

        Grant found = Read(store, static reader => reader.FindGrant(Region, "k1", "b"))!;
        Assert.Equal(full.Operations, found.Operations);
        Assert.Equivalent(full.Constraints, found.Constraints, strict: true);
        Assert.Equal(full, found with { Operations = full.Operations, Constraints = full.Constraints });
        Assert.Equal(full.RequestDigest, found.RequestDigest);
        Grant bare = Read(store, static reader => reader.FindGrant(Region, "k1", "a"))!;
        Assert.Null(bare.Constraints);
        Assert.Null(bare.Retiring);
        Assert.Null(bare.RequestDigest);
        Assert.Equal("b", Read(store, reader => reader.FindGrantByDigest(Region, "k1", full.RequestDigest!))!.GrantId);
        Assert.Null(Read(store, reader => reader.FindGrantByDigest(Region, "k2", full.RequestDigest!)));
        Assert.Null(Read(store, static reader => reader.FindGrant("us-west-2", "k1", "b")));
    }

    [Fact]
    public void ListGrants_PagesAndFilters_KeepTheOrderOfIds()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            transaction.InsertKey(NewKey("k1"));
            transaction.InsertKey(NewKey("k2"));
            foreach (string id in (string[])["c", "a", "d"])
            {
                transaction.InsertGrant(NewGrant(id));
            }

            transaction.InsertGrant(NewGrant("b") with { Grantee = s_service, Retiring = s_alice });
            transaction.InsertGrant(NewGrant("e") with { KeyId = "k2", Retiring = s_alice });
            transaction.InsertGrant(NewGrant("f") with { KeyId = "k2", Retiring = s_alice with { IsService = true } });
        });

        Assert.Equal("a b", Ids(store, static reader => reader.ListGrants(Region, "k1", null, null, 2)));
        Assert.Equal("c d", Ids(store, static reader => reader.ListGrants(Region, "k1", null, "b", 9)));
        Assert.Equal("c d", Ids(store, static reader => reader.ListGrants(Region, "k1", s_alice, "a", 9)));
        Assert.Equal("b", Ids(store, static reader => reader.ListGrants(Region, "k1", s_service, null, 9)));
        Assert.Equal("", Ids(store, static reader => reader.ListGrants(Region, "k1", s_service with { IsService = false }, null, 9)));
        Assert.Equal("b e", Ids(store, static reader => reader.ListRetirableGrants(Region, s_alice, null, 9)));
        Assert.Equal("b", Ids(store, static reader => reader.ListRetirableGrants(Region, s_alice, null, 1)));
        Assert.Equal("e", Ids(store, static reader => reader.ListRetirableGrants(Region, s_alice, "b", 9)));
        Assert.Equal("", Ids(store, static reader => reader.ListRetirableGrants("us-west-2", s_alice, null, 9)));
    }

    [Fact]
    public void CountGrants_InsertAndDelete_IsKept()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            transaction.InsertKey(NewKey("k1"));
            transaction.InsertGrant(NewGrant("a"));
            transaction.InsertGrant(NewGrant("b"));
        });
        Assert.Equal(2, Read(store, static reader => reader.CountGrants(Region, "k1")));
        Assert.Equal(0, Read(store, static reader => reader.CountGrants(Region, "k2")));
        Write(store, static transaction => transaction.DeleteGrant(NewGrant("a")));
        Assert.Equal(1, Read(store, static reader => reader.CountGrants(Region, "k1")));
        Assert.Null(Read(store, static reader => reader.FindGrant(Region, "k1", "a")));
    }

    [Fact]
    public void DeleteKey_WithGrants_GrantsAndCountGoWithIt()
    {
        using IStateStore store = Open();
        Write(store, static transaction =>
        {
            transaction.InsertKey(NewKey("k1"));
            transaction.InsertKey(NewKey("k2"));
            transaction.InsertGrant(NewGrant("a") with { Retiring = s_alice });
            transaction.InsertGrant(NewGrant("b") with { KeyId = "k2", Retiring = s_alice });
        });
        Write(store, static transaction => transaction.UpdateKey(NewKey("k1") with { Description = "changed" }));
        Assert.Equal(1, Read(store, static reader => reader.CountGrants(Region, "k1")));

        Write(store, static transaction => transaction.DeleteKey(NewKey("k1")));

        Assert.Equal("b", Ids(store, static reader => reader.ListRetirableGrants(Region, s_alice, null, 9)));
        Assert.Equal(0, Read(store, static reader => reader.CountGrants(Region, "k1")));
        Write(store, static transaction => transaction.InsertKey(NewKey("k1")));
        Assert.Equal(0, Read(store, static reader => reader.CountGrants(Region, "k1")));
    }

    [Fact]
    public void InsertGrant_KeyIsNotThere_Throws()
    {
        using IStateStore store = Open();
        Assert.Throws<StateStoreException>(() => Write(store, static transaction => transaction.InsertGrant(NewGrant("a"))));
    }

    private static Grant NewGrant(string grantId) => new()
    {
        Region = Region,
        KeyId = "k1",
        GrantId = grantId,
        CreationDate = Time("2026-03-04T05:06:07.089Z"),
        Grantee = s_alice,
        Operations = [GrantOperation.Decrypt],
    };

    private static string Ids(IStateStore store, Func<IStateReader, ImmutableArray<Grant>> list) =>
        string.Join(' ', Read(store, list).Select(static grant => grant.GrantId));
}
