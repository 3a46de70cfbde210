using System.Diagnostics;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

[OnEveryStore]
public sealed class PastReaderTests : StoreFixture
{
    private const int Delay = 60;

    private static readonly DateTimeOffset s_start = Time("2026-03-04T05:06:07Z");

    /// <summary>In this second the key and its alias are given the number of the second.</summary>
    internal static void Change(IStateStore store, int second)
    {
        using IStateTransaction transaction = store.BeginTransaction();
        transaction.ChangeTime = s_start.AddSeconds(second);
        transaction.UpdateKey(NewKey("key-1", 1, 2, 3) with { Description = $"{second}" });
        transaction.UpdateAlias(NewAlias(second));
        transaction.Commit();
    }

    [Fact]
    public void OpenReader_OfAMoment_ShowsEveryPropertyOfItsTime()
    {
        Key key = NewKey("key-1", 1, 2, 3) with
        {
            Description = "é \" </script>",
            Tags = [new KeyTag("k", "v")],
            Rotation = new RotationSchedule(90, Time("2026-05-01T00:00:00.001Z")),
            PendingDeletionWindowInDays = 7,
            ReservedMessages = 5_000_000_000,
            Policy = new string('p', 32768),
        };
        Grant grant = new()
        {
            Region = Region,
            KeyId = "key-1",
            GrantId = new string('b', 64),
            Name = "name",
            CreationDate = s_start,
            Grantee = new GrantPrincipal("lambda.amazonaws.com", IsService: true),
            Retiring = new GrantPrincipal("111122223333", IsService: false),
            Operations = [GrantOperation.Decrypt, GrantOperation.ReEncryptTo],
            Constraints = new GrantConstraints { EncryptionContextEquals = new Dictionary<string, string> { ["a"] = "b" } },
        };
        using IStateStore store = Open();
        Write(store, transaction =>
        {
            transaction.WriteConsistencyDelay(Delay, s_start);
            transaction.InsertKey(key);
            transaction.InsertAlias(NewAlias(0));
            transaction.InsertGrant(grant);
        });
        Write(store, transaction =>
        {
            transaction.ChangeTime = s_start.AddSeconds(1);
            transaction.DeleteKey(key);
        });
        using IStateReader past = store.OpenReader(s_start.AddMilliseconds(999));
        Key found = past.FindKey(Region, "key-1")!;
        Assert.Empty(found.Materials[0].Wrapped);
        Assert.Equal(key.Tags.ToArray(), found.Tags.ToArray());
        Assert.Equal(
            key with { Tags = [], Materials = [], RelatedKeys = [] }, found with { Tags = [], Materials = [], RelatedKeys = [] });
        Assert.Equal(NewAlias(0), past.FindAlias(Region, "alias/a"));
        Grant granted = past.FindGrant(Region, "key-1", grant.GrantId)!;
        Assert.Equal(grant.RequestDigest, granted.RequestDigest);
        Assert.Equal((grant.CreationDate, grant.Grantee, grant.Retiring), (granted.CreationDate, granted.Grantee, granted.Retiring));
        Assert.Equal(s_start.AddSeconds(1), past.ReadNextChange());
        using IStateReader present = store.OpenReader(s_start.AddSeconds(1));
        Assert.Null(present.FindKey(Region, "key-1"));
        Assert.Null(present.FindAlias(Region, "alias/a"));
        Assert.Empty(present.ListGrants(Region, "key-1", null, null, 10));
        Assert.Null(present.ReadNextChange());
    }

    [Fact]
    public void PastValues_HaveNoBytesOfKeyMaterial()
    {
        using (IStateStore store = Open())
        {
            Write(store, transaction =>
            {
                transaction.WriteConsistencyDelay(Delay, s_start);
                transaction.InsertKey(NewKey("key-1", [.. "wrapped bytes"u8]));
            });
            Write(store, transaction =>
            {
                transaction.ChangeTime = s_start;
                transaction.DeleteKey(NewKey("key-1"));
            });
        }

        Assert.Equal(1, CountPastValues());
        Assert.Equal(0, ReadNumber("SELECT count(*) FROM past_values WHERE value LIKE '%d3JhcHBlZCBieXRlcw%'"));
        Assert.Equal(1, ReadNumber("SELECT count(*) FROM past_values WHERE value LIKE '%\"Wrapped\":[]%'"));
    }

    [Fact]
    public void Commit_ForgetsWhatIsOlderThanTheDelay()
    {
        using IStateStore store = Open();
        Prepare(store);
        for (int second = 1; second <= 100; second++)
        {
            Change(store, second);
        }

        // A key and an alias for each of the seconds 41 to 100.
        Assert.Equal(120, CountPastValues());
        Assert.Equal("40", DescriptionAt(store, 40));
        Assert.Equal("99", DescriptionAt(store, 99));
    }

    [Fact]
    public void WithoutADelay_OrWithoutAChangeTime_NothingIsKept()
    {
        using IStateStore store = Open();
        Prepare(store);
        Write(store, static transaction => transaction.UpdateKey(NewKey("key-1", 1) with { Description = "unseen" }));
        Assert.Equal(0, CountPastValues());
        Change(store, 1);
        Write(store, static transaction => transaction.WriteConsistencyDelay(0, s_start.AddSeconds(2)));
        Assert.Equal(0, CountPastValues());
        Change(store, 3);
        Assert.Equal(0, CountPastValues());
    }

    [Fact]
    public void Dispose_WithoutCommit_KeepsNothing()
    {
        using IStateStore store = Open();
        Prepare(store);
        using (IStateTransaction transaction = store.BeginTransaction())
        {
            transaction.ChangeTime = s_start.AddSeconds(1);
            transaction.UpdateKey(NewKey("key-1", 1));
        }

        Assert.Equal(0, CountPastValues());
    }

    [Fact]
    public async Task Kill_WhileTheStoreChanges_LeavesThePastOfTheLastCommit()
    {
        using (IStateStore store = Open())
        {
            Prepare(store);
        }

        for (int kill = 0; kill < TestStores.Kills(usual: 5, full: 10); kill++)
        {
            int answered = 0;
            using Process child = ChildProcess.Start("change until killed", Folder);
            for (int i = 0; i <= kill; i++)
            {
                answered = int.Parse((await child.StandardOutput.ReadLineAsync(Cancellation))!, null);
            }

            child.Kill();
            await child.WaitForExitAsync(Cancellation);
            using IStateStore store = Open();
            int last = int.Parse(Read(store, static reader => reader.FindKey(Region, "key-1"))!.Description, null);
            Assert.InRange(last, answered, answered + 1000);
            Assert.Equal($"{last - 1}", DescriptionAt(store, last - 1));
            using IStateReader past = store.OpenReader(s_start.AddSeconds(last - 1));
            Assert.Equal(NewAlias(last - 1), past.FindAlias(Region, "alias/a"));
            Change(store, 0);
            Write(store, static transaction => transaction.WriteConsistencyDelay(0, s_start));
            Write(store, static transaction => transaction.WriteConsistencyDelay(Delay, s_start));
        }
    }

    private static void Prepare(IStateStore store) => Write(store, static transaction =>
    {
        transaction.WriteConsistencyDelay(Delay, s_start);
        transaction.InsertKey(NewKey("key-1", 1, 2, 3) with { Description = "0" });
        transaction.InsertAlias(NewAlias(0));
    });

    private static KeyAlias NewAlias(int second) => new(Region, "alias/a", "key-1", s_start, s_start.AddSeconds(second));

    private static string DescriptionAt(IStateStore store, int second)
    {
        using IStateReader past = store.OpenReader(s_start.AddSeconds(second));
        return past.FindKey(Region, "key-1")!.Description;
    }

    private long CountPastValues() => ReadNumber("SELECT count(*) FROM past_values");
}
