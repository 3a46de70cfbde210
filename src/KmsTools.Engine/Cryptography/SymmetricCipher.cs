using KmsTools.KeyStores;

namespace KmsTools.Cryptography;

/// <summary>Encrypts and decrypts with symmetric KMS keys: the ciphertext blob around the message that a key store seals.</summary>
internal sealed class SymmetricCipher(StoreSecrets secrets, SoftwareKeyStore software, HsmKeyStore hsm)
{
    private readonly CiphertextHeaders _headers = new(secrets);

    /// <summary>The header of ciphertexts made with the current material of a key.</summary>
    public CiphertextHeader HeaderOf(Key key) => _headers.Of(key.KeyId, key.CurrentMaterial!.KeyMaterialId);

    /// <summary>Encrypts under the current material of a key.</summary>
    /// <returns>A ciphertext blob: header and sealed message.</returns>
    public byte[] Encrypt(Key key, ReadOnlySpan<byte> plaintext, IReadOnlyDictionary<string, string>? encryptionContext)
    {
        KeyMaterial material = key.CurrentMaterial!;
        IKeyStore keyStore = StoreOf(key);
        byte[] header = _headers.Of(key.KeyId, material.KeyMaterialId).Bytes;
        byte[] blob = new byte[header.Length + plaintext.Length + keyStore.Overhead];
        header.CopyTo(blob, 0);
        byte[] authenticated = EncryptionContext.Append(header, encryptionContext);
        keyStore.Encrypt(key, material, plaintext, authenticated, blob.AsSpan(header.Length));
        return blob;
    }

    /// <summary>Reads from a blob which key encrypted it.</summary>
    /// <exception cref="KmsException">InvalidCiphertextException: the blob is damaged or was not created by this store.</exception>
    public CiphertextHeader ReadHeader(ReadOnlySpan<byte> blob) => _headers.Read(blob) ?? throw KmsErrors.InvalidCiphertext();

    /// <summary>Decrypts a blob with the material that encrypted it.</summary>
    /// <exception cref="KmsException">InvalidCiphertextException, whatever is wrong with the blob or the encryption context.</exception>
    public byte[] Decrypt(
        Key key,
        ReadOnlySpan<byte> blob,
        IReadOnlyDictionary<string, string>? encryptionContext,
        out string keyMaterialId)
    {
        CiphertextHeader header = ReadHeader(blob);
        keyMaterialId = header.KeyMaterialId;
        IKeyStore keyStore = StoreOf(key);
        int length = blob.Length - CiphertextHeader.Size - keyStore.Overhead;
        if (length < 0 || key.FindMaterial(keyMaterialId) is not { } material)
        {
            throw KmsErrors.InvalidCiphertext();
        }

        byte[] authenticated = EncryptionContext.Append(header.Bytes, encryptionContext);
        byte[] plaintext = GC.AllocateUninitializedArray<byte>(length);
        keyStore.Decrypt(key, material, blob[CiphertextHeader.Size..], authenticated, plaintext);
        return plaintext;
    }

    private IKeyStore StoreOf(Key key) => key.IsInHsms ? hsm : software;
}
