using System.Collections.Immutable;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Lists all keys of the account and Region. Source: ListKeys in the AWS KMS API.</summary>
public sealed record ListKeysRequest : IKmsRequest<ListKeysResponse>, IPagedRequest
{
    /// <summary>Maximum number of keys in one response, 1-1000; 100 when absent.</summary>
    [Member(Min = 1, Max = 1000)]
    public int? Limit { get; init; }

    /// <summary>NextMarker of the previous response.</summary>
    [Member(Min = 1, Max = 1024, Pattern = @"[\u0020-\u00FF]*")]
    public string? Marker { get; init; }
}

/// <summary>A page of keys.</summary>
public sealed record ListKeysResponse
{
    /// <summary>The keys.</summary>
    public required ImmutableArray<KeyListEntry> Keys { get; init; }

    /// <summary>Where the next page begins; null on the last one.</summary>
    public string? NextMarker { get; init; }

    /// <summary>Whether there are more items.</summary>
    public required bool Truncated { get; init; }
}

/// <summary>A key in a list.</summary>
public sealed record KeyListEntry
{
    /// <summary>The ID.</summary>
    public required string KeyId { get; init; }

    /// <summary>The Amazon Resource Name.</summary>
    public required string KeyArn { get; init; }
}

internal sealed class ListKeys() : PagedOperation<ListKeysRequest, ListKeysResponse, string>(defaultLimit: 100, maxLimit: 1000)
{
    protected override ImmutableArray<string> Find(ListKeysRequest request, OperationContext context, int count) =>
        context.State.ListKeyIds(context.Region, After(request), count);

    protected override string Position(string item) => item;

    protected override ListKeysResponse Answer(Page<string> page, OperationContext context) => new()
    {
        Keys = [.. page.Items
            .Select(id => new KeyListEntry { KeyId = id, KeyArn = KeyIdentifier.KeyArn(context.Region, context.AccountId, id) })],
        NextMarker = page.NextMarker,
        Truncated = page.Truncated,
    };
}
