using KmsTools.Authorization;
using KmsTools.Keys;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Replaces the key policy of a key. Source: PutKeyPolicy in the AWS KMS API.</summary>
public sealed record PutKeyPolicyRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary><c>default</c>, the only valid name.</summary>
    [Member(Min = 1, Max = 128, Pattern = @"[\w]+")]
    public string? PolicyName { get; init; }

    /// <summary>The document (JSON), at most 32,768 bytes.</summary>
    [Member(Required = true, Min = 1, Max = 131_072, Pattern = @"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    public string? Policy { get; init; }

    /// <summary>Allows a policy that locks its owner out.</summary>
    [Member(LoggedDefault = false)]
    public bool? BypassPolicyLockoutSafetyCheck { get; init; }
}

internal sealed class PutKeyPolicy : Operation<PutKeyPolicyRequest, EmptyResponse>
{
    internal override ConditionValues? Fact(PutKeyPolicyRequest request, string key, Permission permission, OperationContext context) =>
        key == ConditionKeys.BypassPolicyLockoutSafetyCheck ? Facts.Of(request.BypassPolicyLockoutSafetyCheck) : null;

    protected internal override void Check(PutKeyPolicyRequest request, OperationContext context)
    {
        if ((request.PolicyName ?? KeyPolicy.Name) != KeyPolicy.Name)
        {
            throw KmsErrors.Unsupported($"The only valid policy name is {KeyPolicy.Name}.", context.Key.Arn);
        }

        KeyPolicyRules.Require(request.Policy, request.BypassPolicyLockoutSafetyCheck, context, context.Key.Arn);
    }

    protected internal override EmptyResponse Handle(PutKeyPolicyRequest request, OperationContext context)
    {
        context.Update(context.Key with { Policy = request.Policy! });
        return EmptyResponse.Instance;
    }
}
