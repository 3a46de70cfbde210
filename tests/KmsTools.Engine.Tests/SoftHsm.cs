using System.Runtime.CompilerServices;

namespace KmsTools;

/// <summary>SoftHSM for this process: its library, and a folder for all its tokens.</summary>
internal static class SoftHsm
{
    private const string Variable = "SOFTHSM2_CONF";
    private const string FolderPrefix = "kmstools-softhsm-";

    private static readonly string[] Candidates =
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ];

    public static string Folder { get; } = Path.Combine(Path.GetTempPath(), FolderPrefix + Guid.NewGuid().ToString("N"));

    public static string Tokens => Path.Combine(Folder, "tokens");

    public static string Library
    {
        get
        {
            string? library = Candidates.FirstOrDefault(File.Exists);
            Assert.SkipUnless(library is not null || OperatingSystem.IsLinux(), "SoftHSM is not installed.");
            return library ?? throw new InvalidOperationException("These tests need SoftHSM: install the package softhsm2.");
        }
    }

    // A process that a test has started finds the variable set by the test, and keeps it.
    [ModuleInitializer]
    public static void Configure()
    {
        if (OperatingSystem.IsWindows()
            || Environment.GetEnvironmentVariable(Variable)?.Contains(FolderPrefix, StringComparison.Ordinal) == true)
        {
            return;
        }

        string configuration = Path.Combine(Folder, "softhsm2.conf");
        Directory.CreateDirectory(Tokens);
        File.WriteAllText(
            configuration, $"directories.tokendir = {Tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n");
        Environment.SetEnvironmentVariable(Variable, configuration);
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => Directory.Delete(Folder, recursive: true);
    }
}
