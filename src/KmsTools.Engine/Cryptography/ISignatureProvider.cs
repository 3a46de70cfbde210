namespace KmsTools.Cryptography;

/// <summary>
/// The signature algorithms that .NET does not provide on every platform: Ed25519 (RFC 8032) and ML-DSA (FIPS 204). Safe for use by many
/// threads.
/// </summary>
public interface ISignatureProvider
{
    /// <summary>Generates the key pair of a seed.</summary>
    /// <param name="spec">ECC_NIST_EDWARDS25519, ML_DSA_44, ML_DSA_65 or ML_DSA_87.</param>
    /// <param name="seed">
    /// 32 bytes: the private key of RFC 8032, section 5.1.5, or xi of FIPS 204, algorithm 1. The caller zeroes them; what the key pair
    /// keeps of them is released with it.
    /// </param>
    ISignatureKeyPair Open(KeySpec spec, ReadOnlySpan<byte> seed);
}

/// <summary>A key pair that signs and verifies. Not for use by several threads at once.</summary>
public interface ISignatureKeyPair : IDisposable
{
    /// <summary>The public key as its standard encodes it: 32 bytes for Ed25519; 1312, 1952 or 2592 for ML-DSA.</summary>
    byte[] PublicKey { get; }

    /// <summary>Signs.</summary>
    /// <param name="algorithm">An algorithm of the key pair.</param>
    /// <param name="input">
    /// The message; for ED25519_PH_SHA_512 its SHA-512 hash, which is PH(M) in RFC 8032. The context is empty in every case.
    /// </param>
    /// <returns>64 bytes for Ed25519; 2420, 3309 or 4627 for ML-DSA.</returns>
    byte[] Sign(SigningAlgorithmSpec algorithm, ReadOnlySpan<byte> input);

    /// <summary>Whether a signature was made with this key pair.</summary>
    /// <param name="algorithm">An algorithm of the key pair.</param>
    /// <param name="input">As for <see cref="Sign"/>.</param>
    /// <param name="signature">The signature, of any length.</param>
    bool Verify(SigningAlgorithmSpec algorithm, ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature);
}
