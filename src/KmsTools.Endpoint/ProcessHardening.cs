using System.Runtime.InteropServices;

namespace KmsTools.Endpoint;

/// <summary>Keeps the memory of this process, which contains keys, from other processes of its user.</summary>
internal static partial class ProcessHardening
{
    private const int SetDumpable = 4;

    /// <summary>
    /// On Linux: no core dumps, and no debugger of another process, except one of root; and the socket of the diagnostics port of .NET, which
    /// opens before any code runs, is removed, unless the environment variable DOTNET_EnableDiagnostics asks for it. Other systems have no
    /// such switch; there the variable closes the port when it is 0.
    /// </summary>
    public static void Apply()
    {
        if (OperatingSystem.IsLinux())
        {
            // Cannot fail with these arguments.
            _ = SetProcess(SetDumpable, 0, 0, 0, 0);
            if (Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") != "1")
            {
                File.Delete(DiagnosticsSocket());
            }
        }
    }

    // The name ends with the time at which the process was started: the 20th field after the name of the program, which may have blanks.
    private static string DiagnosticsSocket()
    {
        string status = File.ReadAllText("/proc/self/stat");
        string started = status[(status.LastIndexOf(')') + 2)..].Split(' ')[19];
        return Path.Combine(Path.GetTempPath(), $"dotnet-diagnostic-{Environment.ProcessId}-{started}-socket");
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SetProcess(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
