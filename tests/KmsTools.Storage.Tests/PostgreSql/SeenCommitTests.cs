using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql;

namespace KmsTools.Storage.Tests;

/// <summary>What a machine notices when a server takes over without the newest commits: by what it has in memory, and by what it has kept.</summary>
public sealed class SeenCommitTests : SharedStoreFixture
{
    private const string LoseNewest = "DELETE FROM commits WHERE number = (SELECT max(number) FROM commits)";
    private const string ReplaceNewest = "UPDATE commits SET nonce = nonce - 1 WHERE number = (SELECT max(number) FROM commits)";

    private string Seen => Path.Combine(Path.GetDirectoryName(One)!, SeenCommit.FileName);

    [Theory]
    [InlineData(LoseNewest)]
    [InlineData(ReplaceNewest)]
    public void Open_ChangeThatWasSeenIsLost_IsRefusedUntilAccepted(string loss)
    {
        using (IStateStore store = OpenNode(One))
        {
            Insert(store, "key-1");
            Insert(store, "key-2");
        }

        AssertIsPrivate(Seen);
        CopyFile();
        Query(loss);
        StateStoreException refused = Assert.Throws<StateStoreException>(() => OpenNode(One).Dispose());
        Assert.Equal(new LostChanges(1, 2), refused.LostChanges);
        Assert.Equal(
            $"The database '{Location}' no longer has change 2, which was answered: it was restored from a backup, or a server took over that "
                + "did not have all changes. Nothing more is done with the store. Find the server that has them, or accept that they are lost.",
            refused.Message);
        Assert.Throws<StateStoreException>(() => OpenNode(One).Dispose());

        // Another machine has seen nothing.
        using (IStateStore other = OpenNode(Other))
        {
            Assert.Null(other.LostChanges);
        }

        using (IStateStore accepted = OpenNode(Options(One) with { AcceptLostChanges = true }))
        {
            Assert.Equal(new LostChanges(1, 2), accepted.LostChanges);
            Insert(accepted, "key-3");
        }

        using IStateStore again = OpenNode(One);
        Assert.Null(again.LostChanges);
        Insert(again, "key-4");
    }

    [Fact]
    public void Seen_WhileTheStoreIsOpen_IsWrittenAfterAMoment()
    {
        using IStateStore store = OpenNode(One);
        Assert.False(File.Exists(Seen));
        Insert(store, "key-1");
        WaitUntil(() => File.Exists(Seen));
        Query(LoseNewest);
        Assert.NotNull(Assert.Throws<StateStoreException>(() => OpenNode(One).Dispose()).LostChanges);
    }

    [Fact]
    public void Seen_ByTwoProcesses_StaysTheNewest()
    {
        IStateStore first = OpenNode(One);
        Insert(first, "key-1");
        using (IStateStore second = OpenNode(One))
        {
            Insert(second, "key-2");
        }

        string newest = File.ReadAllText(Seen);
        first.Dispose();
        Assert.Equal(newest, File.ReadAllText(Seen));
    }

    [Fact]
    public void Open_SeenInAnotherDatabaseOrDamaged_IsNotCompared()
    {
        using (IStateStore store = OpenNode(One))
        {
            Insert(store, "key-1");
        }

        string seen = File.ReadAllText(Seen);
        Query(LoseNewest);
        foreach (string other in new[] { "", "x", seen[..^3] + "x", new string('1', 10_000), "0" + seen[1..].Replace(' ', '-') })
        {
            File.WriteAllText(Seen, other);
            OpenNode(One).Dispose();
        }

        File.WriteAllText(Seen, seen);
        Assert.Throws<StateStoreException>(() => OpenNode(One).Dispose());
        Query("UPDATE schema_version SET database_id = 'another'");
        OpenNode(One).Dispose();
    }

    [Theory]
    [InlineData(LoseNewest)]
    [InlineData(ReplaceNewest)]
    public void ReadVersion_ChangeIsLostWhileTheStoreIsOpen_NothingMoreIsDone(string loss)
    {
        using IStateStore store = OpenNode(One);
        Insert(store, "key-1");
        Query(loss);
        Assert.Equal(new LostChanges(0, 1), Assert.Throws<StateStoreException>(() => store.ReadVersion()).LostChanges);
        Assert.NotNull(Assert.Throws<StateStoreException>(() => Insert(store, "key-2")).LostChanges);
        Assert.NotNull(Assert.Throws<StateStoreException>(() => store.Events.Append(NewEvent("1"))).LostChanges);
        Assert.Equal("1", Query("SELECT count(*) FROM keys"));
    }
}
