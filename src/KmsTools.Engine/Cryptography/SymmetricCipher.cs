using KmsTools.KeyStores;

namespace KmsTools.Cryptography;

/// <summary>Encrypts and decrypts with symmetric KMS keys: the ciphertext blob around what a key store seals.</summary>
internal sealed class SymmetricCipher(RootKey rootKey, SoftwareKeyStore software, HsmKeyStore hsm)
{
    /// <summary>Encrypts under the current material of a key.</summary>
    /// <returns>A ciphertext blob: header and sealed message.</returns>
    public byte[] Encrypt(Key key, ReadOnlySpan<byte> plaintext, IReadOnlyDictionary<string, string>? encryptionContext)
    {
        KeyMaterial material = key.CurrentMaterial!;
        IKeyStore keyStore = StoreOf(key);
        byte[] blob = new byte[CiphertextHeader.Size + plaintext.Length + keyStore.Overhead];
        new CiphertextHeader(key.KeyId, material.KeyMaterialId).Write(rootKey, blob);
        byte[] authenticated = EncryptionContext.Append(blob.AsSpan(0, CiphertextHeader.Size), encryptionContext);
        keyStore.Encrypt(key, material, plaintext, authenticated, blob.AsSpan(CiphertextHeader.Size));
        return blob;
    }

    /// <summary>Reads which key made a blob.</summary>
    /// <exception cref="KmsException">InvalidCiphertextException: the blob is damaged or was not made by this store.</exception>
    public CiphertextHeader ReadHeader(ReadOnlySpan<byte> blob) =>
        CiphertextHeader.TryRead(rootKey, blob, out CiphertextHeader header) ? header : throw KmsErrors.InvalidCiphertext();

    /// <summary>Decrypts a blob with the material that made it.</summary>
    /// <exception cref="KmsException">InvalidCiphertextException, whatever is wrong with the blob or the encryption context.</exception>
    public byte[] Decrypt(Key key, ReadOnlySpan<byte> blob, IReadOnlyDictionary<string, string>? encryptionContext, out string keyMaterialId)
    {
        keyMaterialId = ReadHeader(blob).KeyMaterialId;
        IKeyStore keyStore = StoreOf(key);
        int length = blob.Length - CiphertextHeader.Size - keyStore.Overhead;
        if (length < 0 || key.FindMaterial(keyMaterialId) is not { } material)
        {
            throw KmsErrors.InvalidCiphertext();
        }

        byte[] authenticated = EncryptionContext.Append(blob[..CiphertextHeader.Size], encryptionContext);
        byte[] plaintext = GC.AllocateUninitializedArray<byte>(length);
        keyStore.Decrypt(key, material, blob[CiphertextHeader.Size..], authenticated, plaintext);
        return plaintext;
    }

    private IKeyStore StoreOf(Key key) => key.CustomKeyStoreId is null ? software : hsm;
}
