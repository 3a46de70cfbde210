using System.Runtime.InteropServices;

namespace KmsTools.Endpoint;

/// <summary>Keeps the memory of this process, which contains keys, from other processes of its user.</summary>
internal static partial class ProcessHardening
{
    private const int SetDumpable = 4;

    /// <summary>
    /// On Linux: no core dumps, and no debugger of another process, except one of root. Other systems have no such switch. The diagnostics
    /// port of .NET is open before any code runs; the environment variable DOTNET_EnableDiagnostics=0 closes it.
    /// </summary>
    public static void Apply()
    {
        if (OperatingSystem.IsLinux())
        {
            // Cannot fail with these arguments.
            _ = SetProcess(SetDumpable, 0, 0, 0, 0);
        }
    }

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SetProcess(int option, nuint argument2, nuint argument3, nuint argument4, nuint argument5);
}
