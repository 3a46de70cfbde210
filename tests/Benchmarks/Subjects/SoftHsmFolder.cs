namespace KmsTools.Benchmarks.Subjects;

/// <summary>A folder for tokens of SoftHSM, which this process and those that it starts use until the end.</summary>
internal sealed class SoftHsmFolder : IDisposable
{
    private const string Variable = "SOFTHSM2_CONF";

    private static readonly string[] s_libraries =
    [
        "/usr/lib/softhsm/libsofthsm2.so",
        "/usr/lib64/pkcs11/libsofthsm2.so",
        "/usr/local/lib/softhsm/libsofthsm2.so",
        "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    ];

    private readonly string? _configured = Environment.GetEnvironmentVariable(Variable);

    public SoftHsmFolder()
    {
        string tokens = Directory.CreateDirectory(Path.Combine(Folder, "tokens")).FullName;
        string configuration = Path.Combine(Folder, "softhsm2.conf");
        File.WriteAllText(configuration, $"directories.tokendir = {tokens}\nlog.level = ERROR\n");
        Environment.SetEnvironmentVariable(Variable, configuration);
    }

    public string Folder { get; } = Directory.CreateTempSubdirectory("kmstools-benchmark-").FullName;

    /// <summary>The library; null where it is not installed.</summary>
    public static string? FindLibrary() => s_libraries.FirstOrDefault(File.Exists);

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, _configured);
        Directory.Delete(Folder, recursive: true);
    }
}
