namespace KmsTools;

/// <summary>How an external key store proxy is reached.</summary>
public enum XksProxyConnectivityType
{
    /// <summary>Over the Internet.</summary>
    PUBLIC_ENDPOINT,

    /// <summary>Over a VPC endpoint service.</summary>
    VPC_ENDPOINT_SERVICE,
}

/// <summary>The proxy of an external key store, as immutable data.</summary>
public sealed record ExternalKeyStoreProxy
{
    /// <summary>How it is reached.</summary>
    public required XksProxyConnectivityType Connectivity { get; init; }

    /// <summary>The endpoint: <c>https://</c> and the host name.</summary>
    public required string UriEndpoint { get; init; }

    /// <summary>The path of the proxy API, such as <c>/example/kms/xks/v1</c>.</summary>
    public required string UriPath { get; init; }

    /// <summary>The VPC endpoint service; null with connectivity PUBLIC_ENDPOINT.</summary>
    public string? VpcEndpointServiceName { get; init; }

    /// <summary>The account that owns the VPC endpoint service, 12 digits; null with connectivity PUBLIC_ENDPOINT.</summary>
    public string? VpcEndpointServiceOwner { get; init; }

    /// <summary>The access key ID of the credential.</summary>
    public required string AccessKeyId { get; init; }

    /// <summary>The secret access key of the credential, wrapped under the root key.</summary>
    public required ReadOnlyMemory<byte> WrappedSecret { get; init; }

    /// <summary>When the credential was set (UTC).</summary>
    public required DateTimeOffset CredentialDate { get; init; }

    /// <summary>The common name of the certificate that the proxy showed last; null if it has none, or before the first answer.</summary>
    public string? CertificateName { get; init; }

    /// <summary>When that certificate expires (UTC); null before the first answer.</summary>
    public DateTimeOffset? CertificateNotAfter { get; init; }

    /// <summary>The host name of the endpoint, in lower case.</summary>
    public string Host => UriEndpoint["https://".Length..].ToLowerInvariant();

    /// <summary>Whether requests to both go to the same place, signed with the same credential.</summary>
    internal bool IsReachedAs(ExternalKeyStoreProxy other) =>
        (Host, UriPath, AccessKeyId) == (other.Host, other.UriPath, other.AccessKeyId)
        && WrappedSecret.Span.SequenceEqual(other.WrappedSecret.Span);
}
