using System.Diagnostics.CodeAnalysis;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.TokenFolders;

/// <summary>
/// Two folders of tokens with one serial number, as a folder that was copied, or put back beside one that was restored in the meantime.
/// SoftHSM makes the number of a slot of it, and ends the process at C_Initialize where two slots have one number.
/// </summary>
/// <param name="One">The first folder.</param>
/// <param name="Other">The second folder.</param>
/// <param name="SerialNumber">Their serial number.</param>
/// <param name="Labels">The labels of both.</param>
internal sealed record TokenTwins(string One, string Other, string SerialNumber, (string One, string Other) Labels)
{
    /// <summary>Requires that SoftHSM can be initialized without ending the process. Other libraries are not looked at.</summary>
    /// <exception cref="HsmException">Failed: two folders have tokens with one serial number.</exception>
    public static void RequireNone(LibraryReference library)
    {
        if (library.IsSoftHsm && SoftHsmConfiguration.FindTokenFolder(library.SoftHsm) is { } folder
            && TryFind(folder, out TokenTwins? found))
        {
            throw found.Refusal(library.Path);
        }
    }

    /// <summary>Finds two such tokens.</summary>
    /// <param name="root">The folder of all tokens. One that cannot be read has none.</param>
    /// <param name="twins">The tokens.</param>
    public static bool TryFind(string root, [NotNullWhen(true)] out TokenTwins? twins)
    {
        twins = null;
        Dictionary<string, (string Folder, string Label)> known = [];
        try
        {
            foreach (string folder in Directory.EnumerateDirectories(root).Order(StringComparer.Ordinal))
            {
                if (SoftHsmTokens.ReadToken(folder) is { SerialNumber: { } serial, Label: { } label }
                    && !known.TryAdd(serial, (folder, label)))
                {
                    twins = new TokenTwins(known[serial].Folder, folder, serial, (known[serial].Label, label));
                    return true;
                }
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // SoftHSM says what is wrong with it.
        }

        return false;
    }

    /// <summary>The error.</summary>
    /// <param name="library">The path of SoftHSM.</param>
    public HsmException Refusal(string library) => new(
        HsmFailure.Failed,
        $"The folders '{One}' and '{Other}' have tokens with the same serial number, {SerialNumber} ('{Labels.One}' and '{Labels.Other}'), "
            + "at which SoftHSM ends every process that uses it. Move one of the two folders to another place.")
    {
        Cause = ErrorCause.LibraryNotInitialized,
        Library = library,
    };
}
