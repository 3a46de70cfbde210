using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// A PKCS#11 library as users name it: a full path, or <c>path|parameters</c> for modules that require parameters at C_Initialize. NSS is
/// one: <c>/usr/lib/libsoftokn3.so|configdir='sql:/dir' certPrefix='' keyPrefix='' secmod='secmod.db'</c>.
/// </summary>
/// <param name="Path">Path of the real file with links resolved, so that one file has one name.</param>
/// <param name="Parameters">The parameters, or null.</param>
/// <param name="SoftHsm">
/// The configuration that the library reads instead of that of the environment, if it is SoftHSM; else null. It is a part of what the
/// library is: the tokens of two folders can be alike, as those of a copied store are.
/// </param>
internal sealed record LibraryReference(string Path, string? Parameters, string? SoftHsm = null)
{
    /// <summary>Whether it is SoftHSM, by the name of its file.</summary>
    public bool IsSoftHsm => IsNamedSoftHsm(Path);

    /// <summary>Reads a name. A file that does not exist keeps the path that was given.</summary>
    /// <param name="library">The name.</param>
    /// <param name="softHsm">The configuration for SoftHSM, or null.</param>
    public static LibraryReference Parse(string library, string? softHsm = null)
    {
        int separator = library.IndexOf('|', StringComparison.Ordinal);
        string path = separator < 0 ? library : library[..separator];
        string? parameters = separator < 0 ? null : library[(separator + 1)..];
        try
        {
            FileInfo file = new(path);
            path = file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            // It keeps the path.
        }

        return new(path, parameters, IsNamedSoftHsm(path) ? softHsm : null);
    }

    /// <exception cref="HsmException">ClusterNotFound: the file does not exist.</exception>
    public void RequireFile()
    {
        if (!File.Exists(Path))
        {
            throw new HsmException(HsmFailure.ClusterNotFound, $"The PKCS#11 library '{Path}' is not there.");
        }
    }

    private static bool IsNamedSoftHsm(string path) =>
        System.IO.Path.GetFileName(path).Contains("softhsm", StringComparison.OrdinalIgnoreCase);
}
