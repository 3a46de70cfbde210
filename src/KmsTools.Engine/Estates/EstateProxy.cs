using System.Collections.Immutable;

namespace KmsTools.Estates;

/// <summary>The proxy of an external key store. A member that is null is left as it is in an existing store.</summary>
public sealed record EstateProxy
{
    /// <summary>Where it begins in the text.</summary>
    public SourcePosition Position { get; init; }

    /// <summary>How it is reached. Null is PUBLIC_ENDPOINT for a new store.</summary>
    public Located<XksProxyConnectivityType>? Connectivity { get; init; }

    /// <summary>The endpoint: <c>https://</c> and the host name.</summary>
    public required Located<string> UriEndpoint { get; init; }

    /// <summary>The path of the proxy API, such as <c>/example/kms/xks/v1</c>.</summary>
    public required Located<string> UriPath { get; init; }

    /// <summary>The VPC endpoint service, with connectivity VPC_ENDPOINT_SERVICE.</summary>
    public Located<string>? VpcEndpointServiceName { get; init; }

    /// <summary>The account that owns the VPC endpoint service. Null is the account of the store for a new key store.</summary>
    public Located<string>? VpcEndpointServiceOwner { get; init; }

    /// <summary>The access key ID of the credential.</summary>
    public required Located<string> AccessKeyId { get; init; }

    /// <summary>
    /// Where the secret access key of the credential comes from, never from the text itself. Needed to create the key store, and to change
    /// the access key ID.
    /// </summary>
    public EstateSecret? Secret { get; init; }

    /// <summary>The whole URI, for descriptions.</summary>
    internal string Uri => UriEndpoint.Value + UriPath.Value;
}

/// <summary>
/// How the proxies of a host are reached, identified by the host name. A member that is not given has its default, also for an address that
/// exists.
/// </summary>
public sealed record EstateProxyAddress : EstatePart
{
    /// <summary>The host name of proxies, as in their endpoints, regardless of case.</summary>
    public required Located<string> Host { get; init; }

    /// <summary>Where connections go in place of the host: a host name or an IP address; null for the host itself.</summary>
    public Located<string>? Address { get; init; }

    /// <summary>The TCP port, 1-65535; null for 443.</summary>
    public Located<int>? Port { get; init; }

    /// <summary>
    /// The only root certificates that the certificate of the proxy may lead to: each PEM, or the path of a file with one or more of them
    /// (PEM). Empty for those of the operating system.
    /// </summary>
    public ImmutableArray<Located<string>> TrustAnchors { get; init; } = [];

    /// <summary>The path of a file with the client certificate and its key (PEM), or null.</summary>
    public Located<string>? ClientCertificate { get; init; }

    /// <summary>How long one attempt may take, in milliseconds, 50-30000; null for 250.</summary>
    public Located<int>? TimeoutInMilliseconds { get; init; }

    /// <summary>The address, with full paths.</summary>
    internal EstateProxyAddress In(string folder) => this with
    {
        TrustAnchors = [.. TrustAnchors.Select(anchor => IsPem(anchor.Value) ? anchor : Full(anchor, folder))],
        ClientCertificate = ClientCertificate is { } file ? Full(file, folder) : null,
    };

    /// <summary>Whether a trust anchor is the certificate itself, not the path of a file.</summary>
    internal static bool IsPem(string anchor) => anchor.Contains("-----BEGIN ", StringComparison.Ordinal);

    private static Located<string> Full(Located<string> path, string folder) => path with { Value = Path.GetFullPath(path.Value, folder) };
}

/// <summary>
/// A VPC endpoint service, identified by its name. A member that is not given has its default, also for a service that exists.
/// </summary>
public sealed record EstateVpcEndpointService : EstatePart
{
    /// <summary>The name, such as <c>com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0</c>.</summary>
    public required Located<string> Name { get; init; }

    /// <summary>The account that owns it, 12 digits; null for that of the store.</summary>
    public Located<string>? Owner { get; init; }

    /// <summary>The private DNS name: the host name of the proxy; null if it has none.</summary>
    public Located<string>? PrivateDnsName { get; init; }

    /// <summary>Whether the domain of the private DNS name is verified; null for true.</summary>
    public Located<bool>? DomainVerified { get; init; }

    /// <summary>The service principals that may use it; null for that of AWS KMS in its Region.</summary>
    public IReadOnlyList<Located<string>>? AllowedPrincipals { get; init; }

    /// <summary>The number of Availability Zones that its network load balancer has subnets in, 0-6; null for 2.</summary>
    public Located<int>? AvailabilityZones { get; init; }

    /// <summary>Whether its owner must accept connection requests; null for false.</summary>
    public Located<bool>? AcceptanceRequired { get; init; }
}
