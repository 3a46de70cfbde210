using KmsTools.Authorization;
using KmsTools.Pipeline;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Associates an alias with another key. Source: UpdateAlias in the AWS KMS API.</summary>
public sealed record UpdateAliasRequest : IKmsRequest<EmptyResponse>
{
    /// <summary>The alias, beginning with <c>alias/</c>.</summary>
    [Member(Required = true, Min = 1, Max = Identifiers.AliasName.MaxLength, Pattern = Identifiers.AliasName.MemberPattern)]
    public string? AliasName { get; init; }

    /// <summary>Key ID or key ARN of the new key; of the same kind and usage as the current one.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? TargetKeyId { get; init; }
}

internal sealed class UpdateAlias : Operation<UpdateAliasRequest, EmptyResponse>
{
    internal override bool DeclaresInvalidArn => false;

    protected internal override void Validate(UpdateAliasRequest request, OperationContext context) =>
        AliasNames.Require(request.AliasName!);

    internal override IEnumerable<Permission> Permissions(UpdateAliasRequest request, OperationContext context)
    {
        KeyAlias alias = AliasNames.Find(context, request.AliasName!);
        yield return AliasNames.PermissionOn(context, request.AliasName!);
        yield return OnKey(new ResolvedKey(context.State.FindKey(context.Region, alias.TargetKeyId)!)) with { IsTarget = false };
        yield return OnKey(context.ResolveKey(request.TargetKeyId!, KeyReferenceForms.IdOrArn));
    }

    protected internal override void Check(UpdateAliasRequest request, OperationContext context)
    {
        KeyAlias alias = AliasNames.Find(context, request.AliasName!);
        Key before = context.State.FindKey(context.Region, alias.TargetKeyId)!;
        Key after = context.Key;
        string? difference =
            before.KeyUsage != after.KeyUsage ? $"key usage {before.KeyUsage} to a CMK with key usage {after.KeyUsage}"
            : before.KeySpec.IsSymmetricEncryption != after.KeySpec.IsSymmetricEncryption
                ? $"key spec {before.KeySpec} to a CMK with key spec {after.KeySpec}"
            : null;
        if (difference is not null)
        {
            throw KmsErrors.Validation($"Alias {context.OtherResources[0]} cannot be changed from a CMK with {difference}");
        }

        if (before.KeyId != after.KeyId)
        {
            AliasNames.RequireRoom(context, after);
        }
    }

    protected internal override EmptyResponse Handle(UpdateAliasRequest request, OperationContext context)
    {
        KeyAlias alias = context.State.FindAlias(context.Region, request.AliasName!)!;
        context.Transaction.UpdateAlias(alias with { TargetKeyId = context.Key.KeyId, LastUpdatedDate = context.Now });
        return EmptyResponse.Instance;
    }
}
