using System.Runtime.InteropServices;
using Microsoft.Win32;

namespace KmsTools.Sessions;

/// <summary>
/// Finds the absolute path of the program `dotnet`. If it were started by its bare name, a file of that name in the current folder could
/// run instead, with the rights of the owner of all keys.
/// </summary>
internal static class DotNetHost
{
    private const string FrameworkFolder = "shared";
    private const string RuntimeName = "Microsoft.NETCore.App";
    private const string EndpointRuntimeName = "Microsoft.AspNetCore.App";
    private const string EndpointRuntimeVersions = "10.*";

    private static string FileName => OperatingSystem.IsWindows() ? "dotnet.exe" : "dotnet";

    // As named in the variables and files of .NET: x64, arm64.
    private static string Architecture => RuntimeInformation.ProcessArchitecture.ToString().ToLowerInvariant();

    /// <summary>The program, preferably with the runtime that the endpoint needs.</summary>
    /// <exception cref="InvalidOperationException">It was not found; the message lists the folders that were searched.</exception>
    public static string Find() => Find(
        RuntimeEnvironment.GetRuntimeDirectory(), Environment.GetEnvironmentVariable, OperatingSystem.IsWindows()
            ? RegisteredOnWindows()
            : RegisteredOnUnix("/etc/dotnet"), WellKnown());

    /// <summary>Selects among the folders where .NET may be installed.</summary>
    /// <param name="runtime">The folder of the runtime of this process.</param>
    /// <param name="variable">Reads an environment variable.</param>
    /// <param name="registered">The folders that installers have registered.</param>
    /// <param name="wellKnown">The default installation folders.</param>
    internal static string Find(
        string runtime,
        Func<string, string?> variable,
        IEnumerable<string?> registered,
        IEnumerable<string> wellKnown)
    {
        IEnumerable<string?> folders =
        [
            InstallationOf(runtime),
            variable($"DOTNET_ROOT_{Architecture.ToUpperInvariant()}"),
            variable("DOTNET_ROOT"),
            .. registered,
            .. wellKnown,
            .. (variable("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries),
        ];

        // A path that is not absolute depends on the current folder.
        string[] looked = [.. folders.OfType<string>().Where(Path.IsPathFullyQualified).Distinct()];
        string[] found = [.. looked.Select(static folder => Path.Combine(folder, FileName)).Where(File.Exists)];
        return found.FirstOrDefault(HasEndpointRuntime)
            ?? found.FirstOrDefault()
            ?? throw new InvalidOperationException(
                $"The program '{FileName}', which runs the endpoint, was not found. Install the ASP.NET Core 10 runtime, or set "
                    + "DOTNET_ROOT to the absolute path "
                + $"of the folder of '{FileName}'. Looked in: {string.Join(", ", looked)}.");
    }

    /// <summary>Reads the installation folder that installers of .NET record on Unix.</summary>
    /// <param name="folder">/etc/dotnet.</param>
    internal static IEnumerable<string?> RegisteredOnUnix(string folder) =>
        new[] { $"install_location_{Architecture}", "install_location" }.Select(name => FirstLine(Path.Combine(folder, name)));

    // The runtime in the packages of PowerShell is in the folder of pwsh, without `dotnet`.
    private static string? InstallationOf(string runtime)
    {
        string? frameworks = Path.GetDirectoryName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(runtime)));
        return Path.GetFileName(Path.GetDirectoryName(Path.TrimEndingDirectorySeparator(runtime))) == RuntimeName
            && Path.GetFileName(frameworks) == FrameworkFolder
            ? Path.GetDirectoryName(frameworks)
            : null;
    }

    private static bool HasEndpointRuntime(string program)
    {
        try
        {
            // The entry on the PATH may be a link to the installation.
            string target = File.ResolveLinkTarget(program, returnFinalTarget: true)?.FullName ?? program;
            string runtimes = Path.Combine(Path.GetDirectoryName(target)!, FrameworkFolder, EndpointRuntimeName);
            return Directory.Exists(runtimes) && Directory.EnumerateDirectories(runtimes, EndpointRuntimeVersions).Any();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static IEnumerable<string?> RegisteredOnWindows()
    {
        if (!OperatingSystem.IsWindows())
        {
            return [];
        }

        // Installers of all architectures write to the 32-bit view of the registry.
        using RegistryKey machine = RegistryKey.OpenBaseKey(RegistryHive.LocalMachine, RegistryView.Registry32);
        using RegistryKey? key = machine.OpenSubKey($@"SOFTWARE\dotnet\Setup\InstalledVersions\{Architecture}");
        return [key?.GetValue("InstallLocation") as string];
    }

    private static string[] WellKnown()
    {
        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string[] folders = OperatingSystem.IsWindows()
            ? [Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles), "dotnet")]
            : OperatingSystem.IsMacOS() ? ["/usr/local/share/dotnet", "/opt/homebrew/opt/dotnet/libexec", "/usr/local/opt/dotnet/libexec"]
            : ["/usr/share/dotnet", "/usr/lib/dotnet", "/usr/lib64/dotnet", "/opt/dotnet"];
        return [.. folders, Path.Combine(home, ".dotnet")];
    }

    private static string? FirstLine(string file)
    {
        try
        {
            return File.ReadLines(file).FirstOrDefault()?.Trim();
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
