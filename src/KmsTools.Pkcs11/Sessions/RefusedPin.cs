using System.Security.Cryptography;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// What processes share about a PIN that a token refused, in the lock file that a process holds while it logs in to the token. When an HSM
/// comes back with another PIN, all processes that had logged in find their login lost at once: if each offered the old PIN again, the HSM
/// would lock its user. Only a salted and slow hash of the PIN is kept, until a PIN is accepted.
/// </summary>
internal static class RefusedPin
{
    private const int SaltSize = 16;
    private const int HashSize = 32;
    private const int Iterations = 100_000;

    /// <summary>Whether this PIN was the last one to be refused, and none was accepted since.</summary>
    public static bool Is(FileStream held, ReadOnlySpan<byte> pin)
    {
        if (held.Length != SaltSize + HashSize)
        {
            return false;
        }

        Span<byte> kept = stackalloc byte[SaltSize + HashSize];
        held.Position = 0;
        held.ReadExactly(kept);
        return CryptographicOperations.FixedTimeEquals(Hash(pin, kept[..SaltSize]), kept[SaltSize..]);
    }

    public static void Remember(FileStream held, ReadOnlySpan<byte> pin)
    {
        byte[] salt = RandomNumberGenerator.GetBytes(SaltSize);
        held.SetLength(0);
        held.Write(salt);
        held.Write(Hash(pin, salt));
        held.Flush();
    }

    public static void Forget(FileStream held)
    {
        if (held.Length > 0)
        {
            held.SetLength(0);
        }
    }

    private static byte[] Hash(ReadOnlySpan<byte> pin, ReadOnlySpan<byte> salt) =>
        Rfc2898DeriveBytes.Pbkdf2(pin, salt, Iterations, HashAlgorithmName.SHA256, HashSize);
}
