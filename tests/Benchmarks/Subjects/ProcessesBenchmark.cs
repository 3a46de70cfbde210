using System.Diagnostics;
using System.Globalization;
using KmsTools.Benchmarks.Measuring;
using KmsTools.Benchmarks.Stores;
using KmsTools.Persistence;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>1 to 8 processes on one store.</summary>
internal sealed class ProcessesBenchmark : IBenchmark
{
    private const int RoundCount = 2;
    private const string Seconds = "1.5";
    private const int CallsPerChange = 50;
    private const double LeastOfOneProcess = 1;

    private static readonly int[] s_processes = [1, 2, 4, 8];

    public string Name => "processes";

    public string Title => "Processes on one store: all calls per second";

    public IEnumerable<Row> Run(BenchmarkOptions options)
    {
        foreach ((string name, int callsPerChange) in new[] {
            ("Encrypt, 32 B", 0),
            ($"Encrypt, 32 B, and 1 change in {CallsPerChange} calls", CallsPerChange) })
        {
            using TemporaryStore store = new();
            string keyId;
            using (KmsEngine engine = store.OpenEngine())
            {
                keyId = TemporaryStore.CreateKey(engine);
            }

            Tally tally = new();
            Series[] rates = [.. Rounds.Run(
                RoundCount, [.. s_processes.Select<int, Func<double>>(count => () => Cost(store, keyId, count, callsPerChange, tally))])
                .Select(static cost => cost.PerSecond())];
            yield return Row.Single($"{name}, 1 process", rates[0], Format.PerSecond);
            for (int i = 1; i < rates.Length; i++)
            {
                Row row = Row.Compare($"{name}, {s_processes[i]} processes : 1 process", rates[0], rates[i], Format.PerSecond);
                yield return callsPerChange == 0 && i == rates.Length - 1
                    ? row.Within(Limit.AtLeast(LeastOfOneProcess, rates[i].Against(rates[0]).Median, Format.Times))
                    : row;
            }

            yield return new Row($"{name}, errors", Ours: $"{tally.Count} of {tally.Calls:#,0}")
                .Within(Limit.Exactly("none", tally.Count == 0))
                .Noting(tally.Last);
            yield return Events(name, store, tally);
        }
    }

    private sealed class Tally
    {
        public long Calls { get; set; }

        public long Count { get; set; }

        public string Last { get; set; } = "";
    }

    /// <summary>Microseconds per call of all processes together.</summary>
    private static double Cost(TemporaryStore store, string keyId, int count, int callsPerChange, Tally tally)
    {
        Process[] workers = [.. Enumerable.Range(0, count)
            .Select(_ => Children.StartSelf(StoreWorker.Command, store.Folder, keyId, Seconds, $"{callsPerChange}"))];
        foreach (Process worker in workers)
        {
            _ = Children.ReadLine(worker);
        }

        foreach (Process worker in workers)
        {
            worker.StandardInput.WriteLine("go");
        }

        long calls = 0;
        foreach (Process worker in workers)
        {
            using (worker)
            {
                string[] result = Children.Finish(worker).Trim().Split(' ', 3);
                calls += long.Parse(result[0], CultureInfo.InvariantCulture);
                tally.Count += long.Parse(result[1], CultureInfo.InvariantCulture);
                tally.Last = result.Length > 2 ? result[2] : tally.Last;
            }
        }

        tally.Calls += calls + (count * StoreWorker.WarmUpCalls);
        return double.Parse(Seconds, CultureInfo.InvariantCulture) * 1_000_000 / calls;
    }

    private static Row Events(string name, TemporaryStore store, Tally tally)
    {
        using IStateStore state = store.OpenStore();
        long events = state.Events.Query(new EventQuery { EventName = "Encrypt" }).LongCount()
            + state.Events.Query(new EventQuery { EventName = "UpdateKeyDescription" }).LongCount();
        return new Row($"{name}, events in the store - calls", Ours: $"{events - tally.Calls:#,0}").Within(
            Limit.Exactly("0", events == tally.Calls));
    }
}
