using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Changes the description of a key. Source: UpdateKeyDescription in the AWS KMS API.</summary>
public sealed record UpdateKeyDescriptionRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>The new description, 0-8192 characters.</summary>
    [Member(Required = true, Min = 0, Max = 8192)]
    public string? Description { get; init; }
}

internal sealed class UpdateKeyDescription : Operation<UpdateKeyDescriptionRequest, EmptyResponse>
{
    protected internal override EmptyResponse Handle(UpdateKeyDescriptionRequest request, OperationContext context)
    {
        context.Update(context.Key with { Description = request.Description! });
        return EmptyResponse.Instance;
    }
}
