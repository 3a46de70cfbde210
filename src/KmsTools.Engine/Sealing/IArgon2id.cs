namespace KmsTools.Sealing;

/// <summary>
/// Argon2id, version 0x13 (RFC 9106), which .NET does not have. Implemented by KmsTools.BouncyCastle, which is loaded only when a passphrase
/// is used. Safe for use by many threads.
/// </summary>
public interface IArgon2id
{
    /// <summary>Derives a key from a passphrase. Takes as much memory as the cost says, and zeroes what it can of it.</summary>
    /// <param name="passphrase">The passphrase.</param>
    /// <param name="salt">At least 8 bytes.</param>
    /// <param name="cost">What it costs.</param>
    /// <param name="key">Receives the key: at least 4 bytes.</param>
    void Derive(ReadOnlySpan<byte> passphrase, ReadOnlySpan<byte> salt, Argon2idCost cost, Span<byte> key);
}
