using KmsTools.Authorization;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Creates an alias, a friendly name for a key. Source: CreateAlias in the AWS KMS API.</summary>
public sealed record CreateAliasRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>Begins with <c>alias/</c>, at most 256 characters: letters, digits and <c>/ _ -</c>.</summary>
    [Member(Required = true, Min = 1, Max = Identifiers.AliasName.MaxLength, Pattern = Identifiers.AliasName.MemberPattern)]
    public string? AliasName { get; init; }

    /// <summary>Key ID or key ARN of a customer managed key.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? TargetKeyId { get; init; }
}

internal sealed class CreateAlias : Operation<CreateAliasRequest, EmptyResponse>
{
    internal override bool DeclaresInvalidArn => false;

    protected internal override void Validate(CreateAliasRequest request, OperationContext context) =>
        AliasNames.RequireNew(request.AliasName!);

    internal override IEnumerable<Permission> Permissions(CreateAliasRequest request, OperationContext context)
    {
        yield return AliasNames.PermissionOn(context, request.AliasName!);
        yield return OnKey(context.ResolveKey(request.TargetKeyId!, KeyReferenceForms.IdOrArn));
    }

    protected internal override void Check(CreateAliasRequest request, OperationContext context)
    {
        string arn = AliasNames.Describe(context, request.AliasName!);
        if (context.State.FindAlias(context.Region, request.AliasName!) is not null)
        {
            throw KmsErrors.AliasExists(arn);
        }

        AliasNames.RequireRoom(context, context.Key);
    }

    protected internal override EmptyResponse Handle(CreateAliasRequest request, OperationContext context)
    {
        context.Transaction.InsertAlias(new KeyAlias(context.Region, request.AliasName!, context.Key.KeyId, context.Now, context.Now));
        return EmptyResponse.Instance;
    }
}
