using System.Runtime.CompilerServices;
using KmsTools.Durability;

namespace KmsTools;

/// <summary>SoftHSM for this process: its library, and a folder for all its tokens.</summary>
internal static class SoftHsm
{
    private static readonly string[] Candidates =
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ];

    public static string Folder { get; } = Path.Combine(Path.GetTempPath(), $"kmstools-softhsm-{Guid.NewGuid():N}");

    public static string Library
    {
        get
        {
            string? library = Candidates.FirstOrDefault(File.Exists);
            Assert.SkipUnless(library is not null || OperatingSystem.IsLinux(), "SoftHSM is not installed.");
            return library ?? throw new InvalidOperationException("These tests need SoftHSM: install the package softhsm2.");
        }
    }

    // A process that works for a test has the variable from the test, and must not lead it elsewhere.
    [ModuleInitializer]
    public static void Configure()
    {
        if (OperatingSystem.IsWindows() || WorkingProcess.IsAsked)
        {
            return;
        }

        string tokens = Path.Combine(Folder, "tokens");
        string configuration = Path.Combine(Folder, "softhsm2.conf");
        Directory.CreateDirectory(tokens);
        File.WriteAllText(
            configuration, $"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n");
        Environment.SetEnvironmentVariable("SOFTHSM2_CONF", configuration);
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => Directory.Delete(Folder, recursive: true);
    }
}
