using KmsTools.Authorization;
using KmsTools.Keys;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Removes tags from a key. Source: UntagResource in the AWS KMS API.</summary>
public sealed record UntagResourceRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>Key ID or key ARN of a customer managed key.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>The keys of the tags; those that the key does not have are ignored.</summary>
    [Member(Required = true, ItemMin = 1, ItemMax = 128)]
    public IReadOnlyList<string>? TagKeys { get; init; }
}

internal sealed class UntagResource : Operation<UntagResourceRequest, EmptyResponse>
{
    internal override ConditionValues? Fact(UntagResourceRequest request, string key, Permission permission, OperationContext context) =>
        key == ConditionKeys.TagKeys ? Facts.OfAll(request.TagKeys) : null;

    protected internal override EmptyResponse Handle(UntagResourceRequest request, OperationContext context)
    {
        context.Update(context.Key with { Tags = KeyTags.Remove(context.Key.Tags, request.TagKeys!) });
        return EmptyResponse.Instance;
    }
}
