using System.Collections.Immutable;

namespace KmsTools;

/// <summary>
/// How this store reaches the proxies of one host: what the API of AWS leaves to the Internet. It lets a proxy listen on any address and
/// port, with a certificate of any authority.
/// </summary>
public sealed record XksProxyAddress
{
    /// <summary>The port that AWS KMS connects to.</summary>
    internal const int DefaultPort = 443;

    /// <summary>How long AWS KMS waits for a proxy, in milliseconds.</summary>
    internal const int DefaultTimeout = 250;

    /// <summary>The host name as in XksProxyUriEndpoint, in lower case.</summary>
    public required string HostName { get; init; }

    /// <summary>Where connections go in place of the host: a host name or an IP address; null for the host itself.</summary>
    public string? Address { get; init; }

    /// <summary>The TCP port, 1-65535.</summary>
    public int Port { get; init; } = DefaultPort;

    /// <summary>
    /// The only root certificates (PEM) that the certificate of the proxy may lead to; empty for those of the operating system.
    /// </summary>
    public ImmutableArray<string> TrustAnchors { get; init; } = [];

    /// <summary>The path of a file with the client certificate and its key (PEM), for proxies that ask for one; or null.</summary>
    public string? ClientCertificatePath { get; init; }

    /// <summary>How long one attempt may take, in milliseconds, 50-30000. AWS KMS waits for 250.</summary>
    public int TimeoutInMilliseconds { get; init; } = DefaultTimeout;

    /// <summary>Whether both are the same, or both are missing.</summary>
    internal static bool AreSame(XksProxyAddress? left, XksProxyAddress? right) => left is null || right is null
        ? left is null && right is null
        : left with { TrustAnchors = right.TrustAnchors } == right && left.TrustAnchors.SequenceEqual(right.TrustAnchors);
}
