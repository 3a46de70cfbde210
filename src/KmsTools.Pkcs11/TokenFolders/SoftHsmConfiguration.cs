using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.TokenFolders;

/// <summary>Where SoftHSM 2 keeps its tokens, according to its configuration.</summary>
/// <param name="Path">The configuration file.</param>
/// <param name="TokenFolder">directories.tokendir.</param>
/// <param name="Backend">objectstore.backend.</param>
internal sealed record SoftHsmConfiguration(string Path, string TokenFolder, string Backend)
{
    /// <summary>The environment variable that names it.</summary>
    public const string Variable = "SOFTHSM2_CONF";

    /// <summary>Reads the configuration that the library reads at C_Initialize.</summary>
    /// <param name="file">The file, or null for that of the environment.</param>
    /// <exception cref="HsmException">There is none, or it cannot be read.</exception>
    public static SoftHsmConfiguration Read(string? file = null)
    {
        string path = (file is null ? Candidates() : [file]).FirstOrDefault(File.Exists)
            ?? throw new HsmException(HsmFailure.Failed, $"The configuration of SoftHSM was not found. {Variable} names it.");
        string folder = "/var/lib/softhsm/tokens/";
        string backend = "file";
        try
        {
            foreach (string line in File.ReadLines(path))
            {
                string[] parts = line.Split('#')[0].Split('=', 2, StringSplitOptions.TrimEntries);
                if (parts is ["directories.tokendir", { Length: > 0 } named])
                {
                    folder = named;
                }
                else if (parts is ["objectstore.backend", { Length: > 0 } kind])
                {
                    backend = kind;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HsmException(HsmFailure.Failed, $"The configuration of SoftHSM cannot be read: {exception.Message}", exception);
        }

        return new(path, System.IO.Path.GetFullPath(folder), backend);
    }

    /// <summary>The folder of the tokens; null if the configuration is missing or cannot be read, of which SoftHSM says what is wrong.</summary>
    /// <param name="file">The file, or null for that of the environment.</param>
    public static string? FindTokenFolder(string? file)
    {
        try
        {
            return Read(file).TokenFolder;
        }
        catch (HsmException)
        {
            return null;
        }
    }

    private static IEnumerable<string> Candidates()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } named)
        {
            // The library looks nowhere else in that case.
            return [named];
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        return
        [
            System.IO.Path.Combine(home, ".config", "softhsm2", "softhsm2.conf"),
            "/etc/softhsm/softhsm2.conf",
            "/etc/softhsm2.conf",
            "/usr/local/etc/softhsm/softhsm2.conf",
            "/usr/local/etc/softhsm2.conf",
            "/opt/homebrew/etc/softhsm/softhsm2.conf",
        ];
    }
}
