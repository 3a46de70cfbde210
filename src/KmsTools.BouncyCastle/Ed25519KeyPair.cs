using System.Security.Cryptography;
using KmsTools.Cryptography;
using Org.BouncyCastle.Math.EC.Rfc8032;

namespace KmsTools.BouncyCastle;

/// <summary>An Ed25519 key pair (RFC 8032): the pure algorithm and Ed25519ph.</summary>
/// <remarks>
/// The seed is kept only here, in memory that is zeroed. Bouncy Castle accepts it as a span; what it derives from it for one signature lies
/// on the stack or in arrays that it leaves to the garbage collector.
/// </remarks>
internal sealed class Ed25519KeyPair : ISignatureKeyPair
{
    // Ed25519ph differs from the pure algorithm by a context, even when the context is empty.
    private static readonly byte[] EmptyContext = [];

    private readonly byte[] _seed = GC.AllocateUninitializedArray<byte>(Ed25519.SecretKeySize, pinned: true);
    private readonly byte[] _publicKey = new byte[Ed25519.PublicKeySize];
    private readonly Ed25519.PublicPoint _publicPoint;

    public Ed25519KeyPair(ReadOnlySpan<byte> seed)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(seed.Length, Ed25519.SecretKeySize);
        _publicPoint = Ed25519.GeneratePublicKey(seed);
        Ed25519.EncodePublicPoint(_publicPoint, _publicKey);
        seed.CopyTo(_seed);
    }

    public byte[] PublicKey => [.. _publicKey];

    public byte[] Sign(SigningAlgorithmSpec algorithm, ReadOnlySpan<byte> input)
    {
        byte[] signature = new byte[Ed25519.SignatureSize];
        if (IsPreHash(algorithm))
        {
            Ed25519.SignPrehash(_seed, _publicKey, EmptyContext, input, signature);
        }
        else
        {
            // As an array, the public key would be mistaken for the context of Ed25519ctx.
            Ed25519.Sign(_seed, _publicKey.AsSpan(), input, signature);
        }

        return signature;
    }

    public bool Verify(SigningAlgorithmSpec algorithm, ReadOnlySpan<byte> input, ReadOnlySpan<byte> signature) =>
        signature.Length == Ed25519.SignatureSize
        && (IsPreHash(algorithm)
            ? Ed25519.VerifyPrehash(signature, _publicPoint, EmptyContext, input)
            : Ed25519.Verify(signature, _publicPoint, input));

    public void Dispose() => CryptographicOperations.ZeroMemory(_seed);

    private static bool IsPreHash(SigningAlgorithmSpec algorithm) => algorithm switch
    {
        SigningAlgorithmSpec.ED25519_SHA_512 => false,
        SigningAlgorithmSpec.ED25519_PH_SHA_512 => true,
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, null),
    };
}
