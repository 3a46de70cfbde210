using System.Collections.Immutable;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Lists the tags of a key. Source: ListResourceTags in the AWS KMS API.</summary>
public sealed record ListResourceTagsRequest : IKmsRequest<ListResourceTagsResponse>
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

internal sealed class ListResourceTags : Operation<ListResourceTagsRequest, ListResourceTagsResponse>
{
    private const int MaxLimit = 50;

    public override bool ReadOnly => true;

    protected internal override ListResourceTagsResponse Handle(ListResourceTagsRequest request, OperationContext context)
    {
        ImmutableArray<Tag> tags = context.Key.Tags;
        if (Operations.Marker.Read(Name, request.Marker) is { } after)
        {
            int last = tags.Select(static tag => tag.TagKey).ToList().IndexOf(after);
            tags = last >= 0 ? tags[(last + 1)..] : throw KmsErrors.InvalidMarker();
        }

        Page<Tag> page = Page<Tag>.Of(Name, tags, Math.Min(request.Limit ?? MaxLimit, MaxLimit), static tag => tag.TagKey!);
        return new ListResourceTagsResponse
        {
            // Tags can be changed, and these belong to a key that may be cached.
            Tags = [.. page.Items.Select(static tag => new Tag { TagKey = tag.TagKey, TagValue = tag.TagValue })],
            NextMarker = page.NextMarker,
            Truncated = page.NextMarker is not null,
        };
    }
}
