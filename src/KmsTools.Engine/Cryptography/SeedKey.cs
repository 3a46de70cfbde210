using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>A key pair that is derived from a seed: Ed25519 (RFC 8032), or ML-DSA (FIPS 204) with an empty context.</summary>
internal sealed class SeedKey : PrivateKey
{
    private readonly SeedEncoding _encoding;
    private readonly SigningAlgorithmSpec _algorithm;
    private readonly Secret _seed;
    private readonly ISignatureKeyPair _pair;

    private SeedKey(SeedEncoding encoding, SigningAlgorithmSpec algorithm, Secret seed, ISignatureKeyPair pair)
    {
        _encoding = encoding;
        _algorithm = algorithm;
        _seed = seed;
        _pair = pair;
    }

    /// <summary>The material of Ed25519 keys.</summary>
    public static MaterialFormat Ed25519 => Material(
        KeySpec.ECC_NIST_EDWARDS25519, SigningAlgorithmSpec.ED25519_SHA_512, new SeedEncoding(
            "1.3.101.112",
            0), typicalSize: 48, "an Ed25519 private key");

    /// <summary>The material of ML-DSA-44 keys.</summary>
    public static MaterialFormat MlDsa44 => MlDsa(KeySpec.ML_DSA_44, "2.16.840.1.101.3.4.3.17", expandedSize: 2560);

    /// <summary>The material of ML-DSA-65 keys.</summary>
    public static MaterialFormat MlDsa65 => MlDsa(KeySpec.ML_DSA_65, "2.16.840.1.101.3.4.3.18", expandedSize: 4032);

    /// <summary>The material of ML-DSA-87 keys.</summary>
    public static MaterialFormat MlDsa87 => MlDsa(KeySpec.ML_DSA_87, "2.16.840.1.101.3.4.3.19", expandedSize: 4896);

    /// <inheritdoc/>
    protected override MessageToSign TestMessage => new(_algorithm, "pairwise consistency"u8.ToArray());

    /// <inheritdoc/>
    public override Secret Export() => _encoding.WritePrivateKey(_seed);

    /// <inheritdoc/>
    public override byte[] ExportPublicKey() => _encoding.WritePublicKey(_pair.PublicKey);

    /// <inheritdoc/>
    public override byte[] Sign(MessageToSign message) => message.IsExternalMu
        ? ((PlatformMlDsa)_pair).SignMu(message.Input)
        : _pair.Sign(message.Algorithm, message.Input);

    /// <inheritdoc/>
    public override bool Verify(MessageToSign message, byte[] signature) => message.IsExternalMu
        ? ((PlatformMlDsa)_pair).VerifyMu(message.Input, signature)
        : _pair.Verify(message.Algorithm, message.Input, signature);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _pair.Dispose();
        _seed.Dispose();
    }

    private static PrivateKeyMaterial MlDsa(KeySpec spec, string oid, int expandedSize) => Material(
        spec, SigningAlgorithmSpec.ML_DSA_SHAKE_256, new SeedEncoding(
            oid,
            expandedSize), typicalSize: 54, $"an {spec} private key with its seed");

    private static PrivateKeyMaterial Material(
        KeySpec spec,
        SigningAlgorithmSpec algorithm,
        SeedEncoding encoding,
        int typicalSize,
        string description)
    {
        return new PrivateKeyMaterial(description, typicalSize, Generate, Read, static () => null);

        PrivateKey Generate(Func<ISignatureProvider> signatures)
        {
            Secret seed = Secret.Random(SeedEncoding.SeedSize);
            try
            {
                return new SeedKey(encoding, algorithm, seed, seed.Use(bytes => OpenPair(bytes, signatures)));
            }
            catch
            {
                seed.Dispose();
                throw;
            }
        }

        PrivateKey Read(ReadOnlySpan<byte> pkcs8, Func<ISignatureProvider> signatures)
        {
            (Secret seed, ISignatureKeyPair pair) = encoding.ReadPrivateKey(pkcs8, bytes => OpenPair(bytes, signatures));
            return new SeedKey(encoding, algorithm, seed, pair);
        }

        // The platform's ML-DSA is faster, accepts external mu, and keeps its secrets outside the managed heap.
        ISignatureKeyPair OpenPair(ReadOnlySpan<byte> seed, Func<ISignatureProvider> signatures) =>
            algorithm == SigningAlgorithmSpec.ML_DSA_SHAKE_256 && MLDsa.IsSupported
                ? new PlatformMlDsa(spec, seed)
                : signatures().Open(spec, seed);
    }
}
