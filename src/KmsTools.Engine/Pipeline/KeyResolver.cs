using KmsTools.Identifiers;
using KmsTools.Keys;
using KmsTools.Validation;

namespace KmsTools.Pipeline;

/// <summary>A key that a request named.</summary>
/// <param name="Key">The key.</param>
/// <param name="AliasName">The alias that the request used, or null.</param>
/// <param name="AliasOfDraft">The ARN of the alias, if the call would create the key: in previews only.</param>
internal readonly record struct ResolvedKey(Key Key, string? AliasName = null, string? AliasOfDraft = null);

/// <summary>Finds the key that a reference names, in the Region of the call.</summary>
internal static class KeyResolver
{
    /// <summary>
    /// Refuses an alias where an operation accepts only a key. AWS does this before it notices that other members are missing, and whether
    /// or not the alias exists. For operations that point aliases at keys this is not known, and they do not declare the error.
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
    /// <param name="forms">The forms of reference that are allowed.</param>
    /// <param name="context">The call.</param>
    /// <param name="action">
    /// The permission that is needed, in the error about another account; null when it has the name of the operation.
    /// </param>
    /// <exception cref="KmsException">
    /// NotFoundException or, if the operation declares it, InvalidArnException, with what exactly is wrong. AccessDeniedException: it would
    /// be a key of another account.
    /// </exception>
    public static ResolvedKey Resolve(string reference, KeyReferenceForms forms, OperationContext context, string? action = null)
    {
        action ??= context.Operation.Name;
        bool isArn = KmsArn.HasPrefix(reference);
        (AccountId accountId, bool isAlias, string name) = isArn
            ? ParseArn(reference, action, context)
            : (context.CallerAccountId, AliasName.HasPrefix(reference), reference);
        if (isAlias && forms == KeyReferenceForms.Any)
        {
            return context.SimulatedDraft is { } named && named.AliasName == name ? named : FindByAlias(accountId, name, action, context);
        }

        if (context.SimulatedDraft is { } draft && draft.Key.KeyId == name)
        {
            return draft;
        }

        Key? key = accountId == context.AccountId && KeyArn.IsKeyId(name) ? context.State.FindKey(context.Region, name) : null;
        return new ResolvedKey(key ?? throw (accountId != context.CallerAccountId
            ? KmsErrors.OtherAccount(context.Caller.PrincipalArn, action)
            : HasFormOfKeyId(name) ? KmsErrors.KeyDoesNotExist(KeyIdentifier.KeyArn(context.Region, accountId, name))
            : isArn ? KmsErrors.InvalidKeyIdInArn(name)
            : KmsErrors.InvalidKeyId(name)));
    }

    /// <summary>Whether a reference names a key of the Region of the call; one that names nothing, or is malformed, does not.</summary>
    public static bool Names(string reference, Key key, OperationContext context)
    {
        string name = reference[(reference.LastIndexOf(':') + 1)..];
        return AliasName.HasPrefix(name)
            ? context.State.FindAlias(context.Region, name)?.TargetKeyId == key.KeyId
            : name == key.KeyId || name == KmsArn.KeyPrefix + key.KeyId;
    }

    // A UUID in capitals is well-formed, but names no key.
    private static bool HasFormOfKeyId(string name) => KeyArn.IsKeyId(name)
        || (Guid.TryParseExact(name, "D", out Guid id) && id.ToString("D").Equals(name, StringComparison.OrdinalIgnoreCase));

    private static bool IsAlias(string reference) =>
        AliasName.HasPrefix(reference) || (KmsArn.TryParse(reference, out KmsArn arn) && arn.IsOfAws && AliasName.HasPrefix(arn.Resource));

    // The account, and the name of an alias or, without its prefix, what should be a key ID.
    private static (AccountId AccountId, bool IsAlias, string Name) ParseArn(string text, string action, OperationContext context)
    {
        bool isAlias = KmsArn.TryParse(text, out KmsArn arn) && AliasName.HasPrefix(arn.Resource);
        if (!arn.IsOfAws || !(isAlias || arn.Resource.StartsWith(KmsArn.KeyPrefix, StringComparison.Ordinal)))
        {
            throw context.Operation.DeclaresInvalidArn ? KmsErrors.InvalidArn(text) : KmsErrors.NoKeyArn(text);
        }

        if (arn.Region != context.Region)
        {
            throw KmsErrors.OtherRegion(arn.Region);
        }

        // The store has one account. That of the caller, if it is another one, has no keys.
        AccountId accountId = arn.AccountId == context.AccountId ? context.AccountId : context.CallerAccountId;
        return arn.AccountId == accountId
            ? (accountId, isAlias, isAlias ? arn.Resource : arn.Resource[KmsArn.KeyPrefix.Length..])
            : throw KmsErrors.OtherAccount(context.Caller.PrincipalArn, action);
    }

    /// <summary>The key of a service whose alias names none yet, as the first call would create it; null for others.</summary>
    /// <param name="reference">The reference.</param>
    /// <param name="context">The call.</param>
    public static ResolvedKey? FindDraft(string reference, OperationContext context)
    {
        string name = reference[(reference.LastIndexOf(':') + 1)..];
        bool isHere = KmsArn.TryParse(reference, out KmsArn arn)
            ? arn.IsOfAws && arn.Region == context.Region && arn.AccountId == context.AccountId
            : reference == name;
        return isHere && AliasName.TryParse(name, out AliasName alias) && AwsManagedKeys.IsPredefined(alias)
            && context.State.FindAlias(context.Region, name) is null
            ? Draft(alias, name, context)
            : null;
    }

    private static ResolvedKey Draft(AliasName alias, string name, OperationContext context) => new(
        AwsManagedKeys.Draft(context.AccountId, context.Region, alias, context.Now),
        name,
        KeyIdentifier.AliasArn(context.Region, context.AccountId, name));

    private static ResolvedKey FindByAlias(AccountId accountId, string aliasName, string action, OperationContext context)
    {
        bool isHere = accountId == context.AccountId;
        KeyAlias? alias = isHere ? context.State.FindAlias(context.Region, aliasName) : null;
        if (alias is null && isHere && AliasName.TryParse(aliasName, out AliasName name) && AwsManagedKeys.IsPredefined(name)
            && context.CallerAccountId == accountId)
        {
            // Whoever may not use it does not create it, nor does a preview.
            ResolvedKey draft = Draft(name, aliasName, context);
            context.RequireOnDraft(draft.Key, aliasName, action);
            return context.IsPreview
                ? draft
                : new ResolvedKey(context.CreateAwsManagedKey(name), aliasName);
        }

        Key? key = alias is null ? null : context.State.FindKey(context.Region, alias.TargetKeyId);
        return new ResolvedKey(
            key ?? throw (accountId == context.CallerAccountId
                ? KmsErrors.AliasNotFound(KeyIdentifier.AliasArn(context.Region, accountId, aliasName))
                : KmsErrors.OtherAccount(context.Caller.PrincipalArn, action)),
            aliasName);
    }
}
