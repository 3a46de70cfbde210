using System.Collections.Immutable;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>
/// Lists the grants of the account and Region that a principal may retire. Source: ListRetirableGrants in the AWS KMS API.
/// </summary>
public sealed record ListRetirableGrantsRequest : IKmsRequest<ListRetirableGrantsResponse>, IPagedRequest
{
    /// <summary>Maximum number of grants in one response, 1-100; 50 when absent.</summary>
    [Member(Min = 1, Max = 1000)]
    public int? Limit { get; init; }

    /// <summary>NextMarker of the previous response.</summary>
    [Member(Min = 1, Max = 1024, Pattern = @"[\u0020-\u00FF]*")]
    public string? Marker { get; init; }

    /// <summary>The retiring principal of the grants.</summary>
    [Member(Min = 1, Max = 256, Pattern = @"^[\w+=,.@:/-]+$")]
    public string? RetiringPrincipal { get; init; }

    /// <summary>The retiring service of the grants.</summary>
    [Member(Min = 1, Max = 128, Pattern = @"^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$")]
    public string? RetiringServicePrincipal { get; init; }
}

/// <summary>A page of grants.</summary>
public sealed record ListRetirableGrantsResponse
{
    /// <summary>The grants.</summary>
    public required ImmutableArray<GrantListEntry> Grants { get; init; }

    /// <summary>Where the next page begins; null on the last one.</summary>
    public string? NextMarker { get; init; }

    /// <summary>Whether there are more items.</summary>
    public required bool Truncated { get; init; }
}

internal sealed class ListRetirableGrants()
    : PagedOperation<ListRetirableGrantsRequest, ListRetirableGrantsResponse, Grant>(defaultLimit: 50, maxLimit: 100)
{
    protected override ImmutableArray<Grant> Find(ListRetirableGrantsRequest request, OperationContext context, int count)
    {
        GrantPrincipal retiring = GrantPrincipal.Of("Retiring", request.RetiringPrincipal, request.RetiringServicePrincipal)
            ?? throw KmsErrors.Validation("You must specify either RetiringPrincipal or RetiringServicePrincipal.");
        return context.State.ListRetirableGrants(context.Region, retiring, After(request), count);
    }

    protected override string Position(Grant item) => item.GrantId;

    protected override ListRetirableGrantsResponse Answer(Page<Grant> page, OperationContext context) => new()
    {
        Grants = GrantListEntry.Of(page, context.AccountId),
        NextMarker = page.NextMarker,
        Truncated = page.Truncated,
    };
}
