using System.Collections.Immutable;
using KmsTools.Keys;

namespace KmsTools.Authorization;

/// <summary>
/// The values of one permission of a call that conditions are compared with, looked up when a condition asks for them. What is specific to
/// an operation, the operation knows. Source: "AWS KMS condition keys", AWS KMS Developer Guide, and "AWS global condition context keys",
/// IAM User Guide.
/// </summary>
internal sealed class RequestContext(OperationContext call, CallerIdentity identity, Permission permission) : IRequestContext
{
    private static readonly ImmutableDictionary<string, string> NoPairs = ImmutableDictionary<string, string>.Empty;

    /// <inheritdoc/>
    public IReadOnlyDictionary<string, string> EncryptionContext => call.Operation.FindEncryptionContext(permission, call) ?? NoPairs;

    /// <inheritdoc/>
    public ConditionValues? Find(string key)
    {
        foreach ((string fact, ImmutableArray<string> values) in call.Caller.Facts)
        {
            if (fact.Equals(key, StringComparison.OrdinalIgnoreCase))
            {
                return values.IsEmpty ? null : new ConditionValues(values, ConditionKey.IsMultiValued(key));
            }
        }

        return OfOccasion(key) ?? OfKey(key) ?? OfRequest(key);
    }

    private ConditionValues? OfOccasion(string name) => name switch
    {
        ConditionKeys.RequestedRegion => Facts.Of((permission.Region ?? call.Region).ToString()),
        ConditionKeys.ResourceAccount => permission.Resource == Permission.Anything ? null : Facts.Of(call.AccountId.ToString()),
        ConditionKeys.CallerAccount => permission.IsOnKey || call.Operation.HasCallerAccount
            ? Facts.Of(identity.Arn?.AccountId.ToString())
            : null,
        _ => new CallerContext(identity, call.Now).Find(name),
    };

    private ConditionValues? OfKey(string name)
    {
        if (!permission.IsOnKey)
        {
            return null;
        }

        Key key = permission.Key!;
        return name switch
        {
            ConditionKeys.KeyOrigin => Facts.Of(key.Origin.ToString()),
            ConditionKeys.KeySpec or ConditionKeys.CustomerMasterKeySpec => Facts.Of(key.KeySpec.ToString()),
            ConditionKeys.KeyUsage or ConditionKeys.CustomerMasterKeyUsage => Facts.Of(key.KeyUsage.ToString()),
            ConditionKeys.MultiRegion => Facts.Of(key.MultiRegion),
            ConditionKeys.MultiRegionKeyType => Facts.Of(key.MultiRegionKeyType?.ToString()),
            ConditionKeys.ResourceAliases => ResourceAliases(key),
            ConditionKeys.ViaService => Facts.Of(ViaService(key)),
            _ => OfTags(key.Tags, name, ConditionKeys.ResourceTagPrefix),
        };
    }

    private ConditionValues? OfRequest(string name)
    {
        if (name == ConditionKeys.RequestAlias)
        {
            return Facts.Of(permission.RequestAlias);
        }

        bool isPairOfContext = name.StartsWith(ConditionKeys.EncryptionContextPrefix, StringComparison.OrdinalIgnoreCase);
        if (name != ConditionKeys.EncryptionContextKeys && !isPairOfContext)
        {
            return call.Operation.FindFact(name, permission, call);
        }

        IReadOnlyDictionary<string, string>? context = call.Operation.FindEncryptionContext(permission, call);
        return isPairOfContext
            ? Facts.OfPair(context, name, ConditionKeys.EncryptionContextPrefix)
            : Facts.OfAll(context?.Keys);
    }

    // No condition on the aliases of a key that has more of them than its quota allows can be met.
    private ConditionValues? ResourceAliases(Key key)
    {
        string[] aliases = [.. call.State.ListAliases(key.Region, key.KeyId, null, int.MaxValue).Select(static alias => alias.AliasName)];
        return Facts.OfAll(aliases.Length > call.Quotas[QuotaName.AliasesPerKey] ? [""] : aliases);
    }

    // With the setting for it, a direct use of an AWS managed key counts as made through its service.
    private string? ViaService(Key key)
    {
        if (key.KeyManager != KeyManagerType.AWS || !call.Access.Settings.DirectUseOfAwsManagedKeys)
        {
            return null;
        }

        string? alias = permission.RequestAlias
            ?? (call.State.ListAliases(key.Region, key.KeyId, null, 1) is [var only] ? only.AliasName : null);
        return alias is null ? null : AwsManagedKeys.ViaService(alias, key.Region);
    }

    private static ConditionValues? OfTags(IEnumerable<KeyTag>? tags, string name, string prefix) =>
        Facts.OfPair(tags?.Select(static tag => KeyValuePair.Create(tag.TagKey, tag.TagValue)), name, prefix);
}
