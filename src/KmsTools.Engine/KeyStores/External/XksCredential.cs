using KmsTools.Cryptography;

namespace KmsTools.KeyStores;

/// <summary>The credential that requests to a proxy are signed with (Signature Version 4). The secret has no getter.</summary>
/// <param name="accessKeyId">20-30 characters of <c>[A-Z2-7]</c>. Kept out of logs.</param>
/// <param name="secretAccessKey">43-64 characters of Base64 (UTF-8); disposed of with the credential.</param>
public sealed class XksCredential(string accessKeyId, Secret secretAccessKey) : IDisposable
{
    /// <summary>The access key ID. Kept out of logs, events and errors.</summary>
    public string AccessKeyId { get; } = accessKeyId;

    /// <summary>Computes something from the secret access key while it is lent.</summary>
    public T UseSecret<T>(Secret.SecretFunction<T> function) => secretAccessKey.Use(function);

    /// <inheritdoc/>
    public void Dispose() => secretAccessKey.Dispose();

    /// <summary>Says nothing about the credential.</summary>
    public override string ToString() => nameof(XksCredential);
}
