using System.Security.Cryptography;
using System.Text;
using KmsTools.Cryptography;

namespace KmsTools.Http;

/// <summary>A key of Signature Version 4, which signs within one scope. Safe for use by many threads. The key has no getter.</summary>
public sealed class SigningKey : IDisposable
{
    private const int MaxSecretOnStack = 256;

    private readonly HmacKey _key;

    private SigningKey(ReadOnlySpan<byte> key) => _key = new HmacKey(key);

    /// <summary>Derives the key that signs within a scope.</summary>
    /// <param name="secret">The secret access key, in UTF-8.</param>
    /// <param name="scope">The scope.</param>
    public static SigningKey Derive(ReadOnlySpan<byte> secret, in CredentialScope scope)
    {
        Span<byte> key = stackalloc byte[HMACSHA256.HashSizeInBytes];
        try
        {
            Derive(secret, scope, key);
            return new SigningKey(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose() => _key.Dispose();

    /// <summary>Derives the 32 bytes of a key.</summary>
    internal static void Derive(ReadOnlySpan<byte> secret, in CredentialScope scope, Span<byte> key)
    {
        int length = secret.Length + 4;
        Span<byte> prefixed = length <= MaxSecretOnStack ? stackalloc byte[length] : new byte[length];
        try
        {
            "AWS4"u8.CopyTo(prefixed);
            secret.CopyTo(prefixed[4..]);
            HMACSHA256.HashData(prefixed, Encoding.UTF8.GetBytes(scope.Date), key);
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(scope.Region), key);
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(scope.Service), key);
            HMACSHA256.HashData(key, "aws4_request"u8, key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(prefixed);
        }
    }

    /// <summary>Signs the text that stands for a request.</summary>
    /// <exception cref="ObjectDisposedException">The key is zeroed.</exception>
    internal void Sign(ReadOnlySpan<byte> text, Span<byte> signature) => _key.Compute(text, signature);
}
