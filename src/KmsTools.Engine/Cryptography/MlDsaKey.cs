using System.Security.Cryptography;

// .NET 10 calls PKCS#8 and external mu "for evaluation": their standards were drafts when it was released.
#pragma warning disable SYSLIB5006

namespace KmsTools.Cryptography;

/// <summary>An ML-DSA key pair (FIPS 204), with an empty context.</summary>
internal sealed class MlDsaKey : PrivateKey
{
    private readonly MLDsa _mldsa;

    private MlDsaKey(MLDsa mldsa) => _mldsa = mldsa;

    /// <summary>The material of ML-DSA-44 keys.</summary>
    public static MaterialFormat Material44 => Material(static () => MLDsaAlgorithm.MLDsa44, "ML-DSA-44");

    /// <summary>The material of ML-DSA-65 keys.</summary>
    public static MaterialFormat Material65 => Material(static () => MLDsaAlgorithm.MLDsa65, "ML-DSA-65");

    /// <summary>The material of ML-DSA-87 keys.</summary>
    public static MaterialFormat Material87 => Material(static () => MLDsaAlgorithm.MLDsa87, "ML-DSA-87");

    /// <inheritdoc/>
    protected override MessageToSign TestMessage =>
        MessageToSign.Of(SigningAlgorithmSpec.ML_DSA_SHAKE_256, "pairwise consistency"u8.ToArray(), null);

    /// <inheritdoc/>
    public override Secret Export() => Secret.TakeOver(_mldsa.ExportPkcs8PrivateKey());

    /// <inheritdoc/>
    public override byte[] ExportPublicKey() => _mldsa.ExportSubjectPublicKeyInfo();

    /// <inheritdoc/>
    public override byte[] Sign(MessageToSign message)
    {
        byte[] signature = new byte[_mldsa.Algorithm.SignatureSizeInBytes];
        if (message.IsExternalMu)
        {
            _mldsa.SignMu(message.Input, signature);
        }
        else
        {
            _mldsa.SignData(message.Input, signature);
        }

        return signature;
    }

    /// <inheritdoc/>
    public override bool Verify(MessageToSign message, byte[] signature) => message.IsExternalMu
        ? _mldsa.VerifyMu(message.Input, signature)
        : _mldsa.VerifyData(message.Input, signature);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing) => _mldsa.Dispose();

    private static PrivateKeyMaterial Material(Func<MLDsaAlgorithm> algorithm, string name) => new(
        $"an {name} private key",
        typicalSize: 54,
        () => new MlDsaKey(MLDsa.GenerateKey(algorithm())),
        pkcs8 => Open(pkcs8, algorithm()),
        () => MLDsa.IsSupported
            ? null
            : $"{name} keys are not offered: the cryptography of this platform has no ML-DSA. Linux with OpenSSL 3.5 or later and Windows 11 or Windows Server 2025 with the updates of November 2025 have it.");

    private static MlDsaKey Open(ReadOnlySpan<byte> pkcs8, MLDsaAlgorithm algorithm)
    {
        MLDsa mldsa = MLDsa.ImportPkcs8PrivateKey(pkcs8);
        if (mldsa.Algorithm == algorithm)
        {
            return new MlDsaKey(mldsa);
        }

        mldsa.Dispose();
        throw new CryptographicException();
    }
}
