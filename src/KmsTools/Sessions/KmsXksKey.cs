namespace KmsTools;

/// <summary>A key in a token, for an XKS proxy.</summary>
/// <param name="Label">Its label (CKA_LABEL).</param>
/// <param name="CkaId">Its CKA_ID in hexadecimal digits.</param>
/// <param name="TokenLabel">The label of the token.</param>
/// <param name="SerialNumber">The serial number of the token.</param>
/// <param name="Uri">The PKCS#11 URI (RFC 7512) of the key, with that of the token.</param>
/// <param name="Library">The PKCS#11 library.</param>
public sealed record KmsXksKey(string Label, string CkaId, string TokenLabel, string SerialNumber, string Uri, string Library)
{
    /// <summary>The label.</summary>
    public override string ToString() => Label;
}

/// <summary>A credential of a key store of an XKS proxy.</summary>
/// <param name="AccessKeyId">The access key ID.</param>
/// <param name="SecretFile">The file with the secret access key, which only its owner can read.</param>
public sealed record KmsXksCredential(string AccessKeyId, string SecretFile)
{
    /// <summary>The file.</summary>
    public override string ToString() => SecretFile;
}

/// <summary>A configuration of an XKS proxy that was written.</summary>
/// <param name="Path">The file.</param>
/// <param name="KeyStore">The name of its key store.</param>
/// <param name="UriPath">The path of the key store: the XksProxyUriPath of an external key store.</param>
/// <param name="AccessKeyId">The access key ID of its credential.</param>
/// <param name="SecretFile">The file with the secret access key, which only its owner can read.</param>
/// <param name="HostName">The host name of the certificate that was made; null if none was.</param>
/// <param name="Certificate">The file of the certificate that was made, which clients have to trust; null if none was.</param>
public sealed record KmsXksProxyConfiguration(
    string Path, string KeyStore, string UriPath, string AccessKeyId, string SecretFile, string? HostName, string? Certificate)
{
    /// <summary>The file.</summary>
    public override string ToString() => Path;
}
