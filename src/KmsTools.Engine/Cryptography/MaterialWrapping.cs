using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>
/// Wraps key material for import, and unwraps it. RSAES-OAEP is RFC 8017 with an empty label; RSA_AES_KEY_WRAP is RSAES-OAEP over a
/// fresh AES-256 key, followed by the material under that key with AES-KWP (RFC 5649), as CKM_RSA_AES_KEY_WRAP of PKCS#11.
/// </summary>
public static class MaterialWrapping
{
    private const int AesKeySize = 32;

    /// <summary>The size of a wrapping key, in bits.</summary>
    /// <exception cref="KmsException">UnsupportedOperationException: SM2 is offered in China Regions of AWS only.</exception>
    public static int KeySize(WrappingKeySpec spec) => spec switch
    {
        WrappingKeySpec.RSA_2048 => 2048,
        WrappingKeySpec.RSA_3072 => 3072,
        WrappingKeySpec.RSA_4096 => 4096,
        _ => throw KmsErrors.Unsupported($"Wrapping key spec {spec} is not supported."),
    };

    /// <summary>Refuses algorithms that are withdrawn, not offered, or unable to wrap the material of a key.</summary>
    /// <remarks>
    /// AWS names two cases: RSA private keys never go directly under RSAES-OAEP, and those on P-521 not under RSA_2048.
    /// </remarks>
    /// <exception cref="KmsException">UnsupportedOperationException.</exception>
    internal static void Require(AlgorithmSpec algorithm, WrappingKeySpec wrappingKeySpec, Key key)
    {
        RSAEncryptionPadding padding = Padding(algorithm);
        if (!IsTwoStep(algorithm) && key.KeySpec.Material.TypicalSize > RsaKey.MaxPlaintext(KeySize(wrappingKeySpec), padding))
        {
            throw KmsErrors.Unsupported(
                $"Wrapping algorithm {algorithm} with wrapping key spec {wrappingKeySpec} cannot wrap the key material of {key.Arn}, "
                    + $"whose key spec is {key.KeySpec}. Use RSA_AES_KEY_WRAP_SHA_256.",
                key.Arn);
        }
    }

    /// <summary>The longest key material that an algorithm wraps; null where it wraps any.</summary>
    /// <param name="publicKey">SubjectPublicKeyInfo (DER), as GetParametersForImport returns it.</param>
    /// <param name="algorithm">The algorithm that was requested from GetParametersForImport.</param>
    /// <exception cref="CryptographicException">The public key is not valid.</exception>
    public static int? MaxSize(ReadOnlySpan<byte> publicKey, AlgorithmSpec algorithm)
    {
        using RSA wrappingKey = RSA.Create();
        wrappingKey.ImportSubjectPublicKeyInfo(publicKey, out _);
        RSAEncryptionPadding padding = Padding(algorithm);
        return IsTwoStep(algorithm) ? null : RsaKey.MaxPlaintext(wrappingKey.KeySize, padding);
    }

    /// <summary>Wraps key material under the public key of an import.</summary>
    /// <param name="publicKey">SubjectPublicKeyInfo (DER), as GetParametersForImport returns it.</param>
    /// <param name="algorithm">The algorithm that was requested from GetParametersForImport.</param>
    /// <param name="material">The bytes; the caller zeroes them.</param>
    /// <exception cref="CryptographicException">The material is too long for the algorithm, or the public key is not valid.</exception>
    public static byte[] Wrap(ReadOnlySpan<byte> publicKey, AlgorithmSpec algorithm, ReadOnlySpan<byte> material)
    {
        using RSA wrappingKey = RSA.Create();
        wrappingKey.ImportSubjectPublicKeyInfo(publicKey, out _);
        RSAEncryptionPadding padding = Padding(algorithm);
        if (!IsTwoStep(algorithm))
        {
            return wrappingKey.Encrypt(material, padding);
        }

        using Secret aesKey = Secret.Random(AesKeySize);
        using Aes aes = CreateAes(aesKey);
        return [.. aesKey.Use(bytes => wrappingKey.Encrypt(bytes, padding)), .. aes.EncryptKeyWrapPadded(material)];
    }

    /// <summary>Unwraps key material with the private key of an import.</summary>
    /// <exception cref="KmsException">InvalidCiphertextException, regardless of the cause.</exception>
    internal static Secret Unwrap(RSA wrappingKey, AlgorithmSpec algorithm, byte[] wrapped)
    {
        try
        {
            RSAEncryptionPadding padding = Padding(algorithm);
            if (!IsTwoStep(algorithm))
            {
                return Secret.TakeOver(wrappingKey.Decrypt(wrapped, padding));
            }

            int rsaLength = wrappingKey.KeySize / 8;
            if (wrapped.Length <= rsaLength)
            {
                throw KmsErrors.InvalidCiphertext();
            }

            using Secret aesKey = Secret.TakeOver(wrappingKey.Decrypt(wrapped.AsSpan(0, rsaLength), padding));
            using Aes aes = CreateAes(aesKey);
            return Secret.TakeOver(aes.DecryptKeyWrapPadded(wrapped.AsSpan(rsaLength)));
        }
        catch (Exception exception) when (exception is CryptographicException or ArgumentException)
        {
            throw KmsErrors.InvalidCiphertext();
        }
    }

    private static bool IsTwoStep(AlgorithmSpec algorithm) =>
        algorithm is AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_1 or AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256;

    private static RSAEncryptionPadding Padding(AlgorithmSpec algorithm) => algorithm switch
    {
        AlgorithmSpec.RSAES_OAEP_SHA_1 or AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_1 => RSAEncryptionPadding.OaepSHA1,
        AlgorithmSpec.RSAES_OAEP_SHA_256 or AlgorithmSpec.RSA_AES_KEY_WRAP_SHA_256 => RSAEncryptionPadding.OaepSHA256,
        _ => throw KmsErrors.Unsupported($"Wrapping algorithm {algorithm} is not supported."),
    };

    private static Aes CreateAes(Secret key)
    {
        Aes aes = Aes.Create();
        key.Use(bytes =>
        {
            byte[] copy = bytes.ToArray();
            try
            {
                aes.Key = copy;
            }
            finally
            {
                CryptographicOperations.ZeroMemory(copy);
            }
        });
        return aes;
    }
}
