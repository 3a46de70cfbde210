using System.Formats.Asn1;
using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>
/// The encoding of key pairs that are derived from a seed: Ed25519 (RFC 8410) and ML-DSA (RFC 9881, where the private key is the seed). The
/// same on every platform, so that a store opens on any of them.
/// </summary>
/// <param name="oid">The object identifier of the algorithm; it has no parameters.</param>
/// <param name="expandedSize">The length of the expanded private key of FIPS 204; 0 for Ed25519.</param>
internal sealed class SeedEncoding(string oid, int expandedSize)
{
    /// <summary>The bytes of a seed.</summary>
    public const int SeedSize = 32;

    // More than any encoding here has besides the seed: the writer never copies the seed to a larger buffer.
    private const int Room = 128;

    private static readonly Asn1Tag Seed = new(TagClass.ContextSpecific, 0);
    private static readonly Asn1Tag Attributes = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag PublicKey = new(TagClass.ContextSpecific, 1);

    private bool IsMlDsa => expandedSize > 0;

    /// <summary>The private key: PKCS#8, version 1, with the seed alone. 48 bytes for Ed25519, 54 for ML-DSA.</summary>
    public Secret WritePrivateKey(Secret seed)
    {
        byte[] privateKey = new byte[SeedSize + 2];
        AsnWriter writer = new(AsnEncodingRules.DER, Room);
        try
        {
            // Both have a tag and a length of one byte each.
            privateKey[0] = (byte)(IsMlDsa ? 0x80 : 0x04);
            privateKey[1] = SeedSize;
            seed.Use(bytes => bytes.CopyTo(privateKey.AsSpan(2)));
            using (writer.PushSequence())
            {
                writer.WriteInteger(0);
                WriteAlgorithm(writer);
                writer.WriteOctetString(privateKey);
            }

            return Secret.TakeOver(writer.Encode());
        }
        finally
        {
            writer.Reset();
            CryptographicOperations.ZeroMemory(privateKey);
        }
    }

    /// <summary>The public key: SubjectPublicKeyInfo.</summary>
    public byte[] WritePublicKey(byte[] publicKey)
    {
        AsnWriter writer = new(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            WriteAlgorithm(writer);
            writer.WriteBitString(publicKey);
        }

        return writer.Encode();
    }

    /// <summary>Reads a private key: PKCS#8, version 1 or, with the public key behind the private one, 2 (RFC 5958).</summary>
    /// <param name="pkcs8">The encoding, DER.</param>
    /// <param name="open">Generates the key pair of a seed.</param>
    /// <returns>The seed and its key pair; the caller disposes both.</returns>
    /// <exception cref="CryptographicException">
    /// A key of another kind, one without its seed, or one whose other parts do not belong to the seed.
    /// </exception>
    public (Secret Seed, ISignatureKeyPair Pair) ReadPrivateKey(ReadOnlySpan<byte> pkcs8, Secret.SecretFunction<ISignatureKeyPair> open)
    {
        byte[] copy = pkcs8.ToArray();
        try
        {
            Parts parts = Read(copy);
            Secret seed = Secret.CopyOf(parts.Seed.Span);
            ISignatureKeyPair? pair = null;
            try
            {
                pair = seed.Use(open);
                return parts.BelongTo(pair.PublicKey) ? (seed, pair) : throw new CryptographicException();
            }
            catch
            {
                pair?.Dispose();
                seed.Dispose();
                throw;
            }
        }
        catch (AsnContentException exception)
        {
            throw new CryptographicException(exception.Message, exception);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(copy);
        }
    }

    private Parts Read(byte[] pkcs8)
    {
        AsnReader reader = new(pkcs8, AsnEncodingRules.DER);
        AsnReader key = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        Require(key.TryReadInt32(out int version) && version is 0 or 1);
        AsnReader algorithm = key.ReadSequence();
        Require(algorithm.ReadObjectIdentifier() == oid && !algorithm.HasData);
        ReadOnlyMemory<byte> privateKey = ReadBytes(key, Asn1Tag.PrimitiveOctetString);
        if (key.HasData && key.PeekTag() == Attributes)
        {
            key.ReadSetOf(Attributes);
        }

        ReadOnlyMemory<byte>? publicKey = null;
        if (version == 1 && key.HasData)
        {
            Require(key.TryReadPrimitiveBitString(out int unused, out ReadOnlyMemory<byte> bits, PublicKey) && unused == 0);
            publicKey = bits;
        }

        key.ThrowIfNotEmpty();
        return ReadSeed(privateKey) with { PublicKey = publicKey };
    }

    private Parts ReadSeed(ReadOnlyMemory<byte> privateKey)
    {
        AsnReader reader = new(privateKey, AsnEncodingRules.DER);
        Parts parts;
        if (!IsMlDsa)
        {
            parts = new Parts(ReadBytes(reader, Asn1Tag.PrimitiveOctetString), null, null);
        }
        else if (reader.PeekTag() == Asn1Tag.Sequence)
        {
            AsnReader both = reader.ReadSequence();
            parts = new Parts(ReadBytes(both, Asn1Tag.PrimitiveOctetString), ReadBytes(both, Asn1Tag.PrimitiveOctetString), null);
            both.ThrowIfNotEmpty();
        }
        else
        {
            parts = new Parts(ReadBytes(reader, Seed), null, null);
        }

        reader.ThrowIfNotEmpty();
        Require(parts.Seed.Length == SeedSize && (parts.Expanded is null || parts.Expanded.Value.Length == expandedSize));
        return parts;
    }

    private void WriteAlgorithm(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(oid);
        }
    }

    private static ReadOnlyMemory<byte> ReadBytes(AsnReader reader, Asn1Tag tag) =>
        reader.TryReadPrimitiveOctetString(out ReadOnlyMemory<byte> bytes, tag) ? bytes : throw new CryptographicException();

    private static void Require(bool condition)
    {
        if (!condition)
        {
            throw new CryptographicException();
        }
    }

    /// <summary>What an encoding contains about a key pair.</summary>
    private readonly record struct Parts(ReadOnlyMemory<byte> Seed, ReadOnlyMemory<byte>? Expanded, ReadOnlyMemory<byte>? PublicKey)
    {
        // An expanded private key begins with rho, as its public key does (FIPS 204, algorithms 22 and 24). It is not used otherwise.
        public bool BelongTo(byte[] publicKey) =>
            (PublicKey is not { } given || given.Span.SequenceEqual(publicKey))
            && (Expanded is not { } expanded || expanded.Span[..SeedSize].SequenceEqual(publicKey.AsSpan(0, SeedSize)));
    }
}
