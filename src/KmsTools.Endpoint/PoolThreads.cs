namespace KmsTools.Endpoint;

/// <summary>
/// How many threads of the pool answer calls, and how they wait for work. Where keys are in software no call blocks its thread for long, and
/// more threads than processors only take them from each other: the slowest calls take longer, and each call costs more. Where calls wait for
/// an HSM, a proxy or a database, the pool needs a thread for each of them, and by itself adds only one or two in a second.
/// </summary>
internal static class PoolThreads
{
    private const int FewPerProcessor = 2;
    private const int FewAtLeast = 4;
    private const int Many = 64;

    private static readonly Lock s_gate = new();

    /// <summary>Keeps a few threads: one that writes a file leaves its processor to another.</summary>
    public static void KeepFew() => Keep(Math.Max(FewAtLeast, FewPerProcessor * Environment.ProcessorCount));

    /// <summary>Keeps many threads, from the first call on that may wait for an HSM, a proxy or a database.</summary>
    public static void KeepMany() => Keep(Many);

    /// <summary>
    /// Lets threads without work sleep at once. By default they look for it again and again before they sleep, which saves a little where work
    /// comes all the time. Where every call waits for a database, it takes the processors from the database and from other endpoints on the
    /// same machine. Has an effect only before the first of them is started.
    /// </summary>
    public static void SleepAtOnce() => AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);

    private static void Keep(int least)
    {
        lock (s_gate)
        {
            ThreadPool.GetMinThreads(out int workers, out int completions);
            ThreadPool.SetMinThreads(Math.Max(workers, least), completions);
        }
    }
}
