using System.Buffers;
using KmsTools.Validation;

namespace KmsTools.Keys;

/// <summary>Finds the key that a reference names, in the caller's account and Region.</summary>
internal static class KeyResolver
{
    private const string AliasPrefix = "alias/";

    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

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
        if (!IsKeyId(keyId))
        {
            throw KmsErrors.InvalidKeyId(reference);
        }

        return context.State.FindKey(context.Region, keyId)
            ?? throw KmsErrors.KeyDoesNotExist(KeyIdentifier.KeyArn(context.Region, context.AccountId, keyId));
    }

    /// <summary>A lower-case UUID with dashes, or <c>mrk-</c> and 32 hex digits.</summary>
    public static bool IsKeyId(string text) => text.StartsWith("mrk-", StringComparison.Ordinal)
        ? text.Length == 36 && text.AsSpan(4).IndexOfAnyExcept(LowerHex) < 0
        : IsUuid(text);

    // Guid.TryParseExact is no judge: it trims white space and takes signs and hex prefixes for digits.
    private static bool IsUuid(ReadOnlySpan<char> text)
    {
        if (text.Length != 36)
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            if (i is 8 or 13 or 18 or 23 ? text[i] != '-' : !LowerHex.Contains(text[i]))
            {
                return false;
            }
        }

        return true;
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
