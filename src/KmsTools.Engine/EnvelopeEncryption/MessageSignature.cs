using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;

namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// ECDSA P-384 with SHA-384 over header and body of a message, with a separate key pair whose public key is in the encryption context:
/// base64 of the compressed point (SEC 1, 2.3.3). The signature is DER (SEC 1, C.5). If the message is not signed, nothing happens.
/// </summary>
internal sealed class MessageSignature : IDisposable
{
    /// <summary>The longest signature in DER, in bytes.</summary>
    public const int MaxLength = 104;

    private const int CoordinateLength = 48;
    private const byte EvenY = 2;
    private const byte OddY = 3;

    // FIPS 186-5, P-384: y^2 = x^3 - 3x + b modulo p, and p = 3 modulo 4.
    private static readonly BigInteger P = Number(
        "fffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffeffffffff0000000000000000ffffffff");
    private static readonly BigInteger B = Number(
        "b3312fa7e23ee7e4988e056be3f82d19181d9c6efe8141120314088f5013875ac656398d8a2ed19d2a85c8edd3ec2aef");

    private readonly ECDsa? _key;
    private readonly BackgroundHash? _hash;

    private MessageSignature(ECDsa? key)
    {
        _key = key;
        _hash = key is null ? null : new BackgroundHash(HashAlgorithmName.SHA384);
    }

    /// <summary>The public key as it is in the encryption context; null when the message is not signed.</summary>
    public string? PublicKey { get; private init; }

    /// <summary>Creates the instance for a message that is written.</summary>
    public static MessageSignature Create(AlgorithmSuite suite)
    {
        if (!suite.IsSigned)
        {
            return new MessageSignature(null);
        }

        ECDsa key = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        ECPoint point = key.ExportParameters(includePrivateParameters: false).Q;
        return new MessageSignature(key) { PublicKey = Convert.ToBase64String([(point.Y![^1] & 1) == 0 ? EvenY : OddY, .. point.X!]) };
    }

    /// <summary>Creates the instance for a message that is read.</summary>
    /// <exception cref="EnvelopeException">The public key is missing, not valid, or present although the message is not signed.</exception>
    public static MessageSignature Of(MessageHeader header)
    {
        string? text = header.EncryptionContext.GetValueOrDefault(MessageHeader.PublicKeyName);
        if (!header.Suite.IsSigned)
        {
            return text is null
                ? new MessageSignature(null)
                : throw EnvelopeErrors.Malformed("it has the public key of a signature but is not signed");
        }

        ECPoint point = text is null ? throw EnvelopeErrors.Malformed("the public key of its signature is missing") : Decompress(text);
        try
        {
            return new MessageSignature(ECDsa.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP384, Q = point }))
            {
                PublicKey = text,
            };
        }
        catch (CryptographicException)
        {
            throw BadPublicKey();
        }
    }

    /// <summary>Adds the next bytes of the message.</summary>
    public void Append(ReadOnlySpan<byte> bytes) => _hash?.Append(bytes);

    /// <summary>Signs the bytes added so far.</summary>
    public byte[] Sign() => _key!.SignHash(_hash!.GetHash(), DSASignatureFormat.Rfc3279DerSequence);

    /// <summary>Whether this is the signature of the bytes added so far.</summary>
    public bool Verify(ReadOnlySpan<byte> signature) =>
        _key!.VerifyHash(_hash!.GetHash(), signature, DSASignatureFormat.Rfc3279DerSequence);

    /// <inheritdoc/>
    public void Dispose()
    {
        _key?.Dispose();
        _hash?.Dispose();
    }

    private static ECPoint Decompress(string text)
    {
        Span<byte> bytes = stackalloc byte[1 + CoordinateLength];
        if (!Convert.TryFromBase64String(text, bytes, out int length) || length != bytes.Length || bytes[0] is not (EvenY or OddY))
        {
            throw BadPublicKey();
        }

        BigInteger x = new(bytes[1..], isUnsigned: true, isBigEndian: true);
        BigInteger square = (BigInteger.ModPow(x, 3, P) + ((P - 3) * x) + B) % P;
        BigInteger y = BigInteger.ModPow(square, (P + 1) / 4, P);
        if (x >= P || y * y % P != square)
        {
            throw BadPublicKey();
        }

        if (y.IsEven != (bytes[0] == EvenY))
        {
            y = P - y;
        }

        byte[] yBytes = new byte[CoordinateLength];
        byte[] shortest = y.ToByteArray(isUnsigned: true, isBigEndian: true);
        shortest.CopyTo(yBytes, CoordinateLength - shortest.Length);
        return new ECPoint { X = bytes[1..].ToArray(), Y = yBytes };
    }

    private static EnvelopeException BadPublicKey() => EnvelopeErrors.Malformed("the public key of its signature is not a point of P-384");

    private static BigInteger Number(string hex) => BigInteger.Parse("0" + hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture);
}
