using System.Security.Cryptography;

namespace KmsTools.Cryptography;

/// <summary>
/// XAES-256-GCM: AES-256-GCM with 24-byte random nonces, safe for any number of messages under one key.
/// Source: C2SP, XAES-256-GCM (c2sp.org/XAES-256-GCM). A per-message key is derived from the first half of the nonce with
/// CMAC in counter mode (NIST SP 800-108), the second half is the nonce of AES-256-GCM.
/// </summary>
public sealed class Xaes256Gcm : IDisposable
{
    /// <summary>Key length in bytes.</summary>
    public const int KeySize = 32;

    /// <summary>Nonce length in bytes.</summary>
    public const int NonceSize = 24;

    /// <summary>Tag length in bytes.</summary>
    public const int TagSize = 16;

    /// <summary>The number of bytes by which a sealed message is longer than its plaintext: nonce and tag.</summary>
    public const int Overhead = NonceSize + TagSize;

    private const int BlockSize = 16;
    private const int HalfNonce = NonceSize / 2;

    private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(KeySize, pinned: true);
    private readonly byte[] _k1 = new byte[BlockSize];
    private KeyDerivation? _spare;

    /// <summary>Creates the cipher.</summary>
    /// <param name="key">32 bytes; the caller zeroes its own copy.</param>
    public Xaes256Gcm(ReadOnlySpan<byte> key)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(key.Length, KeySize);
        key.CopyTo(_key);
        _spare = new KeyDerivation(_key);

        // CMAC subkey K1 (NIST SP 800-38B): the encrypted zero block, doubled in GF(2^128).
        _spare.Encrypt(new byte[BlockSize], _k1);
        int carry = 0;
        for (int i = BlockSize - 1; i >= 0; i--)
        {
            int doubled = (_k1[i] << 1) | carry;
            carry = doubled >> 8;
            _k1[i] = unchecked((byte)doubled);
        }

        _k1[^1] ^= (byte)(carry * 0x87);
    }

    /// <summary>Encrypts under a fresh random nonce.</summary>
    /// <returns>nonce (24) || ciphertext || tag (16).</returns>
    public byte[] Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData)
    {
        byte[] output = new byte[plaintext.Length + Overhead];
        Seal(plaintext, additionalData, output);
        return output;
    }

    /// <summary>Encrypts under a fresh random nonce into a buffer of exactly plaintext length + 40 bytes.</summary>
    public void Seal(ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> output)
    {
        PublicRandom.Fill(output[..NonceSize]);
        Encrypt(output[..NonceSize], plaintext, additionalData, output[NonceSize..^TagSize], output[^TagSize..]);
    }

    /// <summary>Decrypts what <see cref="Seal(ReadOnlySpan{byte}, ReadOnlySpan{byte})"/> returned.</summary>
    /// <exception cref="CryptographicException">The message or the additional data were changed.</exception>
    public byte[] Open(ReadOnlySpan<byte> message, ReadOnlySpan<byte> additionalData)
    {
        byte[] plaintext = new byte[Math.Max(0, message.Length - Overhead)];
        Open(message, additionalData, plaintext);
        return plaintext;
    }

    /// <summary>Decrypts into a buffer of exactly message length - 40 bytes, which is zeroed on failure.</summary>
    /// <exception cref="CryptographicException">The message or the additional data were changed.</exception>
    public void Open(ReadOnlySpan<byte> message, ReadOnlySpan<byte> additionalData, Span<byte> plaintext)
    {
        if (message.Length < Overhead)
        {
            throw new CryptographicException("The message is too short.");
        }

        using AesGcm gcm = DeriveMessageCipher(message[..HalfNonce]);
        gcm.Decrypt(message[HalfNonce..NonceSize], message[NonceSize..^TagSize], message[^TagSize..], plaintext, additionalData);
    }

    /// <summary>Encrypts under a given nonce, which must never repeat under one key.</summary>
    internal void Encrypt(
        ReadOnlySpan<byte> nonce, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> ciphertext, Span<byte> tag)
    {
        using AesGcm gcm = DeriveMessageCipher(nonce[..HalfNonce]);
        gcm.Encrypt(nonce[HalfNonce..], plaintext, ciphertext, tag, additionalData);
    }

    /// <summary>Zeroes the key.</summary>
    public void Dispose()
    {
        Interlocked.Exchange(ref _spare, null)?.Dispose();
        CryptographicOperations.ZeroMemory(_key);
        CryptographicOperations.ZeroMemory(_k1);
    }

    private AesGcm DeriveMessageCipher(ReadOnlySpan<byte> firstHalf)
    {
        KeyDerivation derivation = Interlocked.Exchange(ref _spare, null) ?? new KeyDerivation(_key);
        try
        {
            return derivation.Derive(_k1, firstHalf);
        }
        finally
        {
            Interlocked.Exchange(ref _spare, derivation)?.Dispose();
        }
    }

    /// <summary>
    /// Derives the keys of messages, for one thread at a time. Kept for the next message: setting up AES costs more than the two blocks.
    /// </summary>
    private sealed class KeyDerivation : IDisposable
    {
        private readonly ICryptoTransform _encryptor;
        private readonly byte[] _blocks = new byte[2 * BlockSize];
        private readonly byte[] _key = GC.AllocateUninitializedArray<byte>(KeySize, pinned: true);

        public KeyDerivation(byte[] key)
        {
            using Aes aes = Aes.Create();
            aes.Mode = CipherMode.ECB;
            aes.Padding = PaddingMode.None;

            // Aes.Key would keep separate copies.
            _encryptor = aes.CreateEncryptor(key, null);
        }

        /// <summary>Encrypts whole blocks one by one.</summary>
        public void Encrypt(byte[] blocks, byte[] output) => _encryptor.TransformBlock(blocks, 0, blocks.Length, output, 0);

        /// <summary>AES-256-GCM under the key of a message.</summary>
        public AesGcm Derive(ReadOnlySpan<byte> k1, ReadOnlySpan<byte> firstHalf)
        {
            for (int counter = 1; counter <= 2; counter++)
            {
                Span<byte> block = _blocks.AsSpan((counter - 1) * BlockSize, BlockSize);
                block[0] = 0;
                block[1] = (byte)counter;
                block[2] = (byte)'X';
                block[3] = 0;
                firstHalf.CopyTo(block[4..]);
                for (int i = 0; i < BlockSize; i++)
                {
                    block[i] ^= k1[i];
                }
            }

            try
            {
                Encrypt(_blocks, _key);
                return new AesGcm(_key, TagSize);
            }
            finally
            {
                CryptographicOperations.ZeroMemory(_key);
                CryptographicOperations.ZeroMemory(_blocks);
            }
        }

        public void Dispose() => _encryptor.Dispose();
    }
}
