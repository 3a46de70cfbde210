using System.Diagnostics.CodeAnalysis;
using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>A file that holds the PIN of a crypto user (UTF-8), and nothing else except a final line ending.</summary>
public static class PinFile
{
    /// <summary>The maximum size of such a file in bytes.</summary>
    public const int MaxSize = 4096;

    private const UnixFileMode OfOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite;

    /// <summary>Reads the PIN, if the file exists and only its owner may read or write it.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="pin">The PIN; the caller disposes of it.</param>
    /// <param name="reason">Why there is none, in a sentence.</param>
    public static bool TryRead(string path, [NotNullWhen(true)] out Secret? pin, [NotNullWhen(false)] out string? reason)
    {
        pin = null;
        byte[] bytes = GC.AllocateArray<byte>(MaxSize + 1, pinned: true);
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);

            // The mode of the opened file: another file may have the name a moment later.
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & OfOthers) != 0)
            {
                reason = $"The PIN file {path} can be read or written by others than its owner. Take their permissions away: chmod 600 "
                    + $"'{path}'.";
                return false;
            }

            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxSize)
            {
                reason = $"The PIN file {path} contains more than a PIN: it has more than {MaxSize} bytes.";
                return false;
            }

            while (length > 0 && bytes[length - 1] is (byte)'\r' or (byte)'\n')
            {
                length--;
            }

            pin = length == 0 ? null : Secret.CopyOf(bytes.AsSpan(0, length));
            reason = pin is null ? $"The PIN file {path} is empty." : null;
            return pin is not null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            reason = $"The PIN file {path} does not exist.";
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            reason = $"The PIN file {path} cannot be read: {exception.Message}";
            return false;
        }
        finally
        {
            Array.Clear(bytes);
        }
    }

    /// <summary>A PIN from its file, or a copy of the one that is known; null when neither exists.</summary>
    /// <exception cref="ArgumentException">The file does not exist, is empty, or can be read by users other than its owner.</exception>
    public static Secret? Read(string? file, Secret? known)
    {
        if (file is null)
        {
            return known?.Use(Secret.CopyOf);
        }

        return TryRead(file, out Secret? pin, out string? reason) ? pin : throw new ArgumentException(reason, nameof(file));
    }
}
