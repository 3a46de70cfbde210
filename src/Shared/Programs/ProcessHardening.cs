using System.Runtime.InteropServices;

namespace KmsTools.Programs;

/// <summary>Keeps the memory of this process, which contains keys, from other processes of its user.</summary>
internal static partial class ProcessHardening
{
    private const int SetDumpable = 4;

    /// <summary>
    /// On Linux: no core dumps, and no debugger of another process, except one of root; and what tools reach a .NET process by (the socket
    /// of its diagnostics port and the pipes of its debugger, which are open before any code runs) is removed, unless the environment
    /// variable DOTNET_EnableDiagnostics asks for it. Other systems have no such switch; there the variable closes them when it is 0.
    /// </summary>
    public static void Apply()
    {
        if (OperatingSystem.IsLinux())
        {
            // Cannot fail with these arguments.
            _ = SetProcess(SetDumpable, 0, 0, 0, 0);
            if (Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") != "1")
            {
                RemoveDiagnostics();
            }
        }
    }

    // The names end with the time at which the process was started: the 20th field after the name of the program, which may have blanks.
    private static void RemoveDiagnostics()
    {
        string status = File.ReadAllText("/proc/self/stat");
        string process = $"{Environment.ProcessId}-{status[(status.LastIndexOf(')') + 2)..].Split(' ')[19]}";
        string[] names = [$"dotnet-diagnostic-{process}-socket", $"clr-debug-pipe-{process}-in", $"clr-debug-pipe-{process}-out"];
        foreach (string name in names)
        {
            File.Delete(Path.Combine(Path.GetTempPath(), name));
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SetProcess(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
