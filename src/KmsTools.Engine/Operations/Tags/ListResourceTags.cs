using System.Collections.Immutable;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Lists the tags of a key. Source: ListResourceTags in the AWS KMS API.</summary>
public sealed record ListResourceTagsRequest : IKmsRequest<ListResourceTagsResponse>, IPagedRequest
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>Maximum number of tags in one response, 1-50; 50 when absent.</summary>
    [Member(Min = 1, Max = 1000)]
    public int? Limit { get; init; }

    /// <summary>NextMarker of the previous response.</summary>
    [Member(Min = 1, Max = 1024, Pattern = @"[\u0020-\u00FF]*")]
    public string? Marker { get; init; }
}

/// <summary>A page of tags.</summary>
public sealed record ListResourceTagsResponse
{
    /// <summary>The tags, sorted by their keys.</summary>
    public required ImmutableArray<Tag> Tags { get; init; }

    /// <summary>Where the next page begins; null on the last one.</summary>
    public string? NextMarker { get; init; }

    /// <summary>Whether there are more items.</summary>
    public required bool Truncated { get; init; }
}

internal sealed class ListResourceTags()
    : PagedOperation<ListResourceTagsRequest, ListResourceTagsResponse, KeyTag>(defaultLimit: 50, maxLimit: 50)
{
    // A listing that continues after a tag, whether or not it still exists, survives the removal of the tags that it has returned.
    protected override ImmutableArray<KeyTag> Find(ListResourceTagsRequest request, OperationContext context, int count)
    {
        string? after = After(request);
        return
        [
            .. context.Key.Tags
                .Where(tag => after is null || string.CompareOrdinal(tag.TagKey, after) > 0)
                .OrderBy(static tag => tag.TagKey, StringComparer.Ordinal)
                .Take(count),
        ];
    }

    protected override string Position(KeyTag item) => item.TagKey;

    protected override ListResourceTagsResponse Answer(Page<KeyTag> page, OperationContext context) => new()
    {
        Tags = [.. page.Items.Select(static tag => tag.ToTag())],
        NextMarker = page.NextMarker,
        Truncated = page.Truncated,
    };
}
