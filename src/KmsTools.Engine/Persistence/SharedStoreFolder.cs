using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Persistence;

/// <summary>The folders of this user for what only this machine has of shared stores, such as copies of the tokens of HSMs.</summary>
public static class SharedStoreFolder
{
    private const string Name = "shared";
    private const int MaxNameLength = 100;
    private const int DigestLength = 4;

    /// <summary>The full path of the folder of a store, one per database. Opening the store creates it.</summary>
    /// <param name="location">The database (<see cref="IStateStore.Location"/>).</param>
    /// <exception cref="ArgumentException">The user has no folder for data of applications.</exception>
    public static string Of(string location)
    {
        ArgumentNullException.ThrowIfNull(location);
        string root = DefaultStore.FolderOfUser ?? throw new ArgumentException(
            "This user has no folder for data of applications, and no folder was given for what only this machine has of the store.");
        return Path.Combine(root, Name, NameOf(location));
    }

    /// <summary>
    /// Makes the folder of the user if a folder is to be in it, for its owner only: a store in a folder that others can change would be
    /// refused.
    /// </summary>
    /// <param name="folder">The folder for what only this machine has of a store.</param>
    public static void MakeFolderOfUser(string folder)
    {
        ArgumentNullException.ThrowIfNull(folder);
        if (DefaultStore.FolderOfUser is { } root && folder.StartsWith(Path.Combine(root, Name), StringComparison.Ordinal))
        {
            _ = DefaultStore.PathOfUser(Path.GetDirectoryName(root)!, Name);
        }
    }

    // A part for people, and a part that tells two databases apart whose names differ in other characters only.
    private static string NameOf(string location)
    {
        string text = string.Join('-', string.Concat(location.Select(
            static character => char.IsAsciiLetterOrDigit(character) || character is '.' or '_' ? character : ' '))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries));
        byte[] digest = SHA256.HashData(Encoding.UTF8.GetBytes(location));
        return $"{(text.Length > MaxNameLength ? text[..MaxNameLength] : text)}-{Convert.ToHexStringLower(digest.AsSpan(0, DigestLength))}";
    }
}
