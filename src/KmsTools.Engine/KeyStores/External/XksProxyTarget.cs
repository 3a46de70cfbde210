using System.Collections.Immutable;

namespace KmsTools.KeyStores;

/// <summary>
/// An external key store proxy, and how this store reaches it. The engine hands over the same instance as long as nothing about it
/// changes, so that connections and signing keys can be kept with it.
/// </summary>
public sealed class XksProxyTarget
{
    /// <summary>The external key store.</summary>
    public required string CustomKeyStoreId { get; init; }

    /// <summary>The host name of the proxy, as in XksProxyUriEndpoint: in the Host header, and checked against the certificate.</summary>
    public required string Host { get; init; }

    /// <summary>The path of the proxy API, such as <c>/example/kms/xks/v1</c>.</summary>
    public required string UriPath { get; init; }

    /// <summary>The Region that requests are signed for: that of the key store.</summary>
    public required string Region { get; init; }

    /// <summary>The credential that requests are signed with.</summary>
    public required XksCredential Credential { get; init; }

    /// <summary>
    /// Where connections are made to in place of the host: a host name or an IP address; null for the host itself. The name in requests
    /// and of the certificate stays that of the host.
    /// </summary>
    public string? Address { get; init; }

    /// <summary>The TCP port. The API of AWS knows 443 only.</summary>
    public int Port { get; init; } = 443;

    /// <summary>
    /// The only root certificates (PEM) that the certificate of the proxy may lead to; empty for those of the operating system.
    /// </summary>
    public ImmutableArray<string> TrustAnchors { get; init; } = [];

    /// <summary>The path of a file with the client certificate and its key (PEM), for proxies that ask for one; or null.</summary>
    public string? ClientCertificatePath { get; init; }

    /// <summary>How long one attempt may take, connecting included. AWS KMS waits for 250 milliseconds.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromMilliseconds(250);

    /// <summary>The ID of the key store and the host.</summary>
    public override string ToString() => $"{CustomKeyStoreId} ({Host})";
}
