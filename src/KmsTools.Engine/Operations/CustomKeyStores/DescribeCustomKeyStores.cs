using System.Collections.Immutable;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Gets information about the custom key stores of the account and Region. Source: DescribeCustomKeyStores in the AWS KMS API.
/// </summary>
public sealed record DescribeCustomKeyStoresRequest : IKmsRequest<DescribeCustomKeyStoresResponse>, IPagedRequest
{
    /// <summary>Only the store with this ID. Not together with the name.</summary>
    [Member(Min = 1, Max = 64)]
    public string? CustomKeyStoreId { get; init; }

    /// <summary>Only the store with this name. Not together with the ID.</summary>
    [Member(Min = 1, Max = 256)]
    public string? CustomKeyStoreName { get; init; }

    /// <summary>Maximum number of stores in one response, 1-1000.</summary>
    [Member(Min = 1, Max = 1000)]
    public int? Limit { get; init; }

    /// <summary>NextMarker of the previous response.</summary>
    [Member(Min = 1, Max = 1024, Pattern = @"[\u0020-\u00FF]*")]
    public string? Marker { get; init; }
}

/// <summary>A page of custom key stores.</summary>
public sealed record DescribeCustomKeyStoresResponse
{
    /// <summary>The stores.</summary>
    public required ImmutableArray<CustomKeyStoresListEntry> CustomKeyStores { get; init; }

    /// <summary>Where the next page begins; null on the last one.</summary>
    public string? NextMarker { get; init; }

    /// <summary>Whether there are more items.</summary>
    public required bool Truncated { get; init; }
}

/// <summary>A custom key store in a list. Its password is never returned.</summary>
public sealed record CustomKeyStoresListEntry
{
    /// <summary>The ID.</summary>
    public required string CustomKeyStoreId { get; init; }

    /// <summary>The friendly name.</summary>
    public required string CustomKeyStoreName { get; init; }

    /// <summary>The cluster.</summary>
    public string? CloudHsmClusterId { get; init; }

    /// <summary>The certificate of the cluster (PEM).</summary>
    public string? TrustAnchorCertificate { get; init; }

    /// <summary>The connection state.</summary>
    public required ConnectionStateType ConnectionState { get; init; }

    /// <summary>Why the last connect failed; only in state FAILED.</summary>
    public ConnectionErrorCodeType? ConnectionErrorCode { get; init; }

    /// <summary>When the store was created (UTC).</summary>
    public required DateTime CreationDate { get; init; }

    /// <summary>The kind of store.</summary>
    public required CustomKeyStoreType CustomKeyStoreType { get; init; }

    /// <summary>The proxy of an external key store; null for a CloudHSM key store.</summary>
    public XksProxyConfigurationType? XksProxyConfiguration { get; init; }
}

/// <summary>The proxy of an external key store. Its secret access key is never returned.</summary>
public sealed record XksProxyConfigurationType
{
    /// <summary>How it is reached.</summary>
    public XksProxyConnectivityType? Connectivity { get; init; }

    /// <summary>The access key ID of the credential that requests are signed with.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>The endpoint: <c>https://</c> and the host name.</summary>
    public string? UriEndpoint { get; init; }

    /// <summary>The path of the proxy API.</summary>
    public string? UriPath { get; init; }

    /// <summary>The VPC endpoint service; null with connectivity PUBLIC_ENDPOINT.</summary>
    public string? VpcEndpointServiceName { get; init; }

    /// <summary>The account that owns the VPC endpoint service; null with connectivity PUBLIC_ENDPOINT.</summary>
    public string? VpcEndpointServiceOwner { get; init; }
}

internal sealed class DescribeCustomKeyStores()
    : PagedOperation<DescribeCustomKeyStoresRequest, DescribeCustomKeyStoresResponse, CustomKeyStore>(defaultLimit: 1000, maxLimit: 1000)
{
    internal override bool HasCallerAccount => true;

    protected internal override void Validate(DescribeCustomKeyStoresRequest request, OperationContext context)
    {
        if (request is { CustomKeyStoreId: not null, CustomKeyStoreName: not null })
        {
            throw KmsErrors.Validation("Specify either CustomKeyStoreId or CustomKeyStoreName, not both.");
        }
    }

    protected override ImmutableArray<CustomKeyStore> Find(DescribeCustomKeyStoresRequest request, OperationContext context, int count)
    {
        if (request.CustomKeyStoreId is { } id)
        {
            return [context.RequireCustomKeyStore(id)];
        }

        if (request.CustomKeyStoreName is { } name)
        {
            return [context.State.ListCustomKeyStores(context.Region, null, int.MaxValue).FirstOrDefault(store => store.Name == name)
                ?? throw KmsErrors.CustomKeyStoreNotFound(name)];
        }

        return context.State.ListCustomKeyStores(context.Region, After(request), count);
    }

    protected override string Position(CustomKeyStore item) => item.CustomKeyStoreId;

    protected override DescribeCustomKeyStoresResponse Answer(Page<CustomKeyStore> page, OperationContext context) => new()
    {
        CustomKeyStores = [.. page.Items.Select(static store => new CustomKeyStoresListEntry
        {
            CustomKeyStoreId = store.CustomKeyStoreId,
            CustomKeyStoreName = store.Name,
            CloudHsmClusterId = store.CloudHsmClusterId,
            TrustAnchorCertificate = store.TrustAnchorCertificate,
            ConnectionState = store.ConnectionState,
            ConnectionErrorCode = store.ConnectionErrorCode,
            CreationDate = store.CreationDate.UtcDateTime,
            CustomKeyStoreType = store.Type,
            XksProxyConfiguration = store.Proxy is not { } proxy ? null : new XksProxyConfigurationType
            {
                Connectivity = proxy.Connectivity,
                AccessKeyId = proxy.AccessKeyId,
                UriEndpoint = proxy.UriEndpoint,
                UriPath = proxy.UriPath,
                VpcEndpointServiceName = proxy.VpcEndpointServiceName,
                VpcEndpointServiceOwner = proxy.VpcEndpointServiceOwner,
            },
        })],
        NextMarker = page.NextMarker,
        Truncated = page.Truncated,
    };
}
