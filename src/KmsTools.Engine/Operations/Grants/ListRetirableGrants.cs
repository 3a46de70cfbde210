using System.Collections.Immutable;
using KmsTools.Authorization;
using KmsTools.Identifiers;
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

    /// <summary>The retiring principal of the grants: one of the account of the caller. The permission is needed on it.</summary>
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
    protected internal override void Validate(ListRetirableGrantsRequest request, OperationContext context) => _ = Retiring(request);

    internal override IEnumerable<Permission> Permissions(ListRetirableGrantsRequest request, OperationContext context)
    {
        if (request.RetiringPrincipal is not { } principal)
        {
            yield return OnAnything();
            yield break;
        }

        _ = Retiring(request);
        bool isAccount = AccountId.TryParse(principal, out AccountId account);
        string arn = isAccount ? PrincipalArn.OfAccount(account) : principal;
        if (PrincipalArn.TryParse(arn, out PrincipalArn? named) && named.AccountId != context.CallerAccountId)
        {
            throw KmsErrors.OtherAccount(context.Caller.PrincipalArn, Name);
        }

        yield return new Permission(Name, arn, AccessRule.IdentityOnly);
    }

    protected override ImmutableArray<Grant> Find(ListRetirableGrantsRequest request, OperationContext context, int count) =>
        context.State.ListRetirableGrants(context.Region, Retiring(request), After(request), count);

    protected override string Position(Grant item) => item.GrantId;

    protected override ListRetirableGrantsResponse Answer(Page<Grant> page, OperationContext context) => new()
    {
        Grants = GrantListEntry.Of(page, context.AccountId),
        NextMarker = page.NextMarker,
        Truncated = page.Truncated,
    };

    private static GrantPrincipal Retiring(ListRetirableGrantsRequest request) =>
        GrantPrincipal.Of("Retiring", request.RetiringPrincipal, request.RetiringServicePrincipal)
            ?? throw KmsErrors.Validation("You must specify either RetiringPrincipal or RetiringServicePrincipal.");
}
