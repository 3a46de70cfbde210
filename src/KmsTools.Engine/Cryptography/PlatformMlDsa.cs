using System.Security.Cryptography;

// .NET 10 calls external mu "for evaluation": its standard was a draft when it was released.
#pragma warning disable SYSLIB5006

namespace KmsTools.Cryptography;

/// <summary>An ML-DSA key pair in the cryptography of the platform: Linux with OpenSSL 3.5 or later, current Windows.</summary>
internal sealed class PlatformMlDsa(KeySpec spec, ReadOnlySpan<byte> seed) : ISignatureKeyPair
{
    private readonly MLDsa _mldsa = MLDsa.ImportMLDsaPrivateSeed(Algorithm(spec), seed);

    /// <inheritdoc/>
    public byte[] PublicKey => _mldsa.ExportMLDsaPublicKey();

    /// <inheritdoc/>
    public byte[] Sign(SigningAlgorithmSpec algorithm, ReadOnlySpan<byte> input)
    {
        byte[] signature = new byte[_mldsa.Algorithm.SignatureSizeInBytes];
        _mldsa.SignData(input, signature);
        return signature;
    }

    /// <inheritdoc/>
    public bool Verify(SigningAlgorithmSpec algorithm, ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature) =>
        _mldsa.VerifyData(input, signature);

    /// <summary>Signs a message by its representative.</summary>
    public byte[] SignMu(byte[] mu) => _mldsa.SignMu(mu);

    /// <summary>Verifies a signature by the representative of its message.</summary>
    public bool VerifyMu(byte[] mu, byte[] signature) => _mldsa.VerifyMu(mu, signature);

    /// <inheritdoc/>
    public void Dispose() => _mldsa.Dispose();

    private static MLDsaAlgorithm Algorithm(KeySpec spec) => spec switch
    {
        KeySpec.ML_DSA_44 => MLDsaAlgorithm.MLDsa44,
        KeySpec.ML_DSA_65 => MLDsaAlgorithm.MLDsa65,
        KeySpec.ML_DSA_87 => MLDsaAlgorithm.MLDsa87,
        _ => throw new ArgumentOutOfRangeException(nameof(spec), spec, null),
    };
}
