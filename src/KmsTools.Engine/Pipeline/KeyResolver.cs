using KmsTools.Identifiers;
using KmsTools.Keys;
using KmsTools.Validation;

namespace KmsTools.Pipeline;

/// <summary>Finds the key that a reference names, in the caller's account and Region.</summary>
internal static class KeyResolver
{
    /// <summary>
    /// Refuses an alias where an operation takes only a key. AWS does this before it notices that other members are missing, and whether
    /// or not the alias exists. Of operations that make aliases name keys it is not known, and they do not declare the error.
    /// </summary>
    /// <exception cref="KmsException">InvalidArnException.</exception>
    public static void RefuseAlias(RequestShape shape, object request)
    {
        if (shape.KeyMember is { Name: "KeyId", Constraints.Key: KeyReferenceForms.IdOrArn } member
            && member.Get(request) is string reference && IsAlias(reference) && member.Accepts(reference))
        {
            throw KmsErrors.AliasNotSupported(reference);
        }
    }

    /// <summary>Finds the key.</summary>
    /// <param name="reference">Key ID, key ARN and, if allowed, alias name or alias ARN.</param>
    /// <param name="forms">What spellings are allowed.</param>
    /// <param name="context">The call.</param>
    /// <exception cref="KmsException">NotFoundException or InvalidArnException, with what exactly is wrong.</exception>
    public static Key Resolve(string reference, KeyReferenceForms forms, OperationContext context)
    {
        string resource = reference;
        if (KmsArn.HasPrefix(reference))
        {
            resource = ParseArn(reference, context);
        }
        else if (!AliasName.HasPrefix(reference))
        {
            resource = KmsArn.KeyPrefix + reference;
        }

        if (AliasName.HasPrefix(resource))
        {
            return forms == KeyReferenceForms.Any ? FindByAlias(resource, context) : throw KmsErrors.InvalidKeyId(reference);
        }

        string keyId = resource[KmsArn.KeyPrefix.Length..];
        if (!KeyArn.IsKeyId(keyId))
        {
            throw KmsErrors.InvalidKeyId(reference);
        }

        return context.State.FindKey(context.Region, keyId)
            ?? throw KmsErrors.KeyDoesNotExist(KeyIdentifier.KeyArn(context.Region, context.AccountId, keyId));
    }

    private static bool IsAlias(string reference) =>
        AliasName.HasPrefix(reference) || (KmsArn.TryParse(reference, out KmsArn arn) && arn.IsOfAws && AliasName.HasPrefix(arn.Resource));

    private static string ParseArn(string text, OperationContext context)
    {
        if (!KmsArn.TryParse(text, out KmsArn arn) || !arn.IsOfAws
            || !(arn.Resource.StartsWith(KmsArn.KeyPrefix, StringComparison.Ordinal) || AliasName.HasPrefix(arn.Resource)))
        {
            throw KmsErrors.InvalidArn(text);
        }

        if (arn.Region != context.Region)
        {
            throw KmsErrors.OtherRegion(arn.Region);
        }

        return arn.AccountId == context.AccountId
            ? arn.Resource
            : throw KmsErrors.OtherAccount(context.Caller.PrincipalArn, context.Operation.Name, text);
    }

    private static Key FindByAlias(string aliasName, OperationContext context)
    {
        KeyAlias? alias = context.State.FindAlias(context.Region, aliasName);
        if (alias is null && AliasName.TryParse(aliasName, out AliasName name) && AwsManagedKeys.IsPredefined(name) && !context.IsPreview)
        {
            return context.CreateAwsManagedKey(name);
        }

        return (alias is null ? null : context.State.FindKey(context.Region, alias.TargetKeyId))
            ?? throw KmsErrors.AliasNotFound(KeyIdentifier.AliasArn(context.Region, context.AccountId, aliasName));
    }
}
