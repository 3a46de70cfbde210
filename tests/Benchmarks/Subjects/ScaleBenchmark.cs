using System.Diagnostics;
using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Stores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>Stores with more and more keys and events, each against one with 1,000 keys.</summary>
internal sealed class ScaleBenchmark : IBenchmark
{
    private const int RoundCount = 9;
    private const int PageSize = 100;
    private const double MaxOfSmall = 1.3;
    private const int ManyEvents = 2_500_000;
    private const double MaxByName = 5;

    private static readonly TimeSpan s_slice = TimeSpan.FromMilliseconds(150);

    private static readonly (int Keys, int Events)[] s_sizes = [(10_000, 20_000), (100_000, 200_000)];
    private static readonly (int Keys, int Events)[] s_fullSizes = [.. s_sizes, (1_000_000, 10_000_000)];

    public string Name => "scale";

    public string Title => "Scale: stores of many keys and events against one of 1,000 keys and 2,000 events";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        using LargeStore small = new(1000, 2000);
        foreach ((int keys, int events) in options.IsFull ? s_fullSizes : s_sizes)
        {
            long start = Stopwatch.GetTimestamp();
            using LargeStore large = new(keys, events);
            string size = $"{keys:#,0} keys, {events:#,0} events";
            yield return new Row($"{size}: filled", Ours: $"{Stopwatch.GetElapsedTime(start).TotalSeconds:0} s");
            foreach (Row row in Compare(small, large))
            {
                yield return row with { Name = $"{keys:#,0} keys: {row.Name}" };
            }
        }

        if (options.IsFull)
        {
            yield return ByName();
        }
        else
        {
            yield return Row.LeftOut($"the 10 newest events of a name among {ManyEvents:#,0}", "takes minutes: --full");
            yield return Row.LeftOut("1,000,000 keys, 10,000,000 events", "takes minutes and 20 GB of disk: --full");
        }
    }

    private static IEnumerable<Row> Compare(LargeStore small, LargeStore large)
    {
        yield return new Row(
            "size of the store",
            Format.Value(small.FileSize / 1e6, Format.Megabytes),
            Format.Value(large.FileSize / 1e6, Format.Megabytes),
            Format.Value((double)large.FileSize / small.FileSize, Format.Times));
        yield return Bounded("open, and one DescribeKey", small, large, Open, Format.Milliseconds);
        yield return Bounded("DescribeKey, the same key", small, large, DescribeOne);
        yield return Bounded(
            $"DescribeKey, {LargeStore.KeysPerRound} random keys that are not cached", small, large, static store => store.DescribeRandomKeys());
        yield return Bounded("Encrypt, 32 B", small, large, Encrypt);
        yield return Measure($"ListKeys, the second page of {PageSize}", small, large, ListKeys);
        yield return Measure($"ListAliases, the second page of {PageSize}", small, large, ListAliases);
        yield return Measure("the deletion of one key falls due", small, large, FallDue);
        yield return Measure("GetKeyLastUsage", small, large, LastUsage);
        yield return Measure("the 10 newest events of a key", small, large, NewestEvents);
        yield return Measure("the 10 newest events of a name", small, large, NewestOfName);
    }

    // Nearly all of the events have another name.
    private static Row ByName()
    {
        using LargeStore store = new(1000, ManyEvents);
        _ = NewestOfName(store);
        Series cost = Rounds.Run(RoundCount, () => NewestOfName(store))[0].Select(static microseconds => microseconds / 1000);
        return Row.Single($"the 10 newest events of a name among {ManyEvents:#,0}", cost, Format.Milliseconds)
            .Within(Limit.AtMost(MaxByName, cost.Median, Format.Milliseconds));
    }

    private static Row Bounded(
        string name,
        LargeStore small,
        LargeStore large,
        Func<LargeStore, double> cost,
        string unit = Format.Microseconds)
    {
        Series[] costs = Run(small, large, cost, unit);
        return Row.Compare(name, costs[0], costs[1], unit)
            .Within(Limit.AtMost(MaxOfSmall, costs[1].Against(costs[0]).Median, Format.Times));
    }

    private static Row Measure(string name, LargeStore small, LargeStore large, Func<LargeStore, double> cost)
    {
        Series[] costs = Run(small, large, cost, Format.Microseconds);
        return Row.Compare(name, costs[0], costs[1], Format.Microseconds);
    }

    private static Series[] Run(LargeStore small, LargeStore large, Func<LargeStore, double> cost, string unit)
    {
        // The first time the caches of the operating system and of SQLite are as the filling left them.
        _ = cost(small);
        _ = cost(large);
        return [.. Rounds.Run(RoundCount, () => cost(small), () => cost(large))
            .Select(series => unit == Format.Milliseconds ? series.Select(static microseconds => microseconds / 1000) : series)];
    }

    private static double Open(LargeStore store)
    {
        double cost = 0;
        store.Reopen(open => cost = Rounds.Time(open));
        return cost;
    }

    private static double DescribeOne(LargeStore store)
    {
        DescribeKeyRequest request = new() { KeyId = store.UsableKey };
        return Rounds.Cost(s_slice, () => store.Engine.Execute(request));
    }

    private static double Encrypt(LargeStore store)
    {
        EncryptRequest request = new() { KeyId = store.UsableKey, Plaintext = new byte[32] };
        return Rounds.Cost(s_slice, () => store.Engine.Execute(request));
    }

    private static double ListKeys(LargeStore store)
    {
        string? marker = store.Engine.Execute(new ListKeysRequest { Limit = PageSize }).NextMarker;
        return Rounds.Cost(s_slice, () => store.Engine.Execute(new ListKeysRequest { Limit = PageSize, Marker = marker }));
    }

    private static double ListAliases(LargeStore store)
    {
        string? marker = store.Engine.Execute(new ListAliasesRequest { Limit = PageSize }).NextMarker;
        return Rounds.Cost(s_slice, () => store.Engine.Execute(new ListAliasesRequest { Limit = PageSize, Marker = marker }));
    }

    private static double FallDue(LargeStore store)
    {
        store.Engine.Execute(new ScheduleKeyDeletionRequest { KeyId = store.TakeKey(), PendingWindowInDays = 7 });
        DateTimeOffset later = store.Engine.UtcNow.AddDays(8);
        return Rounds.Time(() => store.Engine.StepClock(later));
    }

    private static double LastUsage(LargeStore store) =>
        Rounds.Cost(s_slice, () => store.Engine.Execute(new GetKeyLastUsageRequest { KeyId = store.UsableKey }));

    private static double NewestEvents(LargeStore store)
    {
        EventQuery query = new() { KeyId = store.UsableKey, Last = 10 };
        return Rounds.Cost(s_slice, () => _ = store.Engine.FindEvents(query).Count());
    }

    private static double NewestOfName(LargeStore store)
    {
        EventQuery query = new() { EventName = "GetKeyPolicy", Last = 10 };
        if (!store.Engine.FindEvents(query).Any())
        {
            store.Engine.Execute(new GetKeyPolicyRequest { KeyId = store.UsableKey });
        }

        return Rounds.Cost(s_slice, () => _ = store.Engine.FindEvents(query).Count());
    }
}
