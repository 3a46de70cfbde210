using KmsTools.Authorization;
using KmsTools.Identifiers;

namespace KmsTools.Operations;

/// <summary>The rules for aliases.</summary>
internal static class AliasNames
{
    /// <summary>The name in a request; refuses malformed ones and those that belong to AWS.</summary>
    /// <exception cref="KmsException">ValidationException or NotAuthorizedException.</exception>
    public static AliasName Require(string aliasName)
    {
        if (!AliasName.HasPrefix(aliasName) || aliasName.Length == AliasName.Prefix.Length)
        {
            throw KmsErrors.Validation(
                $"Alias must start with the prefix \"{AliasName.Prefix}\". Please see "
                    + "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html");
        }

        if (!AliasName.TryParse(aliasName, out AliasName name))
        {
            throw KmsErrors.Validation(AliasName.Refusal(aliasName));
        }

        return name.IsReserved ? throw KmsErrors.AliasReserved(name) : name;
    }

    /// <summary>The name of an alias that is to be created: AWS rejects colons there, although the model of the API allows them.</summary>
    /// <exception cref="KmsException">ValidationException or NotAuthorizedException.</exception>
    public static AliasName RequireNew(string aliasName)
    {
        AliasName name = Require(aliasName);
        return aliasName.Contains(':', StringComparison.Ordinal) ? throw KmsErrors.InvalidAliasCharacters(name) : name;
    }

    /// <summary>Refuses another alias for a key that has the maximum number of aliases.</summary>
    /// <exception cref="KmsException">LimitExceededException.</exception>
    public static void RequireRoom(OperationContext context, Key key)
    {
        long limit = context.Quotas[QuotaName.AliasesPerKey];
        if (context.State.CountAliases(key.Region, key.KeyId) >= limit)
        {
            throw KmsErrors.LimitExceeded($"{key.Arn} has {limit} alias{(limit == 1 ? "" : "es")}, the most that are allowed.");
        }
    }

    /// <summary>The alias with this name, which is a resource of the event.</summary>
    /// <exception cref="KmsException">NotFoundException.</exception>
    public static KeyAlias Find(OperationContext context, string aliasName)
    {
        string arn = Describe(context, aliasName);
        return context.State.FindAlias(context.Region, aliasName) ?? throw KmsErrors.AliasNotFound(arn);
    }

    /// <summary>Makes an alias a resource of the event.</summary>
    /// <returns>Its ARN.</returns>
    public static string Describe(OperationContext context, string aliasName)
    {
        string arn = KeyIdentifier.AliasArn(context.Region, context.AccountId, aliasName);
        if (!context.OtherResources.Contains(arn))
        {
            context.OtherResources.Add(arn);
        }

        return arn;
    }

    /// <summary>The permission on an alias, which is another resource than its key and has no key policy.</summary>
    public static Permission PermissionOn(OperationContext context, string aliasName) => new(
        context.Operation.Name, KeyIdentifier.AliasArn(context.Region, context.AccountId, aliasName), AccessRule.IdentityOnly);
}
