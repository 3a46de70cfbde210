using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Http;

/// <summary>Derives the keys of Signature Version 4.</summary>
public static class SigningKey
{
    private const int MaxSecretOnStack = 256;

    /// <summary>Derives the key that signs within a scope.</summary>
    /// <param name="secret">The secret access key, in UTF-8.</param>
    /// <param name="scope">The scope.</param>
    /// <returns>32 bytes, which are a secret too.</returns>
    public static byte[] Derive(ReadOnlySpan<byte> secret, in CredentialScope scope)
    {
        int length = secret.Length + 4;
        Span<byte> prefixed = length <= MaxSecretOnStack ? stackalloc byte[length] : new byte[length];
        Span<byte> key = stackalloc byte[HMACSHA256.HashSizeInBytes];
        try
        {
            "AWS4"u8.CopyTo(prefixed);
            secret.CopyTo(prefixed[4..]);
            HMACSHA256.HashData(prefixed, Encoding.UTF8.GetBytes(scope.Date), key);
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(scope.Region), key);
            HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(scope.Service), key);
            return HMACSHA256.HashData(key, "aws4_request"u8);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(prefixed);
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
