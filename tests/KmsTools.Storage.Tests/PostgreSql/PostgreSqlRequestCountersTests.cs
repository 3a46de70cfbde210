using KmsTools.Storage.PostgreSql;

namespace KmsTools.Storage.Tests.PostgreSql;

public sealed class PostgreSqlRequestCountersTests : DatabaseFixture
{
    [Fact]
    public async Task TryCount_ThreeNodes_CountAsManyAsTheLimitAllows()
    {
        PostgreSqlRequestCounters[] nodes = [.. Enumerable.Range(0, 3).Select(_ => new PostgreSqlRequestCounters(OpenNode()))];
        int[] counted = await Task.WhenAll(nodes.Concat(nodes).Select(node => Task.Run(() => CountUntilRefused(node), Cancellation)));
        Assert.Equal(5000, counted.Sum());
        Assert.Equal("5000", Query("SELECT count FROM request_counts WHERE name = 'a' AND second = 7"));
        Assert.Equal([5000L, 5000L, 5000L], nodes.Select(static node => node.Read("a", 7)));
        Assert.Equal(0, nodes[0].Read("a", 8));
    }

    // Whoever stopped before would keep what it has reserved.
    private static int CountUntilRefused(PostgreSqlRequestCounters node)
    {
        int count = 0;
        while (node.TryCount("a", 7, 1, 5000))
        {
            count++;
        }

        return count;
    }

    [Fact]
    public void TryCount_MostRequests_NeedNoRoundTrip()
    {
        PostgreSqlRequestCounters counters = new(Node);
        Query("CREATE TABLE reservations (name text); GRANT INSERT ON reservations TO kms; "
            + "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO reservations VALUES (NEW.name); RETURN NEW; END $$; "
            + "CREATE TRIGGER noted AFTER INSERT OR UPDATE ON request_counts FOR EACH ROW EXECUTE FUNCTION note()");
        Assert.Equal(1000, Enumerable.Range(0, 1200).Count(_ => counters.TryCount("a", 1, 1, 1000)));
        Assert.InRange(int.Parse(Query("SELECT count(*) FROM reservations"), System.Globalization.CultureInfo.InvariantCulture), 10, 60);
        Assert.False(counters.TryCount("b", 1, 11, 10));
        Assert.True(counters.TryCount("b", 1, 6, 10));
        Assert.False(counters.TryCount("b", 1, 5, 10));
        Assert.True(counters.TryCount("b", 1, 4, 10));
        Assert.False(counters.TryCount("b", 1, 1, 10));
    }

    [Fact]
    public void TryCount_LaterSeconds_DeleteTheRowsOfEarlierOnes()
    {
        PostgreSqlRequestCounters counters = new(Node);
        Assert.True(counters.TryCount("a", 1000, 1, 10));
        Assert.True(counters.TryCount("a", 1030, 1, 10));
        Assert.True(counters.TryCount("b", 1061, 1, 10));
        Assert.Equal("1030,1061", Query("SELECT string_agg(second::text, ',' ORDER BY second) FROM request_counts"));
    }
}
