using KmsTools.Keys;
using KmsTools.Validation;

namespace KmsTools.Pipeline;

/// <summary>Finds the key that a reference names, in the caller's account and Region.</summary>
internal static class KeyResolver
{
    private const string AliasPrefix = "alias/";

    /// <summary>Finds the key.</summary>
    /// <param name="reference">Key ID, key ARN and, if allowed, alias name or alias ARN.</param>
    /// <param name="forms">What spellings are allowed.</param>
    /// <param name="context">The call.</param>
    /// <exception cref="KmsException">NotFoundException or InvalidArnException, with what exactly is wrong.</exception>
    public static Key Resolve(string reference, KeyReferenceForms forms, OperationContext context)
    {
        string resource = reference;
        if (reference.StartsWith("arn:", StringComparison.Ordinal))
        {
            resource = ParseArn(reference, context);
        }
        else if (!reference.StartsWith(AliasPrefix, StringComparison.Ordinal))
        {
            resource = "key/" + reference;
        }

        if (resource.StartsWith(AliasPrefix, StringComparison.Ordinal))
        {
            return forms == KeyReferenceForms.Any ? FindByAlias(resource, context) : throw KmsErrors.InvalidKeyId(reference);
        }

        string keyId = resource["key/".Length..];
        if (!KeyIdentifier.IsKeyId(keyId))
        {
            throw KmsErrors.InvalidKeyId(reference);
        }

        return context.State.FindKey(context.Region, keyId)
            ?? throw KmsErrors.KeyDoesNotExist(KeyIdentifier.KeyArn(context.Region, context.AccountId, keyId));
    }

    private static string ParseArn(string arn, OperationContext context)
    {
        string[] parts = arn.Split(':', 6);
        if (parts.Length < 6 || parts[1] != "aws" || parts[2] != "kms" || parts[4].Length != 12 || !parts[4].All(char.IsAsciiDigit)
            || !(parts[5].StartsWith("key/", StringComparison.Ordinal) || parts[5].StartsWith(AliasPrefix, StringComparison.Ordinal)))
        {
            throw KmsErrors.InvalidArn(arn);
        }

        if (parts[3] != context.Region)
        {
            throw KmsErrors.OtherRegion(parts[3]);
        }

        return parts[4] == context.AccountId
            ? parts[5]
            : throw KmsErrors.OtherAccount(context.Caller.PrincipalArn, context.Operation.Name, arn);
    }

    private static Key FindByAlias(string aliasName, OperationContext context)
    {
        KeyAlias? alias = context.State.FindAlias(context.Region, aliasName);
        if (alias is null && AwsManagedKeys.IsPredefined(aliasName) && !context.IsPreview)
        {
            return context.CreateAwsManagedKey(aliasName);
        }

        return (alias is null ? null : context.State.FindKey(context.Region, alias.TargetKeyId))
            ?? throw KmsErrors.AliasNotFound(KeyIdentifier.AliasArn(context.Region, context.AccountId, aliasName));
    }
}
