using System.Security.Cryptography;
using KmsTools.Cryptography;
using Org.BouncyCastle.Crypto.Parameters;
using Org.BouncyCastle.Crypto.Signers;

namespace KmsTools.BouncyCastle;

/// <summary>An ML-DSA key pair (FIPS 204) with an empty context. Signatures are hedged, which is the default of the standard.</summary>
/// <remarks>
/// Bouncy Castle keeps copies of the seed and of the expanded private key in arrays that no caller can access and that it never zeroes:
/// they stay until the garbage collector reuses their memory.
/// </remarks>
internal sealed class MlDsaKeyPair : ISignatureKeyPair
{
    private readonly MLDsaParameters _parameters;
    private readonly MLDsaPrivateKeyParameters _privateKey;
    private readonly MLDsaPublicKeyParameters _publicKey;

    public MlDsaKeyPair(KeySpec spec, ReadOnlySpan<byte> seed)
    {
        _parameters = spec switch
        {
            KeySpec.ML_DSA_44 => MLDsaParameters.ml_dsa_44,
            KeySpec.ML_DSA_65 => MLDsaParameters.ml_dsa_65,
            KeySpec.ML_DSA_87 => MLDsaParameters.ml_dsa_87,
            _ => throw new ArgumentOutOfRangeException(nameof(spec), spec, null),
        };
        byte[] copy = seed.ToArray();
        try
        {
            _privateKey = MLDsaPrivateKeyParameters.FromSeed(_parameters, copy);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }

        _publicKey = _privateKey.GetPublicKey();
    }

    public byte[] PublicKey => _publicKey.GetEncoded();

    public byte[] Sign(SigningAlgorithmSpec algorithm, ReadOnlySpan<byte> input) =>
        Start(algorithm, _privateKey, input).GenerateSignature();

    public bool Verify(SigningAlgorithmSpec algorithm, ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature) =>
        Start(algorithm, _publicKey, input).VerifySignature(signature.ToArray());

    public void Dispose()
    {
        // There is nothing that can be zeroed.
    }

    private MLDsaSigner Start(SigningAlgorithmSpec algorithm, MLDsaKeyParameters key, ReadOnlySpan<byte> input)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(algorithm, SigningAlgorithmSpec.ML_DSA_SHAKE_256);
        MLDsaSigner signer = new(_parameters, deterministic: false);
        signer.Init(key.IsPrivate, key);
        signer.BlockUpdate(input);
        return signer;
    }
}
