using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>A key pair on a named elliptic curve: ECDSA (FIPS 186-5) and ECDH (NIST SP 800-56A).</summary>
internal sealed class EcKey : PrivateKey
{
    private readonly ECDsa _ecdsa = ECDsa.Create();
    private readonly ECDiffieHellman _ecdh = ECDiffieHellman.Create();

    private EcKey(ReadOnlySpan<byte> pkcs8, string curveOid)
    {
        try
        {
            _ecdsa.ImportPkcs8PrivateKey(pkcs8, out int read);
            _ecdh.ImportPkcs8PrivateKey(pkcs8, out _);
            if (read != pkcs8.Length || _ecdsa.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value != curveOid)
            {
                throw new CryptographicException();
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    protected override MessageToSign TestMessage =>
        MessageToSign.Hashed(SigningAlgorithmSpec.ECDSA_SHA_256, "pairwise consistency"u8.ToArray());

    /// <summary>The material of keys on a curve.</summary>
    public static MaterialFormat Material(string curveOid, string name, int typicalSize)
    {
        Lazy<string?> missing = new(() => Missing(curveOid, name));
        return new PrivateKeyMaterial(
            $"an elliptic curve private key on {name}",
            typicalSize,
            _ => Generate(curveOid),
            (pkcs8, _) => new EcKey(pkcs8, curveOid),
            () => missing.Value);
    }

    /// <summary>Reads the public key of the other party.</summary>
    /// <exception cref="KmsException">
    /// ValidationException: not SubjectPublicKeyInfo (DER), or not a point on the curve of this key.
    /// </exception>
    public static ECDiffieHellman ReadPeer(byte[] publicKey, string curveOid)
    {
        ECDiffieHellman peer = ECDiffieHellman.Create();
        try
        {
            peer.ImportSubjectPublicKeyInfo(publicKey, out int read);
            if (read != publicKey.Length)
            {
                throw KmsErrors.Validation("");
            }

            return peer.ExportParameters(includePrivateParameters: false).Curve.Oid?.Value == curveOid
                ? peer
                : throw KmsErrors.Validation("The public key is not on the elliptic curve of the KMS key.");
        }
        catch (Exception exception) when (exception is CryptographicException or PlatformNotSupportedException)
        {
            // The second is what the platform says of a curve that does not exist.
            peer.Dispose();

            // AWS returns no message.
            throw KmsErrors.Validation("");
        }
        catch
        {
            peer.Dispose();
            throw;
        }
    }

    /// <summary>Derives the shared secret: the raw x coordinate.</summary>
    public byte[] Derive(ECDiffieHellman peer) => _ecdh.DeriveRawSecretAgreement(peer.PublicKey);

    /// <inheritdoc/>
    public override Secret Export() => Secret.TakeOver(_ecdsa.ExportPkcs8PrivateKey());

    /// <inheritdoc/>
    public override byte[] ExportPublicKey() => _ecdsa.ExportSubjectPublicKeyInfo();

    /// <inheritdoc/>
    public override byte[] Sign(MessageToSign message) => _ecdsa.SignHash(message.Input, DSASignatureFormat.Rfc3279DerSequence);

    /// <inheritdoc/>
    public override bool Verify(MessageToSign message, byte[] signature) =>
        _ecdsa.VerifyHash(message.Input, signature, DSASignatureFormat.Rfc3279DerSequence);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _ecdsa.Dispose();
        _ecdh.Dispose();
    }

    private static EcKey Generate(string curveOid)
    {
        using ECDsa generated = ECDsa.Create(ECCurve.CreateFromValue(curveOid));
        using Secret pkcs8 = Secret.TakeOver(generated.ExportPkcs8PrivateKey());
        return pkcs8.Use(bytes => new EcKey(bytes, curveOid));
    }

    // macOS has no secp256k1.
    private static string? Missing(string curveOid, string name)
    {
        try
        {
            using ECDsa any = ECDsa.Create(ECCurve.CreateFromValue(curveOid));
            return null;
        }
        catch (Exception exception) when (exception is PlatformNotSupportedException or CryptographicException)
        {
            return $"Keys on {name} are not offered: the cryptography of this platform does not have the curve. Linux and Windows have it.";
        }
    }
}
