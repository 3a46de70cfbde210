using System.Security.Cryptography;
using System.Text.Json;
using KmsTools.KeyStores;

namespace KmsTools.Pkcs11.TokenFolders;

/// <summary>The list of what a copy consists of, kept in it as <c>manifest.json</c>; its own checksum is kept elsewhere.</summary>
internal sealed record CopyManifest(string Format, IReadOnlyList<CopyManifest.Token> Tokens)
{
    public const string FileName = "manifest.json";
    public const string SoftHsm2 = "SoftHSM2";

    internal sealed record Token(string TokenLabel, string SerialNumber, IReadOnlyList<Entry> Files);

    internal sealed record Entry(string Name, long Size, string Sha256);

    public static string DigestOf(ReadOnlySpan<byte> bytes) => Convert.ToHexStringLower(SHA256.HashData(bytes));

    public static string FolderOf(string copy, int index) =>
        Path.Combine(copy, index.ToString(System.Globalization.CultureInfo.InvariantCulture));

    /// <summary>Reads the list of a copy.</summary>
    /// <exception cref="HsmException">The copy does not exist or is damaged.</exception>
    public static CopyManifest Read(HsmCopyReference copy)
    {
        byte[] bytes = ReadFile(copy.Folder, FileName);
        return DigestOf(bytes) == copy.Digest && JsonSerializer.Deserialize<CopyManifest>(bytes) is { Format: SoftHsm2 } manifest
            ? manifest
            : throw Damaged(copy.Folder, FileName);
    }

    /// <summary>The files of one token of a copy, each as it was written.</summary>
    /// <exception cref="HsmException">A file does not exist or is damaged.</exception>
    public IEnumerable<(string Name, byte[] Content)> Open(HsmCopyReference copy, int index)
    {
        string folder = FolderOf(copy.Folder, index);
        foreach (Entry entry in Tokens[index].Files)
        {
            byte[] content = ReadFile(folder, entry.Name);
            yield return content.Length == entry.Size && DigestOf(content) == entry.Sha256
                ? (entry.Name, content)
                : throw Damaged(folder, entry.Name);
        }
    }

    public byte[] ToArray() => JsonSerializer.SerializeToUtf8Bytes(this);

    private static byte[] ReadFile(string folder, string name)
    {
        try
        {
            return File.ReadAllBytes(Path.Combine(folder, name));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new HsmException(HsmFailure.Failed, $"The backup cannot be read: {exception.Message}", exception);
        }
    }

    private static HsmException Damaged(string folder, string name) =>
        new(HsmFailure.Failed, $"The backup is damaged: '{Path.Combine(folder, name)}' is not as it was made.");
}
