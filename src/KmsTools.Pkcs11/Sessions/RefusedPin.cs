using System.Security.Cryptography;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.TokenFolders;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// What processes share about a PIN that a token refused, in a file beside the token's lock file. When an HSM comes back with another PIN,
/// all processes that had logged in find their login lost at once: if each offered the old PIN again, the HSM would lock its user. Only a
/// salted and slow hash of the PIN is kept, until a PIN is accepted. The caller holds the lock of the token.
/// </summary>
internal sealed class RefusedPin(string file)
{
    /// <summary>The extension of the file; its name otherwise begins with that of the lock file.</summary>
    public const string Extension = ".refused-pin";

    private const int SaltSize = 16;
    private const int HashSize = 32;
    private const int Iterations = 100_000;

    /// <summary>What is known of a token.</summary>
    /// <param name="library">Its library.</param>
    /// <param name="processLock">The lock of the token.</param>
    public static RefusedPin Of(LibraryReference library, InterProcessLock processLock) => new(processLock.Beside(
        Extension,
        // The token of a copied folder is like the original, and may have another PIN. They share a lock, which costs them nothing.
        library.IsSoftHsm ? SoftHsmConfiguration.FindTokenFolder(library.SoftHsm) : null));

    /// <summary>Whether this PIN was the last one to be refused, and none was accepted since.</summary>
    public bool Is(ReadOnlySpan<byte> pin)
    {
        byte[] kept;
        try
        {
            kept = File.ReadAllBytes(file);
        }
        catch (FileNotFoundException)
        {
            return false;
        }

        // A process that was killed while it wrote leaves a shorter file.
        return kept.Length == SaltSize + HashSize
            && CryptographicOperations.FixedTimeEquals(Hash(pin, kept.AsSpan(0, SaltSize)), kept.AsSpan(SaltSize));
    }

    /// <summary>Keeps the hash of a PIN that the token refused.</summary>
    public void Remember(ReadOnlySpan<byte> pin)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltSize);
        Try(
            static (path, content) =>
            {
                using FileStream stream = new(path, OfOwner());
                stream.Write(content);
            },
            [.. salt, .. Hash(pin, salt)]);
    }

    /// <summary>Removes the hash: the token accepted a PIN.</summary>
    public void Forget() => Try(static (path, _) => File.Delete(path), []);

    // What the token answered counts more than what other processes learn of it: a file that cannot be written changes no outcome.
    private void Try(Action<string, byte[]> change, byte[] content)
    {
        try
        {
            change(file, content);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process may offer the PIN once more.
        }
    }

    private static FileStreamOptions OfOwner()
    {
        FileStreamOptions options = new() { Mode = FileMode.Create, Access = FileAccess.Write, Share = FileShare.None };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        return options;
    }

    private static byte[] Hash(ReadOnlySpan<byte> pin, ReadOnlySpan<byte> salt) =>
        Rfc2898DeriveBytes.Pbkdf2(pin, salt, Iterations, HashAlgorithmName.SHA256, HashSize);
}
