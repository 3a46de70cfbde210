using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Stores;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>
/// The endpoint over a store in PostgreSQL on this machine, under load of wrk, against the same over a store in a folder, and two endpoints
/// on one database against one.
/// </summary>
internal sealed class PostgreSqlBenchmark : IBenchmark
{
    private const int Connections = 16;
    private const int RoundCount = 5;
    private const int Seconds = 3;
    private const int SecondsAlone = 1;

    // So long programs compile what is hot once more, and two of them that share the machine twice as long.
    private const int WarmUpSeconds = 12;
    private const double LeastOfFolder = 0.2;
    private const double LeastOfOneNode = 0.85;
    private const double MaxRoundTrips = 1;

    private const int FewKeys = 1000;
    private const int ManyKeys = 1_000_000;
    private const int KeyRounds = 9;
    private const double MaxOfFewKeys = 1.5;

    public string Name => "postgresql";

    public string Title => $"PostgreSQL: Encrypt, 32 B, over HTTP, {Connections} connections, every answer after the commit of its event";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        string program = Path.Combine(options.Module, "Endpoint", "KmsTools.Endpoint.dll");
        string script = Path.Combine(options.Repository, "tests", "Shared", "postgresql.sh");
        string? obstacle = !OperatingSystem.IsLinux() ? "needs Linux"
            : !Path.Exists("/usr/bin/wrk") ? "wrk is not installed: apt-get install wrk"
            : !DatabaseServer.IsInstalled(script) ? "PostgreSQL is not installed: apt-get install postgresql"
            : !File.Exists(program) ? "the endpoint is not built: ./build.sh build"
            : null;
        return obstacle is null ? Run(program, script, options.IsFull) : [Row.LeftOut(Name, obstacle)];
    }

    private static IEnumerable<Row> Run(string program, string script, bool isFull)
    {
        using DatabaseServer server = new(script);
        foreach (Row row in RunEndpoints(program, server))
        {
            yield return row;
        }

        if (isFull)
        {
            yield return DescribeMany(server);
        }
        else
        {
            yield return Row.LeftOut($"DescribeKey, {ManyKeys:#,0} keys : {FewKeys:#,0}", "takes minutes: --full");
        }
    }

    private static IEnumerable<Row> RunEndpoints(string program, DatabaseServer server)
    {
        using EndpointNodes folder = new(program, 1, null);
        using EndpointNodes synced = new(program, 1, null, syncsEvents: true);
        using EndpointNodes one = new(program, 1, server.Create("one"));
        using EndpointNodes two = new(program, 2, server.Create("two"));
        EndpointNodes[] all = [folder, synced, one, two];
        Array.ForEach(all, static nodes => nodes.Send(WarmUpSeconds, Connections));

        List<Load>[] loads = [.. all.Select(static _ => new List<Load>())];
        List<Load>[] alone = [.. all.Select(static _ => new List<Load>())];
        Dictionary<EndpointNodes, Costs> costs = new() { [one] = new Costs("one"), [two] = new Costs("two") };
        for (int round = 0; round < RoundCount; round++)
        {
            for (int turn = 0; turn < all.Length; turn++)
            {
                int subject = (round + turn) % all.Length;
                EndpointNodes nodes = all[subject];
                loads[subject].Add(costs.TryGetValue(nodes, out Costs? ofNodes)
                    ? ofNodes.Measure(server, nodes, static measured => measured.Send(Seconds, Connections))
                    : nodes.Send(Seconds, Connections));

                if (nodes != two)
                {
                    alone[subject].Add(nodes.Send(SecondsAlone, 1));
                }
            }
        }

        Series inFolder = Rate(loads[0]);
        Series inSynced = Rate(loads[1]);
        Series ofOne = Rate(loads[2]);
        Series ofTwo = Rate(loads[3]);
        yield return Row.Compare("PostgreSQL : folder", inFolder, ofOne, Format.PerSecond)
            .Within(Limit.AtLeast(LeastOfFolder, ofOne.Against(inFolder).Median, Format.Times))
            .Noting($"wrk, one thread, {RoundCount} rounds of {Seconds} s each");
        yield return Row.Compare("PostgreSQL : folder whose events are synced", inSynced, ofOne, Format.PerSecond)
            .Within(Limit.AtLeast(LeastOfFolder, ofOne.Against(inSynced).Median, Format.Times));
        yield return Row.Compare("two endpoints on one database : one", ofOne, ofTwo, Format.PerSecond)
            .Within(Limit.AtLeast(LeastOfOneNode, ofTwo.Against(ofOne).Median, Format.Times))
            .Noting($"{Connections} connections in total");
        yield return Row.Compare("p99, PostgreSQL : folder", P99(loads[0]), P99(loads[2]), Format.Milliseconds);
        yield return Row.Compare("p99, two endpoints : one", P99(loads[2]), P99(loads[3]), Format.Milliseconds);
        yield return Row.Compare("1 connection, PostgreSQL : folder", Rate(alone[0]), Rate(alone[2]), Format.PerSecond);
        yield return Row.Compare(
            "1 connection, PostgreSQL : folder whose events are synced", Rate(alone[1]), Rate(alone[2]), Format.PerSecond);
        Series roundTrips = new([.. costs[one].Trips]);
        yield return Row.Single("round trips per call", roundTrips, Format.Times)
            .Within(Limit.AtMost(MaxRoundTrips, roundTrips.Median, Format.Times))
            .Noting("transactions of the database, with those that no call waits for");
        yield return Row.Single("round trips per call, two endpoints", new Series([.. costs[two].Trips]), Format.Times);
        yield return Row.Single("CPU of the server per request", new Series([.. costs[one].OfEndpoints]), Format.Microseconds);
        yield return Row.Compare(
            "CPU of the servers per request, two endpoints : one",
            new Series([.. costs[one].OfEndpoints]),
            new Series([.. costs[two].OfEndpoints]),
            Format.Microseconds);
        yield return Row.Compare(
            "CPU of the database per request, two endpoints : one",
            new Series([.. costs[one].OfDatabase]),
            new Series([.. costs[two].OfDatabase]),
            Format.Microseconds);

        long answered = all.Sum(static nodes => nodes.Loads.Sum(static load => load.Requests));
        long refused = all.Sum(static nodes => nodes.Loads.Sum(static load => load.Refused + load.Failed));
        yield return new Row("Answers other than 200, and broken connections", Ours: $"{refused} of {answered:#,0}").Within(
            Limit.Exactly("none", refused == 0));
        foreach ((string name, EndpointNodes nodes) in new[] { ("one endpoint", one), ("two endpoints", two) })
        {
            // wrk leaves with up to one call per connection under way.
            long calls = nodes.Loads.Sum(static load => load.Requests);
            long events = nodes.CountEvents();
            long most = Connections * nodes.Loads.Count;
            yield return new Row($"Events in the database - answered calls, {name}", Ours: $"{events - calls:#,0}")
                .Within(Limit.Exactly($"0 to {most}", events >= calls && events <= calls + most));
        }
    }

    private static Row DescribeMany(DatabaseServer server)
    {
        using LargeStore few = new(FewKeys, 2 * FewKeys, server.Create("few"));
        using LargeStore many = new(ManyKeys, FewKeys, server.Create("many"));
        _ = few.DescribeRandomKeys();
        _ = many.DescribeRandomKeys();
        Series[] costs = Rounds.Run(KeyRounds, few.DescribeRandomKeys, many.DescribeRandomKeys);
        string name = $"DescribeKey of random keys that are not cached, {ManyKeys:#,0} keys : {FewKeys:#,0}";
        return Row.Compare(name, costs[0], costs[1], Format.Microseconds)
            .Within(Limit.AtMost(MaxOfFewKeys, costs[1].Against(costs[0]).Median, Format.Times));
    }

    private static Series Rate(List<Load> loads) => Load.Of(loads, static load => load.PerSecond, moreIsBetter: true);

    private static Series P99(List<Load> loads) => Load.Of(loads, static load => load.P99 / 1000);

    /// <summary>What calls have cost, of which a machine that has other work makes no more.</summary>
    private sealed class Costs(string database)
    {
        /// <summary>Transactions of the database per call.</summary>
        public List<double> Trips { get; } = [];

        /// <summary>Microseconds on processors per call.</summary>
        public List<double> OfEndpoints { get; } = [];

        /// <summary>Microseconds on processors per call.</summary>
        public List<double> OfDatabase { get; } = [];

        public Load Measure(DatabaseServer server, EndpointNodes nodes, Func<EndpointNodes, Load> send)
        {
            long transactions = CountTransactions(server);
            TimeSpan endpoints = nodes.CpuTime;
            TimeSpan databases = server.CpuTime;
            Load load = send(nodes);
            OfEndpoints.Add((nodes.CpuTime - endpoints).TotalMicroseconds / load.Requests);
            OfDatabase.Add((server.CpuTime - databases).TotalMicroseconds / load.Requests);
            Trips.Add((double)(CountTransactions(server) - transactions) / load.Requests);
            return load;
        }

        // A server tells of a transaction a second later.
        private long CountTransactions(DatabaseServer server)
        {
            Thread.Sleep(1500);
            return server.CountTransactions(database);
        }
    }
}
