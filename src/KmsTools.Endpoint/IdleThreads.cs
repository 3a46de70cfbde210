namespace KmsTools.Endpoint;

/// <summary>
/// How threads of the pool wait for work. By default they look for it again and again before they sleep, which saves a little where work
/// comes all the time. Where every call waits for a database, it takes the processors from the database and from other endpoints on the same
/// machine.
/// </summary>
internal static class IdleThreads
{
    /// <summary>Lets threads without work sleep at once. Has an effect only before the first of them is started.</summary>
    public static void SleepAtOnce() => AppContext.SetData("System.Threading.ThreadPool.UnfairSemaphoreSpinLimit", 0);
}
