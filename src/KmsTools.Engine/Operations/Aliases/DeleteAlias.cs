using KmsTools.Authorization;
using KmsTools.Pipeline;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Deletes an alias; the key is kept. Source: DeleteAlias in the AWS KMS API.</summary>
public sealed record DeleteAliasRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>The alias, beginning with <c>alias/</c>.</summary>
    [Member(Required = true, Min = 1, Max = Identifiers.AliasName.MaxLength, Pattern = Identifiers.AliasName.MemberPattern)]
    public string? AliasName { get; init; }
}

internal sealed class DeleteAlias : Operation<DeleteAliasRequest, EmptyResponse>
{
    protected internal override void Validate(DeleteAliasRequest request, OperationContext context) =>
        AliasNames.Require(request.AliasName!);

    internal override IEnumerable<Permission> Permissions(DeleteAliasRequest request, OperationContext context)
    {
        KeyAlias alias = AliasNames.Find(context, request.AliasName!);
        yield return AliasNames.PermissionOn(context, request.AliasName!);
        yield return OnKey(new ResolvedKey(context.State.FindKey(context.Region, alias.TargetKeyId)!));
    }

    protected internal override EmptyResponse Handle(DeleteAliasRequest request, OperationContext context)
    {
        context.Transaction.DeleteAlias(context.Region, request.AliasName!);
        return EmptyResponse.Instance;
    }
}
