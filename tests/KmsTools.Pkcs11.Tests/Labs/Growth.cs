using System.Runtime;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>What a process keeps of work that it does again and again: descriptors, mappings of its memory, and memory.</summary>
internal static class Growth
{
    private const int Usual = 25;
    private const int Full = 1_000;
    private const int WarmUp = 5;
    private const int MaxTries = 4;
    private const long MaxMemory = 24 << 20;

    private static int Rounds => Environment.GetEnvironmentVariable("KMSTOOLS_TEST_FULL") == "1" ? Full : Usual;

    // A heap of native memory, or of the runtime, grows in steps: by far less than one for each round.
    private static int MaxMappings => Math.Min(Rounds / 4, 50);

    /// <summary>
    /// Does some work 25 times, 1,000 times in the long form of the tests. What a young process still builds up grows less and less, and
    /// other tests open files beside this one, so that a second or third try does not show it; what is lost with each round is seen in all
    /// of them.
    /// </summary>
    public static void RequireNone(Action work)
    {
        Repeat(WarmUp, work);
        for (int attempt = 1; ; attempt++)
        {
            Held before = Now();
            Repeat(Rounds, work);
            Held after = Now();
            TestContext.Current.TestOutputHelper?.WriteLine($"{Rounds} rounds: {before} before, {after} after.");
            if (after.Descriptors <= before.Descriptors && after.Mappings <= before.Mappings + MaxMappings && after.Memory <= before.Memory + MaxMemory)
            {
                return;
            }

            Assert.True(attempt < MaxTries, $"{before} grew to {after} in {Rounds} rounds, and did so in all tries.");
        }
    }

    private static void Repeat(int rounds, Action work)
    {
        for (int round = 0; round < rounds; round++)
        {
            work();
        }
    }

    private static Held Now()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        GC.Collect(2, GCCollectionMode.Aggressive, blocking: true, compacting: true);
        GC.WaitForPendingFinalizers();
        string resident = File.ReadLines("/proc/self/status").Single(static line => line.StartsWith("RssAnon:", StringComparison.Ordinal));
        return new(
            Directory.GetFileSystemEntries("/proc/self/fd").Length,
            File.ReadLines("/proc/self/maps").Count(),
            long.Parse(resident.Split(':', StringSplitOptions.TrimEntries)[1].Split(' ')[0]) << 10);
    }

    private readonly record struct Held(int Descriptors, int Mappings, long Memory)
    {
        public override string ToString() => $"{Descriptors} descriptors, {Mappings} mappings, {Memory >> 10:N0} KiB";
    }
}
