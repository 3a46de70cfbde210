using System.Diagnostics;
using System.Runtime.InteropServices;

namespace KmsTools.Pkcs11.Tests.Labs;

/// <summary>A program that a module needs beside it. It ends with this process, however this process ends.</summary>
internal sealed partial class Daemon : IDisposable
{
    private const int SIGKILL = 9;

    // The shell waits for the end of its input, which also comes when this process dies. The daemon of openCryptoki stays as long as a
    // process uses it, until it is killed.
    private const string Script = """
        exec 2>/dev/null
        set -m
        ulimit -n 1024
        "$@" >/dev/null &
        echo $!
        read -r line
        kill -- -$!
        for i in $(seq 50); do
            kill -0 -- -$! || exit
            sleep 0.1
        done
        kill -9 -- -$!
        """;

    private readonly Process _shell;

    private Daemon(Process shell) => (_shell, Id) = (shell, int.Parse(shell.StandardOutput.ReadLine()!));

    /// <summary>The ID of its process.</summary>
    public int Id { get; }

    /// <summary>Whether the program still runs.</summary>
    public bool IsRunning => SendSignal(Id, 0) == 0;

    /// <summary>Starts a program that stays in the foreground.</summary>
    public static Daemon Start(params string[] command)
    {
        ProcessStartInfo start = new("bash", ["-c", Script, "daemon", .. command])
        {
            RedirectStandardInput = true, RedirectStandardOutput = true,
        };
        return new(Process.Start(start)!);
    }

    /// <summary>Starts a program, and waits until it is there for others.</summary>
    /// <returns>Null when it has ended instead, or does not come to be there in time.</returns>
    public static Daemon? TryStart(Func<bool> isThere, params string[] command)
    {
        Daemon started = Start(command);
        Stopwatch waited = Stopwatch.StartNew();
        while (!isThere())
        {
            if (!started.IsRunning || waited.Elapsed > TimeSpan.FromSeconds(10))
            {
                started.Dispose();
                return null;
            }

            Thread.Sleep(10);
        }

        return started;
    }

    /// <summary>Kills the program and what it has started, which have no time to clean up.</summary>
    public void Kill()
    {
        Assert.Equal(0, SendSignal(-Id, SIGKILL));
        Dispose();
    }

    /// <summary>Ends the program, and waits for its end.</summary>
    public void Dispose()
    {
        _shell.StandardInput.Close();
        _shell.WaitForExit();
        _shell.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);
}
