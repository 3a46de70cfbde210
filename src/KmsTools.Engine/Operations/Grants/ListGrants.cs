using System.Collections.Immutable;
using KmsTools.Authorization;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Lists the grants of a key. Source: ListGrants in the AWS KMS API.</summary>
public sealed record ListGrantsRequest : IKmsRequest<ListGrantsResponse>, IPagedRequest
{
    /// <summary>Maximum number of grants in one response, 1-100; 50 when absent.</summary>
    [Member(Min = 1, Max = 1000)]
    public int? Limit { get; init; }

    /// <summary>NextMarker of the previous response.</summary>
    [Member(Min = 1, Max = 1024, Pattern = @"[\u0020-\u00FF]*")]
    public string? Marker { get; init; }

    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>Lists only this grant.</summary>
    [Member(Min = 1, Max = 128)]
    public string? GrantId { get; init; }

    /// <summary>Lists only grants to this principal.</summary>
    [Member(Min = 1, Max = 256, Pattern = @"^[\w+=,.@:/-]+$")]
    public string? GranteePrincipal { get; init; }

    /// <summary>Lists only grants to this service.</summary>
    [Member(Min = 1, Max = 128, Pattern = @"^([A-Za-z0-9\-]+)\.([A-Za-z0-9\-]+)(\.[A-Za-z0-9\-]+)+$")]
    public string? GranteeServicePrincipal { get; init; }
}

/// <summary>A page of grants.</summary>
public sealed record ListGrantsResponse
{
    /// <summary>The grants.</summary>
    public required ImmutableArray<GrantListEntry> Grants { get; init; }

    /// <summary>Where the next page begins; null on the last one.</summary>
    public string? NextMarker { get; init; }

    /// <summary>Whether there are more items.</summary>
    public required bool Truncated { get; init; }
}

/// <summary>A grant in a list.</summary>
public sealed record GrantListEntry
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The ID of the grant.</summary>
    public required string GrantId { get; init; }

    /// <summary>The friendly name; empty when it has none.</summary>
    public required string Name { get; init; }

    /// <summary>When the grant was created (UTC).</summary>
    public required DateTime CreationDate { get; init; }

    /// <summary>The principal that has the permissions, unless it is a service.</summary>
    public string? GranteePrincipal { get; init; }

    /// <summary>The principal that may retire the grant, unless it is a service.</summary>
    public string? RetiringPrincipal { get; init; }

    /// <summary>The ARN of the account in which the grant was created.</summary>
    public required string IssuingAccount { get; init; }

    /// <summary>The permitted operations.</summary>
    public required ImmutableArray<GrantOperation> Operations { get; init; }

    /// <summary>The constraints that the permitted operations must meet; null for nothing.</summary>
    public GrantConstraints? Constraints { get; init; }

    /// <summary>The service that has the permissions.</summary>
    public string? GranteeServicePrincipal { get; init; }

    /// <summary>The service that may retire the grant.</summary>
    public string? RetiringServicePrincipal { get; init; }

    internal static ImmutableArray<GrantListEntry> Of(
        Page<Grant> page,
        string accountId) => [.. page.Items.Select(grant => new GrantListEntry
    {
        KeyId = KeyIdentifier.KeyArn(grant.Region, accountId, grant.KeyId),
        GrantId = grant.GrantId,
        Name = grant.Name,
        CreationDate = grant.CreationDate.UtcDateTime,
        GranteePrincipal = grant.Grantee.IsService ? null : grant.Grantee.Name,
        RetiringPrincipal = grant.Retiring is { IsService: false } retiring ? retiring.Name : null,
        IssuingAccount = $"arn:aws:iam::{accountId}:root",
        Operations = grant.Operations,
        Constraints = grant.Constraints,
        GranteeServicePrincipal = grant.Grantee.IsService ? grant.Grantee.Name : null,
        RetiringServicePrincipal = grant.Retiring is { IsService: true } service ? service.Name : null,
    })];
}

internal sealed class ListGrants() : PagedOperation<ListGrantsRequest, ListGrantsResponse, Grant>(defaultLimit: 50, maxLimit: 100)
{
    internal override ConditionValues? Fact(ListGrantsRequest request, string key, Permission permission, OperationContext context) =>
        key == ConditionKeys.GrantIsForAwsResource ? Facts.Of(false) : null;

    protected override ImmutableArray<Grant> Find(ListGrantsRequest request, OperationContext context, int count)
    {
        string? after = After(request);
        GrantPrincipal? grantee = GrantPrincipal.Of("Grantee", request.GranteePrincipal, request.GranteeServicePrincipal);
        if (request.GrantId is null)
        {
            return context.State.ListGrants(context.Key.Region, context.Key.KeyId, grantee, after, count);
        }

        // A filter that matches nothing gives an empty list, unlike a reference to a grant that does not exist.
        Grant? grant = context.State.FindGrant(context.Key.Region, context.Key.KeyId, request.GrantId);
        return grant is null || (grantee is not null && grant.Grantee != grantee) || after is not null ? [] : [grant];
    }

    protected override string Position(Grant item) => item.GrantId;

    protected override ListGrantsResponse Answer(Page<Grant> page, OperationContext context) => new()
    {
        Grants = GrantListEntry.Of(page, context.AccountId),
        NextMarker = page.NextMarker,
        Truncated = page.Truncated,
    };
}
