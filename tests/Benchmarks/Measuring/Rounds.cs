using System.Diagnostics;

namespace KmsTools.Benchmarks.Measuring;

/// <summary>Measures subjects side by side, because no machine is equally fast at two times.</summary>
internal static class Rounds
{
    private const int CallsBetweenLooks = 16;

    /// <summary>Measures every subject once per round, in an order that turns from round to round.</summary>
    /// <param name="count">How many rounds.</param>
    /// <param name="subjects">Each measures itself once and returns its cost.</param>
    /// <returns>One series per subject.</returns>
    public static Series[] Run(int count, params Func<double>[] subjects)
    {
        double[][] costs = [.. subjects.Select(_ => new double[count])];
        for (int round = 0; round < count; round++)
        {
            for (int turn = 0; turn < subjects.Length; turn++)
            {
                int subject = (round + turn) % subjects.Length;
                costs[subject][round] = subjects[subject]();
            }
        }

        return [.. costs.Select(static values => new Series(values))];
    }

    /// <summary>Microseconds per call, over as many calls as go into a time.</summary>
    public static double Cost(TimeSpan duration, Action call)
    {
        long calls = 0;
        long start = Stopwatch.GetTimestamp();
        TimeSpan elapsed;
        do
        {
            for (int i = 0; i < CallsBetweenLooks; i++)
            {
                call();
            }

            calls += CallsBetweenLooks;
            elapsed = Stopwatch.GetElapsedTime(start);
        }
        while (elapsed < duration);
        return elapsed.TotalMicroseconds / calls;
    }

    /// <summary>Microseconds per call of all threads together.</summary>
    /// <param name="threads">How many threads.</param>
    /// <param name="duration">How long.</param>
    /// <param name="newCall">Makes the call of one thread, which shares nothing with those of the others.</param>
    public static double Cost(int threads, TimeSpan duration, Func<Action> newCall)
    {
        long calls = 0;
        bool isOver = false;
        Exception? failure = null;
        using Barrier start = new(threads + 1);
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(_ => new Thread(() =>
        {
            long mine = 0;
            Action call = newCall();
            start.SignalAndWait();
            try
            {
                while (!Volatile.Read(ref isOver))
                {
                    call();
                    mine++;
                }
            }
            catch (Exception exception)
            {
                Interlocked.CompareExchange(ref failure, exception, null);
            }

            Interlocked.Add(ref calls, mine);
        }))];
        foreach (Thread worker in workers)
        {
            worker.Start();
        }

        start.SignalAndWait();
        long begin = Stopwatch.GetTimestamp();
        Thread.Sleep(duration);
        Volatile.Write(ref isOver, true);
        foreach (Thread worker in workers)
        {
            worker.Join();
        }

        return failure is null
            ? Stopwatch.GetElapsedTime(begin).TotalMicroseconds / calls
            : throw new InvalidOperationException($"A call of {threads} threads failed: {failure.Message}", failure);
    }

    /// <summary>The time of one call in microseconds.</summary>
    public static double Time(Action call)
    {
        long start = Stopwatch.GetTimestamp();
        call();
        return Stopwatch.GetElapsedTime(start).TotalMicroseconds;
    }

    /// <summary>Bytes that one call leaves to the collector.</summary>
    public static double Allocated(int calls, Action call)
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < calls; i++)
        {
            call();
        }

        return (GC.GetAllocatedBytesForCurrentThread() - before) / (double)calls;
    }
}
