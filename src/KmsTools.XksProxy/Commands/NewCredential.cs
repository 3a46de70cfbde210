using System.Buffers.Text;
using System.Security.Cryptography;

namespace KmsTools.XksProxy.Commands;

/// <summary>A credential that was made, whose secret access key is in a file. Source of the forms: XKS proxy API 1.0.3.</summary>
/// <param name="AccessKeyId">20 characters of A to Z and 2 to 7.</param>
internal sealed record NewCredential(string AccessKeyId)
{
    private const string Alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    private const int IdLength = 20;
    private const int SecretSize = 32;

    /// <summary>Makes one of 256 random bits.</summary>
    /// <param name="secretFile">The new file that receives the secret access key, in base64.</param>
    /// <exception cref="IOException">The file exists, or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">The file cannot be written.</exception>
    public static NewCredential Create(string secretFile)
    {
        byte[] secret = GC.AllocateUninitializedArray<byte>(Base64.GetMaxEncodedToUtf8Length(SecretSize), pinned: true);
        try
        {
            RandomNumberGenerator.Fill(secret.AsSpan(0, SecretSize));
            Base64.EncodeToUtf8InPlace(secret, SecretSize, out _);
            OwnerOnlyFile.Write(secretFile, secret);
            return new NewCredential(RandomNumberGenerator.GetString(Alphabet, IdLength));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(secret);
        }
    }
}
