namespace KmsTools.Durability;

/// <summary>A folder for SoftHSM2 tokens, and the variable that leads SoftHSM2, here and in child processes, to it.</summary>
internal sealed class SoftHsmFolder : IDisposable
{
    private const string Variable = "SOFTHSM2_CONF";

    private readonly string? _before = Environment.GetEnvironmentVariable(Variable);

    public SoftHsmFolder()
    {
        Folder = Directory.CreateTempSubdirectory("kmstools-softhsm-").FullName;
        string tokens = Directory.CreateDirectory(Path.Combine(Folder, "tokens")).FullName;
        string configuration = Path.Combine(Folder, "softhsm2.conf");
        File.WriteAllText(configuration, $"directories.tokendir = {tokens}\nobjectstore.backend = file\nlog.level = ERROR\nslots.removable = false\n");
        Environment.SetEnvironmentVariable(Variable, configuration);
    }

    public static string Library { get; } = new[]
    {
        "/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so", "/opt/homebrew/lib/softhsm/libsofthsm2.so",
    }.FirstOrDefault(File.Exists) ?? throw new InvalidOperationException("These tests need SoftHSM: install the package softhsm2.");

    public string Folder { get; }

    public void Dispose()
    {
        Environment.SetEnvironmentVariable(Variable, _before);
        Directory.Delete(Folder, recursive: true);
    }
}
