using System.Collections.Immutable;
using KmsTools.Authorization;
using KmsTools.Keys;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Adds tags to a key or changes them. Source: TagResource in the AWS KMS API.</summary>
public sealed record TagResourceRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>Key ID or key ARN of a customer managed key.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>The tags. A key has at most 50.</summary>
    [Member(Required = true)]
    public IReadOnlyList<Tag>? Tags { get; init; }
}

internal sealed class TagResource : Operation<TagResourceRequest, EmptyResponse>
{
    protected internal override void Validate(TagResourceRequest request, OperationContext context) =>
        KeyTags.Require(request.Tags, context.Quotas[QuotaName.TagsPerKey]);

    internal override ConditionValues? Fact(TagResourceRequest request, string key, Permission permission, OperationContext context) =>
        Facts.OfRequestTags(request.Tags, key);

    protected internal override void Check(TagResourceRequest request, OperationContext context) => Merge(request, context);

    protected internal override EmptyResponse Handle(TagResourceRequest request, OperationContext context)
    {
        context.Update(context.Key with { Tags = Merge(request, context) });
        return EmptyResponse.Instance;
    }

    private static ImmutableArray<KeyTag> Merge(TagResourceRequest request, OperationContext context) =>
        KeyTags.Add(context.Key.Tags, request.Tags!, context.Quotas[QuotaName.TagsPerKey]);
}
