using System.Diagnostics;
using KmsTools.NetworkHsms;

namespace KmsTools.Durability;

/// <summary>
/// A process whose syncs of the log of the state a test holds or fails: this test program started again for that one test, with a library
/// preloaded.
/// </summary>
internal static class GatedProcess
{
    private const string GateVariable = "KMSTOOLS_SYNC_GATE";

    /// <summary>The number of syncs that have succeeded.</summary>
    public static long Count => File.Exists(InGate("count")) ? new FileInfo(InGate("count")).Length : 0;

    /// <summary>Runs the test that calls it in such a process, where it plays its scene.</summary>
    public static async Task PlayAsync(Action<KmsFixture> scene)
    {
        if (Environment.GetEnvironmentVariable(GateVariable) is not null)
        {
            using KmsFixture kms = new();
            scene(kms);
            return;
        }

        string gate = Directory.CreateTempSubdirectory("kmstools-gate-").FullName;
        try
        {
            string test = $"{TestContext.Current.TestClass!.TestClassName}.{TestContext.Current.TestMethod!.MethodName}";
            ProcessStartInfo start = new("dotnet", [typeof(GatedProcess).Assembly.Location, "-method", test, "-noLogo", "-noColor"])
            {
                RedirectStandardOutput = true,
                UseShellExecute = false,
            };
            start.Environment[GateVariable] = gate;
            start.Environment["LD_PRELOAD"] = NativeProgram.SyncGate.Path;
            using Process process = Process.Start(start)!;
            string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, output);
            Assert.Contains("Total: 1, Errors: 0, Failed: 0, Skipped: 0", output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(gate, recursive: true);
        }
    }

    /// <summary>Holds the syncs from now on.</summary>
    public static void Hold()
    {
        File.Delete(InGate("held"));
        File.WriteAllText(InGate("hold"), "");
    }

    /// <summary>Lets the syncs pass.</summary>
    public static void Release() => File.Delete(InGate("hold"));

    /// <summary>Returns when a sync is held.</summary>
    public static void AwaitHeld() => Await(static () => File.Exists(InGate("held")), "a sync");

    /// <summary>Makes the syncs fail, or no longer.</summary>
    public static void Fail(bool fails)
    {
        if (fails)
        {
            File.WriteAllText(InGate("fail"), "");
        }
        else
        {
            File.Delete(InGate("fail"));
        }
    }

    /// <summary>Waits for what comes by itself.</summary>
    public static void Await(Func<bool> condition, string what)
    {
        Stopwatch waited = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(waited.Elapsed < TimeSpan.FromMinutes(1), $"Waited in vain for {what}.");
            Thread.Sleep(1);
        }
    }

    private static string InGate(string name) => Path.Combine(Environment.GetEnvironmentVariable(GateVariable)!, name);
}
