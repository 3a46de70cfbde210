using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11;

namespace KmsTools.XksProxy.Tokens;

/// <summary>The check of a token: encrypts and decrypts with its test key, or asks whether it answers where there is none.</summary>
/// <param name="key">The test key; null for none.</param>
/// <param name="leavesIv">Whether the token makes the IV and takes none.</param>
internal sealed class CheckWork(KeyName? key, bool leavesIv) : TokenWork
{
    protected override void Run(TokenClient token)
    {
        if (key is null)
        {
            token.Probe();
            return;
        }

        ReadOnlySpan<byte> plaintext = "KmsTools health."u8;
        Span<byte> message = stackalloc byte[16 + TokenClient.Overhead];
        Span<byte> again = stackalloc byte[16];
        token.Encrypt(key, plaintext, "health"u8, message, leavesIv);
        token.Decrypt(key, message, EncryptWork.IvSize, "health"u8, again);
        if (!CryptographicOperations.FixedTimeEquals(plaintext, again))
        {
            throw new HsmException(HsmFailure.Failed, "The test key decrypts to another plaintext.");
        }
    }

    protected override void Clear()
    {
    }
}
