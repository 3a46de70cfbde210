using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace KmsTools.Cryptography;

/// <summary>
/// An import token: the private half of a wrapping key, valid for one KMS key and 24 hours, sealed so that only this store can open it.
/// Nothing is kept in the store. Layout inside the seal: expiry in Unix milliseconds (8 bytes, big-endian), algorithm (1 byte), length
/// of the key ARN (2 bytes), key ARN, PKCS#8 private key.
/// </summary>
internal static class ImportToken
{
    /// <summary>How long a token is valid.</summary>
    public static readonly TimeSpan Lifetime = TimeSpan.FromHours(24);

    private const string Purpose = "import";

    private const int FixedSize = 8 + 1 + 2;

    /// <summary>Generates a token.</summary>
    public static byte[] Seal(StoreSecrets secrets, Key key, AlgorithmSpec algorithm, RSA wrappingKey, DateTimeOffset validTo)
    {
        byte[] privateKey = wrappingKey.ExportPkcs8PrivateKey();
        byte[] arn = Encoding.UTF8.GetBytes(key.Arn);
        byte[] token = new byte[FixedSize + arn.Length + privateKey.Length];
        try
        {
            BinaryPrimitives.WriteInt64BigEndian(token, validTo.ToUnixTimeMilliseconds());
            token[8] = (byte)algorithm;
            BinaryPrimitives.WriteUInt16BigEndian(token.AsSpan(9), (ushort)arn.Length);
            arn.CopyTo(token.AsSpan(FixedSize));
            privateKey.CopyTo(token.AsSpan(FixedSize + arn.Length));
            return secrets.SealToken(token, Purpose);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(privateKey);
            CryptographicOperations.ZeroMemory(token);
        }
    }

    /// <summary>Unwraps key material with the private key in a token.</summary>
    /// <exception cref="KmsException">
    /// InvalidImportTokenException: not a token for this key. ExpiredImportTokenException: older than 24 hours.
    /// InvalidCiphertextException: the material was not wrapped with the token's public key.
    /// </exception>
    public static Secret Unwrap(StoreSecrets secrets, Key key, byte[] token, byte[] wrapped, DateTimeOffset now)
    {
        Secret content;
        try
        {
            content = secrets.OpenToken(token, Purpose);
        }
        catch (CryptographicException)
        {
            throw KmsErrors.InvalidImportToken();
        }

        using (content)
        {
            return content.Use(bytes =>
            {
                int arnLength = BinaryPrimitives.ReadUInt16BigEndian(bytes[9..]);
                if (Encoding.UTF8.GetString(bytes.Slice(FixedSize, arnLength)) != key.Arn)
                {
                    throw KmsErrors.InvalidImportToken();
                }

                if (BinaryPrimitives.ReadInt64BigEndian(bytes) <= now.ToUnixTimeMilliseconds())
                {
                    throw KmsErrors.ExpiredImportToken();
                }

                using RSA wrappingKey = RSA.Create();
                wrappingKey.ImportPkcs8PrivateKey(bytes[(FixedSize + arnLength)..], out _);
                return MaterialWrapping.Unwrap(wrappingKey, (AlgorithmSpec)bytes[8], wrapped);
            });
        }
    }
}
