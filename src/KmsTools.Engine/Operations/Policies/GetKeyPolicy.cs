using KmsTools.Keys;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Gets the key policy of a key. Source: GetKeyPolicy in the AWS KMS API.</summary>
public sealed record GetKeyPolicyRequest : IKmsRequest<GetKeyPolicyResponse>
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary><c>default</c>, the only valid name.</summary>
    [Member(Min = 1, Max = 128, Pattern = @"[\w]+")]
    public string? PolicyName { get; init; }
}

/// <summary>The key policy.</summary>
public sealed record GetKeyPolicyResponse
{
    /// <summary>The document (JSON).</summary>
    public required string Policy { get; init; }

    /// <summary>The name.</summary>
    public required string PolicyName { get; init; }
}

internal sealed class GetKeyPolicy : Operation<GetKeyPolicyRequest, GetKeyPolicyResponse>
{
    public override bool ReadOnly => true;

    protected internal override GetKeyPolicyResponse Handle(GetKeyPolicyRequest request, OperationContext context) =>
        (request.PolicyName ?? KeyPolicy.Name) == KeyPolicy.Name
            ? new GetKeyPolicyResponse { Policy = KeyPolicyText.Print(context.Key.Policy), PolicyName = KeyPolicy.Name }
            : throw KmsErrors.NoSuchPolicy();
}
