using System.Collections.Immutable;
using System.IO.Enumeration;
using KmsTools.XksProxy.Requests;
using KmsTools.XksProxy.Settings;

namespace KmsTools.XksProxy.Stores;

/// <summary>Decides by the rules of a key store.</summary>
/// <param name="rules">The rules, in their order.</param>
internal sealed class RuleSet(ImmutableArray<AuthorizationRule> rules)
{
    /// <summary>The rule that denies a request; null where it is allowed.</summary>
    /// <param name="api">The operation.</param>
    /// <param name="keyId">The external key ID.</param>
    /// <param name="accessKeyId">Whose signature it has.</param>
    /// <param name="metadata">Who calls KMS for what.</param>
    public AuthorizationRule? FindDenial(XksApi api, string keyId, string accessKeyId, RequestMetadata metadata)
    {
        foreach (AuthorizationRule rule in rules)
        {
            if (Matches(rule, api, keyId, accessKeyId, metadata))
            {
                return rule.Allows ? null : rule;
            }
        }

        return null;
    }

    private static bool Matches(AuthorizationRule rule, XksApi api, string keyId, string accessKeyId, RequestMetadata metadata)
    {
        // A key that KMS is about to create has no ARN yet; who denies by ARN denies what it is used for later.
        bool isBeforeKey = api == XksApi.GetKeyMetadata && metadata.KmsKeyArn is null && rule.Allows;
        return Allows(rule.Apis, XksApis.Name(api))
            && Allows(rule.Operations, metadata.KmsOperation)
            && Allows(rule.ExternalKeyIds, keyId)
            && Allows(rule.AccessKeyIds, accessKeyId)
            && Allows(rule.PrincipalArns, metadata.AwsPrincipalArn)
            && Allows(rule.PrincipalAccounts, PartOfArn(metadata.AwsPrincipalArn, 4))
            && (isBeforeKey || (Allows(rule.KeyArns, metadata.KmsKeyArn)
                && Allows(rule.KeyAccounts, PartOfArn(metadata.KmsKeyArn, 4))
                && Allows(rule.KeyRegions, PartOfArn(metadata.KmsKeyArn, 3))))
            && Allows(rule.ViaServices, metadata.KmsViaService)
            && Allows(rule.SourceVpcs, metadata.AwsSourceVpc)
            && Allows(rule.SourceVpcEndpoints, metadata.AwsSourceVpce);
    }

    private static bool Allows(ImmutableArray<string> patterns, string? value) =>
        patterns.IsDefaultOrEmpty || (value is not null && patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(
            pattern, value, ignoreCase: false)));

    // arn:partition:service:Region:account:resource. What is no ARN has no parts.
    private static string? PartOfArn(string? arn, int index) =>
        arn?.Split(':', 6) is ["arn", _, _, _, _, _] and var parts && parts[index].Length > 0 ? parts[index] : null;
}
