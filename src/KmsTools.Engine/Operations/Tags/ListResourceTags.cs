using System.Collections.Immutable;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Lists the tags of a key. Source: ListResourceTags in the AWS KMS API.</summary>
public sealed record ListResourceTagsRequest : IKmsRequest<ListResourceTagsResponse>, IPagedRequest
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>Most tags in one response, 1-50; 50 when absent.</summary>
    [Member(Min = 1, Max = 1000)]
    public int? Limit { get; init; }

    /// <summary>NextMarker of the response before.</summary>
    [Member(Min = 1, Max = 1024, Pattern = @"[\u0020-\u00FF]*")]
    public string? Marker { get; init; }
}

/// <summary>A page of tags.</summary>
public sealed record ListResourceTagsResponse
{
    /// <summary>The tags in the order in which they were added.</summary>
    public required ImmutableArray<Tag> Tags { get; init; }

    /// <summary>Where the next page begins; null on the last one.</summary>
    public string? NextMarker { get; init; }

    /// <summary>Whether there are more.</summary>
    public required bool Truncated { get; init; }
}

internal sealed class ListResourceTags()
    : PagedOperation<ListResourceTagsRequest, ListResourceTagsResponse, KeyTag>(defaultLimit: 50, maxLimit: 50)
{
    protected override ImmutableArray<KeyTag> Find(ListResourceTagsRequest request, OperationContext context, int count) =>
        Rest(request, context.Key.Tags);

    protected override string Position(KeyTag item) => item.TagKey;

    protected override ListResourceTagsResponse Answer(Page<KeyTag> page, OperationContext context) => new()
    {
        Tags = [.. page.Items.Select(static tag => tag.ToTag())],
        NextMarker = page.NextMarker,
        Truncated = page.Truncated,
    };
}
