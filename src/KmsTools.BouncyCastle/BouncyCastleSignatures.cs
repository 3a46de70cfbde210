using KmsTools.Cryptography;

namespace KmsTools.BouncyCastle;

/// <summary>Ed25519 and ML-DSA from Bouncy Castle: managed code, the same on every platform.</summary>
public sealed class BouncyCastleSignatures : ISignatureProvider
{
    /// <inheritdoc/>
    public ISignatureKeyPair Open(KeySpec spec, ReadOnlySpan<byte> seed) =>
        spec == KeySpec.ECC_NIST_EDWARDS25519 ? new Ed25519KeyPair(seed) : new MlDsaKeyPair(spec, seed);
}
