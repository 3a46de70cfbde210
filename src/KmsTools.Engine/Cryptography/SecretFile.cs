using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Cryptography;

/// <summary>A file that holds a secret text (UTF-8), and nothing else except a final line ending.</summary>
public static class SecretFile
{
    /// <summary>The maximum size of such a file in bytes.</summary>
    public const int MaxSize = 4096;

    private const UnixFileMode OfOthers = UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead
        | UnixFileMode.OtherWrite;

    /// <summary>Reads the secret, if the file exists and only its owner may read or write it.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="what">What it holds, as in "PIN".</param>
    /// <param name="isInPrivateFolder">Whether the folder keeps others away, and the permissions of the file say nothing.</param>
    /// <param name="secret">The secret; the caller disposes of it.</param>
    /// <param name="reason">Why there is none, in a sentence.</param>
    public static bool TryRead(
        string path,
        string what,
        bool isInPrivateFolder,
        [NotNullWhen(true)] out Secret? secret,
        [NotNullWhen(false)] out string? reason)
    {
        secret = null;
        byte[] bytes = GC.AllocateArray<byte>(MaxSize + 1, pinned: true);
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0);

            // The mode of the opened file: another file may have the name a moment later.
            if (!OperatingSystem.IsWindows() && !isInPrivateFolder && (File.GetUnixFileMode(file.SafeFileHandle) & OfOthers) != 0)
            {
                reason = $"The {what} file {path} can be read or written by others than its owner. Take their permissions away: chmod 600 "
                    + $"'{path}'.";
                return false;
            }

            int length = file.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false);
            if (length > MaxSize)
            {
                reason = $"The {what} file {path} contains more than a {what}: it has more than {MaxSize} bytes.";
                return false;
            }

            while (length > 0 && bytes[length - 1] is (byte)'\r' or (byte)'\n')
            {
                length--;
            }

            secret = length == 0 ? null : Secret.CopyOf(bytes.AsSpan(0, length));
            reason = secret is null ? $"The {what} file {path} is empty." : null;
            return secret is not null;
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            reason = $"The {what} file {path} does not exist.";
            return false;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            reason = $"The {what} file {path} cannot be read: {exception.Message}";
            return false;
        }
        finally
        {
            Array.Clear(bytes);
        }
    }

    /// <summary>Reads the secret.</summary>
    /// <param name="path">Full path of the file.</param>
    /// <param name="what">What it holds, as in "PIN".</param>
    /// <param name="isInPrivateFolder">Whether the folder keeps others away, and the permissions of the file say nothing.</param>
    /// <returns>The secret; the caller disposes of it.</returns>
    /// <exception cref="ArgumentException">The file does not exist, is empty, or can be read by users other than its owner.</exception>
    public static Secret Read(string path, string what, bool isInPrivateFolder = false) =>
        TryRead(path, what, isInPrivateFolder, out Secret? secret, out string? reason)
            ? secret
            : throw new ArgumentException(reason, paramName: null);
}
