using System.Security.Cryptography;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>AES-256-GCM of the base class library, with random nonces and one key. For one thread.</summary>
internal sealed class GcmCalls : IDisposable
{
    private readonly AesGcm _gcm = new(RandomNumberGenerator.GetBytes(32), AesGcm.TagByteSizes.MaxSize);
    private readonly byte[] _nonce = new byte[AesGcm.NonceByteSizes.MaxSize];
    private readonly byte[] _tag = new byte[AesGcm.TagByteSizes.MaxSize];
    private readonly byte[] _plaintext;
    private readonly byte[] _ciphertext;

    public GcmCalls(byte[] plaintext)
    {
        _plaintext = [.. plaintext];
        _ciphertext = new byte[plaintext.Length];
        Encrypt();
    }

    public void Encrypt()
    {
        RandomNumberGenerator.Fill(_nonce);
        _gcm.Encrypt(_nonce, _plaintext, _ciphertext, _tag);
    }

    public void Decrypt() => _gcm.Decrypt(_nonce, _ciphertext, _tag, _plaintext);

    public void GenerateDataKey()
    {
        RandomNumberGenerator.Fill(_plaintext);
        Encrypt();
    }

    public void Dispose() => _gcm.Dispose();
}
