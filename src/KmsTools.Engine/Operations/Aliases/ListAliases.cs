using System.Collections.Immutable;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Lists the aliases of the account and Region, or of one key. Source: ListAliases in the AWS KMS API.</summary>
public sealed record ListAliasesRequest : IKmsRequest<ListAliasesResponse>, IPagedRequest
{
    /// <summary>Key ID or key ARN; null for all aliases.</summary>
    [Member(Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>Most aliases in one response, 1-100; 50 when absent.</summary>
    [Member(Min = 1, Max = 1000)]
    public int? Limit { get; init; }

    /// <summary>NextMarker of the response before.</summary>
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

    /// <summary>Whether there are more.</summary>
    public required bool Truncated { get; init; }
}

/// <summary>An alias in a list.</summary>
public sealed record AliasListEntry
{
    /// <summary>The name, beginning with <c>alias/</c>.</summary>
    public required string AliasName { get; init; }

    /// <summary>The Amazon Resource Name of the alias.</summary>
    public required string AliasArn { get; init; }

    /// <summary>The ID of its key.</summary>
    public string? TargetKeyId { get; init; }

    /// <summary>When the alias was created (UTC).</summary>
    public DateTime? CreationDate { get; init; }

    /// <summary>When it was last associated with a key (UTC).</summary>
    public DateTime? LastUpdatedDate { get; init; }
}

internal sealed class ListAliases() : PagedOperation<ListAliasesRequest, ListAliasesResponse, KeyAlias>(defaultLimit: 50, maxLimit: 100)
{
    protected override ImmutableArray<KeyAlias> Find(ListAliasesRequest request, OperationContext context, int count) =>
        context.State.ListAliases(context.Region, context.Keys.Count > 0 ? context.Key.KeyId : null, After(request), count);

    protected override string Position(KeyAlias item) => item.AliasName;

    protected override ListAliasesResponse Answer(Page<KeyAlias> page, OperationContext context) => new()
    {
        Aliases = [.. page.Items.Select(alias => new AliasListEntry
        {
            AliasName = alias.AliasName,
            AliasArn = KeyIdentifier.AliasArn(context.Region, context.AccountId, alias.AliasName),
            TargetKeyId = alias.TargetKeyId,
            CreationDate = alias.CreationDate.UtcDateTime,
            LastUpdatedDate = alias.LastUpdatedDate.UtcDateTime,
        })],
        NextMarker = page.NextMarker,
        Truncated = page.Truncated,
    };
}
