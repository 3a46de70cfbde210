using System.Security;
using System.Text;
using KmsTools.Binding;
using KmsTools.Cryptography;
using KmsTools.Loading;
using KmsTools.Sealing;

namespace KmsTools.Sessions;

/// <summary>What opens a sealed store, as users of PowerShell give it.</summary>
internal static class SealSecrets
{
    /// <summary>A secret that was given, or is in a file; null if neither.</summary>
    /// <param name="given">The secret; null if it was not given.</param>
    /// <param name="file">The file, as the user has written its path; null if none was given.</param>
    /// <param name="what">What it is, as in "passphrase".</param>
    /// <param name="resolvePath">Makes full paths.</param>
    /// <returns>The secret as UTF-8; the caller disposes of it.</returns>
    /// <exception cref="ArgumentException">Both were given, or it is empty, or the file cannot be used.</exception>
    public static Secret? Read(SecureString? given, string? file, string what, Func<string, string> resolvePath)
    {
        if (given is not null && file is not null)
        {
            throw new ArgumentException($"The {what} was given both directly and as a file. Give one of them.");
        }

        return file is not null ? SecretFile.Read(resolvePath(file), what)
            : given is null ? null
            : given.Length > 0 ? PinnedText.Utf8(given)
            : throw new ArgumentException($"The {what} is empty.");
    }

    /// <summary>What a passphrase opens.</summary>
    public static PassphraseOpener Opener(Secret passphrase) => new(passphrase, static () => DependencyLoadContext.Argon2id);

    /// <summary>The text of a recovery key, as PowerShell keeps secrets.</summary>
    public static SecureString ToSecureString(RecoveryKey recoveryKey) => recoveryKey.UseText(static text =>
    {
        SecureString secure = new();
        foreach (char character in text)
        {
            secure.AppendChar(character);
        }

        secure.MakeReadOnly();
        return secure;
    });

    /// <summary>
    /// Writes the text of a recovery key to a new file, which only its owner can read. It is on the disk when the call returns.
    /// </summary>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    public static void Write(RecoveryKey recoveryKey, string file)
    {
        // No buffer: the key would remain in it.
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        byte[] bytes = GC.AllocateUninitializedArray<byte>(RecoveryKey.TextLength + 1, pinned: true);
        try
        {
            recoveryKey.UseText(text => Encoding.ASCII.GetBytes(text, bytes));
            bytes[^1] = (byte)'\n';
            using FileStream stream = new(file, options);
            stream.Write(bytes);
            stream.Flush(flushToDisk: true);
        }
        finally
        {
            Array.Clear(bytes);
        }
    }
}
