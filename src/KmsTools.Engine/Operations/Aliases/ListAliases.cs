using System.Collections.Immutable;
using KmsTools.Authorization;
using KmsTools.Keys;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Lists the aliases of the account and Region, or of one key. Source: ListAliases in the AWS KMS API.</summary>
public sealed record ListAliasesRequest : IKmsRequest<ListAliasesResponse>, IPagedRequest
{
    /// <summary>Key ID or key ARN; null for all aliases.</summary>
    [Member(Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>Maximum number of aliases in one response, 1-100; 50 when absent.</summary>
    [Member(Min = 1, Max = 1000)]
    public int? Limit { get; init; }

    /// <summary>NextMarker of the previous response.</summary>
    [Member(Min = 1, Max = 1024, Pattern = @"[\u0020-\u00FF]*")]
    public string? Marker { get; init; }
}

/// <summary>A page of aliases.</summary>
public sealed record ListAliasesResponse
{
    /// <summary>The aliases.</summary>
    public required ImmutableArray<AliasListEntry> Aliases { get; init; }

    /// <summary>Where the next page begins; null on the last one.</summary>
    public string? NextMarker { get; init; }

    /// <summary>Whether there are more items.</summary>
    public required bool Truncated { get; init; }
}

/// <summary>An alias in a list.</summary>
public sealed record AliasListEntry
{
    /// <summary>The name, beginning with <c>alias/</c>.</summary>
    public required string AliasName { get; init; }

    /// <summary>The Amazon Resource Name of the alias.</summary>
    public required string AliasArn { get; init; }

    /// <summary>The ID of its key; null for the alias of an AWS service that has no key yet.</summary>
    public string? TargetKeyId { get; init; }

    /// <summary>When the alias was created (UTC).</summary>
    public DateTime? CreationDate { get; init; }

    /// <summary>When it was last associated with a key (UTC).</summary>
    public DateTime? LastUpdatedDate { get; init; }
}

internal sealed class ListAliases() : PagedOperation<ListAliasesRequest, ListAliasesResponse, AliasListEntry>(
    defaultLimit: 50,
    maxLimit: 100)
{
    // The key only filters: no permission on it is needed.
    internal override IEnumerable<Permission> Permissions(ListAliasesRequest request, OperationContext context)
    {
        yield return OnAnything() with
        {
            Key = request.KeyId is { } reference ? context.ResolveKey(reference, KeyReferenceForms.IdOrArn).Key : null,
        };
    }

    protected override ImmutableArray<AliasListEntry> Find(ListAliasesRequest request, OperationContext context, int count)
    {
        string? keyId = context.Keys.Count > 0 ? context.Key.KeyId : null;
        string? after = After(request);
        ImmutableArray<AliasListEntry> stored =
        [
            .. context.State.ListAliases(context.Region, keyId, after, count).Select(alias => Entry(alias.AliasName, context) with
            {
                TargetKeyId = alias.TargetKeyId,
                CreationDate = alias.CreationDate.UtcDateTime,
                LastUpdatedDate = alias.LastUpdatedDate.UtcDateTime,
            }),
        ];
        return keyId is null ? WithPredefined(stored, after, count, context) : stored;
    }

    protected override string Position(AliasListEntry item) => item.AliasName;

    protected override ListAliasesResponse Answer(Page<AliasListEntry> page, OperationContext context) => new()
    {
        Aliases = page.Items,
        NextMarker = page.NextMarker,
        Truncated = page.Truncated,
    };

    // AWS lists the aliases of its services before they have keys. One that has a key and lies beyond the stored page lies beyond this page
    // too.
    private static ImmutableArray<AliasListEntry> WithPredefined(
        ImmutableArray<AliasListEntry> stored, string? after, int count, OperationContext context)
    {
        string[] unused =
        [
            .. AwsManagedKeys.Aliases
                .Where(alias => after is null || string.CompareOrdinal(alias, after) > 0)
                .Except(stored.Select(static entry => entry.AliasName)),
        ];
        return unused.Length == 0 ? stored
            : [.. stored.Concat(unused.Select(alias => Entry(alias, context)))
                .OrderBy(static entry => entry.AliasName, StringComparer.Ordinal)
                .Take(count)];
    }

    private static AliasListEntry Entry(string aliasName, OperationContext context) => new()
    {
        AliasName = aliasName,
        AliasArn = KeyIdentifier.AliasArn(context.Region, context.AccountId, aliasName),
    };
}
