using System.Collections.Immutable;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Lists all keys of the account and Region. Source: ListKeys in the AWS KMS API.</summary>
public sealed record ListKeysRequest : IKmsRequest<ListKeysResponse>
{
    /// <summary>Most keys in one response, 1-1000; 100 when absent.</summary>
    [Member(Min = 1, Max = 1000)]
    public int? Limit { get; init; }

    /// <summary>NextMarker of the response before.</summary>
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

    /// <summary>Whether there are more.</summary>
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

internal sealed class ListKeys : Operation<ListKeysRequest, ListKeysResponse>
{
    private const int DefaultLimit = 100;

    public override bool ReadOnly => true;

    protected internal override ListKeysResponse Handle(ListKeysRequest request, OperationContext context)
    {
        int limit = request.Limit ?? DefaultLimit;
        ImmutableArray<string> found = context.State.ListKeyIds(context.Region, Operations.Marker.Read(Name, request.Marker), limit + 1);
        Page<string> page = Page<string>.Of(Name, found, limit, static id => id);
        return new ListKeysResponse
        {
            Keys = [.. page.Items.Select(id => new KeyListEntry { KeyId = id, KeyArn = KeyIdentifier.KeyArn(context.Region, context.AccountId, id) })],
            NextMarker = page.NextMarker,
            Truncated = page.NextMarker is not null,
        };
    }
}
