using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>The format of the key material of a key spec, in the store and when it is imported.</summary>
internal abstract class MaterialFormat
{
    /// <summary>
    /// The usual length of importable material, in bytes. Material that does not fit RSAES-OAEP under a wrapping key must be imported with
    /// RSA_AES_KEY_WRAP.
    /// </summary>
    public abstract int TypicalSize { get; }

    /// <summary>Refuses keys that cannot be created here.</summary>
    /// <exception cref="KmsException">UnsupportedOperationException that says why.</exception>
    public virtual void RequireOffered()
    {
    }

    /// <summary>Generates new material.</summary>
    /// <param name="signatures">Provides the algorithms that .NET lacks; called only where one is needed.</param>
    public abstract Secret Generate(Func<ISignatureProvider> signatures);

    /// <summary>Checks imported material.</summary>
    /// <param name="given">The material as given.</param>
    /// <param name="signatures">Provides the algorithms that .NET lacks; called only where one is needed.</param>
    /// <returns>The material in the one form in which it is stored, so that the same key is recognized however it was encoded.</returns>
    /// <exception cref="KmsException">IncorrectKeyMaterialException.</exception>
    public abstract Secret Import(Secret given, Func<ISignatureProvider> signatures);
}

/// <summary>Random bytes: keys for AES and HMAC.</summary>
/// <param name="size">The length of generated material, and the shortest that can be imported.</param>
/// <param name="max">The longest that can be imported.</param>
internal sealed class RawMaterial(int size, int max) : MaterialFormat
{
    /// <summary>Material of one length.</summary>
    public RawMaterial(int size)
        : this(size, size)
    {
    }

    /// <inheritdoc/>
    public override int TypicalSize => size;

    /// <inheritdoc/>
    public override Secret Generate(Func<ISignatureProvider> signatures) => Secret.Random(size);

    /// <inheritdoc/>
    public override Secret Import(Secret given, Func<ISignatureProvider> signatures) => given.Length >= size && given.Length <= max
        ? given.Use(Secret.CopyOf)
        : throw KmsErrors.MalformedKeyMaterial(
            $"The key material has {given.Length} bytes; the key needs {(size == max ? $"{size}" : $"{size} to {max}")}.");
}

/// <summary>Private keys: PKCS#8 PrivateKeyInfo, DER (RFC 5208).</summary>
/// <param name="description">What the material is, with its article.</param>
/// <param name="typicalSize">The usual length of the encoding.</param>
/// <param name="generate">Generates a key pair.</param>
/// <param name="open">Reads a private key; throws CryptographicException when the key is of another kind.</param>
/// <param name="missing">Why the platform cannot generate such keys, or null when it can.</param>
internal sealed class PrivateKeyMaterial(
    string description,
    int typicalSize,
    Func<Func<ISignatureProvider>, PrivateKey> generate,
    PrivateKeyMaterial.Reader open,
    Func<string?> missing) : MaterialFormat
{
    /// <summary>Reads a private key.</summary>
    public delegate PrivateKey Reader(ReadOnlySpan<byte> pkcs8, Func<ISignatureProvider> signatures);

    /// <inheritdoc/>
    public override int TypicalSize => typicalSize;

    /// <inheritdoc/>
    public override void RequireOffered()
    {
        if (missing() is { } reason)
        {
            throw KmsErrors.Unsupported(reason);
        }
    }

    /// <inheritdoc/>
    public override Secret Generate(Func<ISignatureProvider> signatures)
    {
        using PrivateKey key = GeneratePair(signatures);
        return key.Export();
    }

    /// <summary>Generates a key pair.</summary>
    /// <exception cref="KmsException">UnsupportedOperationException: the platform cannot generate such keys.</exception>
    public PrivateKey GeneratePair(Func<ISignatureProvider> signatures)
    {
        RequireOffered();
        return generate(signatures);
    }

    /// <summary>Reads material from the store.</summary>
    public PrivateKey Open(Secret material, Func<ISignatureProvider> signatures) => material.Use(bytes => open(bytes, signatures));

    /// <inheritdoc/>
    public override Secret Import(Secret given, Func<ISignatureProvider> signatures)
    {
        try
        {
            using PrivateKey key = Open(given, signatures);
            return key.IsConsistent() ? key.Export() : throw Incorrect();
        }
        catch (Exception exception) when (exception is CryptographicException or PlatformNotSupportedException)
        {
            // The second is what the platform says of a curve that does not exist.
            throw Incorrect();
        }
    }

    private KmsException Incorrect() =>
        KmsErrors.MalformedKeyMaterial($"The key material is not {description} in PKCS #8 form (DER).");
}

/// <summary>Material of a kind that exists only in AWS.</summary>
/// <param name="reason">Why.</param>
internal sealed class MaterialNotOffered(string reason) : MaterialFormat
{
    /// <inheritdoc/>
    public override int TypicalSize => 0;

    /// <inheritdoc/>
    public override void RequireOffered() => throw KmsErrors.Unsupported(reason);

    /// <inheritdoc/>
    public override Secret Generate(Func<ISignatureProvider> signatures) => throw KmsErrors.Unsupported(reason);

    /// <inheritdoc/>
    public override Secret Import(Secret given, Func<ISignatureProvider> signatures) => throw KmsErrors.Unsupported(reason);
}
