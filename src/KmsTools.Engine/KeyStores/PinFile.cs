using System.Diagnostics.CodeAnalysis;
using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>A file that holds the PIN of a crypto user (UTF-8), and nothing else except a final line ending.</summary>
public static class PinFile
{
    /// <summary>The maximum size of such a file in bytes.</summary>
    public const int MaxSize = SecretFile.MaxSize;

    /// <summary>Reads the PIN, if the file exists and only its owner may read or write it.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="pin">The PIN; the caller disposes of it.</param>
    /// <param name="reason">Why there is none, in a sentence.</param>
    public static bool TryRead(string path, [NotNullWhen(true)] out Secret? pin, [NotNullWhen(false)] out string? reason) =>
        SecretFile.TryRead(path, "PIN", isInPrivateFolder: false, out pin, out reason);

    /// <summary>A PIN from its file, or a copy of the one that is known; null when neither exists.</summary>
    /// <exception cref="ArgumentException">The file does not exist, is empty, or can be read by users other than its owner.</exception>
    public static Secret? Read(string? file, Secret? known)
    {
        if (file is null)
        {
            return known?.Use(Secret.CopyOf);
        }

        return TryRead(file, out Secret? pin, out string? reason) ? pin : throw new ArgumentException(reason);
    }
}
