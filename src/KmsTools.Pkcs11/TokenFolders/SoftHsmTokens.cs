using System.Diagnostics.CodeAnalysis;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.TokenFolders;

/// <summary>The tokens of SoftHSM 2 as folders: <c>token.object</c>, <c>generation</c> and one file for each object.</summary>
/// <param name="Root">directories.tokendir.</param>
internal sealed record SoftHsmTokens(string Root)
{
    public const string TokenObject = "token.object";
    public const string GenerationFile = "generation";

    private const int SerialLength = 16;

    /// <summary>The folder of a token.</summary>
    /// <returns>
    /// False when there is none. One whose token.object is lost is found nevertheless: its name ends with the serial number.
    /// </returns>
    public bool TryFind(HsmToken token, [MaybeNullWhen(false)] out string folder)
    {
        string? lost = null;
        foreach (string candidate in Directory.EnumerateDirectories(Root))
        {
            SoftHsmObjectFile? content = ReadToken(candidate);
            if (content?.SerialNumber == token.SerialNumber && content.Label == token.TokenLabel)
            {
                folder = candidate;
                return true;
            }

            if (content is null && NameOf(token.SerialNumber, candidate))
            {
                lost = candidate;
            }
        }

        folder = lost;
        return lost is not null;
    }

    /// <summary>The label of the token with a serial number; null when there is none.</summary>
    public string? LabelOf(string serialNumber) => Directory.EnumerateDirectories(Root)
        .Select(ReadToken)
        .FirstOrDefault(token => token?.SerialNumber == serialNumber)?.Label;

    /// <summary>A free folder for a token.</summary>
    public string NewFolder(string serialNumber)
    {
        // As SoftHSM names them: a UUID whose end is the serial number.
        string uuid = Guid.NewGuid().ToString("N")[..SerialLength] + serialNumber;
        return Path.Combine(Root, Guid.ParseExact(uuid, "N").ToString("D"));
    }

    /// <summary>The token of a folder; null when its token.object does not exist or is incomplete.</summary>
    public static SoftHsmObjectFile? ReadToken(string folder)
    {
        try
        {
            return SoftHsmObjectFile.Parse(
                File.ReadAllBytes(Path.Combine(folder, TokenObject))) is { SerialNumber: not null, Label: not null } token ? token : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The files of a token that matter. Those that SoftHSM only locks are created again.</summary>
    public static FileInfo[] Files(string folder) =>
    [
        .. new DirectoryInfo(folder).EnumerateFiles()
            .Where(static file => file.Name == GenerationFile || file.Name.EndsWith(".object", StringComparison.Ordinal))
            .OrderBy(static file => file.Name, StringComparer.Ordinal),
    ];

    /// <summary>
    /// How many files a token has, one for each object; null if that cannot be seen: it is not of SoftHSM, or its folder is not here.
    /// </summary>
    public static int? CountFiles(LibraryReference library, HsmToken token)
    {
        try
        {
            return library.IsSoftHsm && SoftHsmConfiguration.FindTokenFolder(library.SoftHsm) is { } root
                && new SoftHsmTokens(root).TryFind(token, out string? folder)
                ? Files(folder).Length
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static bool NameOf(string serialNumber, string folder) =>
        serialNumber.Length == SerialLength
        && Path.GetFileName(folder).Replace("-", "", StringComparison.Ordinal).EndsWith(serialNumber, StringComparison.OrdinalIgnoreCase);
}
