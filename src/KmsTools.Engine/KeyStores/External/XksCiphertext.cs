namespace KmsTools.KeyStores;

/// <summary>The parts of a ciphertext that a proxy makes.</summary>
/// <param name="Ciphertext">As long as the plaintext.</param>
/// <param name="InitializationVector">12 or 16 bytes.</param>
/// <param name="AuthenticationTag">16 bytes.</param>
/// <param name="Metadata">What the proxy wants back to decrypt, 0-20 bytes.</param>
public sealed record XksCiphertext(
    ReadOnlyMemory<byte> Ciphertext,
    ReadOnlyMemory<byte> InitializationVector,
    ReadOnlyMemory<byte> AuthenticationTag,
    ReadOnlyMemory<byte> Metadata);
