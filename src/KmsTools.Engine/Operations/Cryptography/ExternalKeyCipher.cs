using KmsTools.Cryptography;
using KmsTools.KeyStores;

namespace KmsTools.Operations;

/// <summary>
/// Encrypts twice: with the material of the KMS key, and the result with the external key, by its proxy. Decrypts in reverse order. The proxy
/// never sees a plaintext. Source: "External key stores", AWS KMS Developer Guide.
/// </summary>
internal sealed class ExternalKeyCipher(
    OperationContext context,
    Key key,
    EncryptionAlgorithmSpec algorithm,
    IReadOnlyDictionary<string, string>? encryptionContext) : KeyCipher(algorithm)
{
    /// <inheritdoc/>
    public override string? CurrentMaterialId => key.CurrentMaterial!.KeyMaterialId;

    /// <inheritdoc/>
    public override byte[] Encrypt(ReadOnlySpan<byte> plaintext)
    {
        SoftwareKeyStore software = context.Services.Software;
        byte[] header = context.Services.Cipher.HeaderOf(key).Bytes;
        byte[] authenticated = EncryptionContext.Append(header, encryptionContext);
        byte[] message = new byte[plaintext.Length + software.Overhead];
        software.Encrypt(key, key.CurrentMaterial!, plaintext, authenticated, message);
        if (message.Length > ExternalCiphertext.MaxMessage)
        {
            throw KmsErrors.Internal($"A message of {message.Length} bytes is too long for external key store proxies.");
        }

        byte[] additionalData = ExternalCiphertext.AdditionalData(header, key.XksKeyId!, authenticated);
        return ExternalCiphertext.Write(
            header,
            Call((proxies, target, metadata) => proxies.Encrypt(target, key.XksKeyId!, metadata, message, additionalData)));
    }

    /// <inheritdoc/>
    public override byte[] Decrypt(ReadOnlySpan<byte> ciphertext, out string? keyMaterialId)
    {
        CiphertextHeader header = context.Services.Cipher.ReadHeader(ciphertext);
        keyMaterialId = header.KeyMaterialId;
        if (key.FindMaterial(header.KeyMaterialId) is not { } material || ExternalCiphertext.Read(ciphertext) is not { } parts
            || parts.Ciphertext.Length < context.Services.Software.Overhead)
        {
            throw KmsErrors.InvalidCiphertext();
        }

        byte[] authenticated = EncryptionContext.Append(header.Bytes, encryptionContext);
        byte[] additionalData = ExternalCiphertext.AdditionalData(header.Bytes, key.XksKeyId!, authenticated);
        byte[] message = Call((proxies, target, metadata) => proxies.Decrypt(target, key.XksKeyId!, metadata, parts, additionalData));
        byte[] plaintext = GC.AllocateUninitializedArray<byte>(message.Length - context.Services.Software.Overhead);
        try
        {
            context.Services.Software.Decrypt(key, material, message, authenticated, plaintext);
            return plaintext;
        }
        catch (KmsException)
        {
            throw KmsErrors.ProxyDecryptedSomethingElse(key);
        }
    }

    private T Call<T>(Func<IXksClient, XksProxyTarget, XksRequestMetadata, T> call)
    {
        XksProxies proxies = context.Services.Proxies;
        try
        {
            return call(proxies.Client, proxies.TargetOf(key.CustomKeyStore!, context.State), CallMetadata.Of(context, key.Arn));
        }
        catch (XksException exception)
        {
            XksFault.Describe(context, exception);
            throw KmsErrors.ExternalKeyNotUsed(key, exception);
        }
    }
}
