using System.Management.Automation;

namespace KmsTools.Loading;

/// <summary>
/// The version whose cmdlets a process runs. .NET loads the assembly once: a module of another version that is imported later shows its own
/// version and gets the cmdlets of the first.
/// </summary>
internal static class LoadedVersion
{
    private static readonly Version Loaded = typeof(LoadedVersion).Assembly.GetName().Version!;

    private static volatile Version? s_warned;

    /// <summary>What to warn of, once for each version; null where the module is that of the assembly.</summary>
    /// <param name="command">The command that is called.</param>
    public static string? Warning(CommandInfo command)
    {
        if (command.Module is not { Name: "KmsTools", Version: { Build: >= 0 } imported }
            || IsLoaded(imported) || imported.Equals(s_warned))
        {
            return null;
        }

        s_warned = imported;
        return $"KmsTools {imported} was imported, but this process had loaded KmsTools {Loaded.ToString(3)} before, and goes on with it. "
            + "Restart PowerShell.";
    }

    private static bool IsLoaded(Version version) =>
        (version.Major, version.Minor, version.Build) == (Loaded.Major, Loaded.Minor, Loaded.Build);
}
