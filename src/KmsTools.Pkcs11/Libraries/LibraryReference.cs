using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// A PKCS#11 library as people name it: a full path, or <c>path|parameters</c> for modules that want parameters at C_Initialize.
/// NSS is one: <c>/usr/lib/libsoftokn3.so|configdir='sql:/dir' certPrefix='' keyPrefix='' secmod='secmod.db'</c>.
/// </summary>
/// <param name="Path">Path of the real file, links followed, so that one file has one name.</param>
/// <param name="Parameters">The parameters, or null.</param>
internal sealed record LibraryReference(string Path, string? Parameters)
{
    public static LibraryReference Parse(string library)
    {
        int separator = library.IndexOf('|', StringComparison.Ordinal);
        string path = separator < 0 ? library : library[..separator];
        string? parameters = separator < 0 ? null : library[(separator + 1)..];
        try
        {
            FileInfo file = new(path);
            if (!file.Exists)
            {
                throw Missing(path);
            }

            return new(file.ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? file.FullName, parameters);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException or ArgumentException)
        {
            throw Missing(path, exception);
        }
    }

    private static HsmException Missing(string path, Exception? cause = null)
        => new(HsmFailure.ClusterNotFound, $"The PKCS#11 library '{path}' is not there.", cause);
}
