using KmsTools.Estates;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>A rule of a key store.</summary>
internal sealed class RuleFormat()
    : PartFormat<RuleDraft>(
        "rule",
        "A rule about requests. A request matches if each list has a pattern for it, in which * stands for any characters and ? for one.")
{
    /// <summary>The one instance.</summary>
    public static readonly RuleFormat Instance = new();

    public const string Apis = "apis";
    public const string ExternalKeyIds = "externalKeyIds";
    public const string AccessKeyIds = "accessKeyIds";
    public const string Operations = "operations";
    public const string PrincipalArns = "principalArns";
    public const string PrincipalAccounts = "principalAccounts";
    public const string KeyArns = "keyArns";
    public const string KeyAccounts = "keyAccounts";
    public const string KeyRegions = "keyRegions";
    public const string ViaServices = "viaServices";
    public const string SourceVpcs = "sourceVpcs";
    public const string SourceVpcEndpoints = "sourceVpcEndpoints";

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<RuleDraft>> Members { get; } =
    [
        Member("name", Value.Text, static rule => rule.Name, static (rule, name) => rule with { Name = name },
            "What the log calls it when it denies.", isRequired: true),
        Member("effect", Value.Name<RuleEffect>(), static rule => rule.Effect, static (rule, effect) => rule with { Effect = effect },
            "Whether a request that matches is allowed or denied.", isRequired: true),
        Patterns(Apis, "APIs of the proxy: Encrypt, Decrypt, GetKeyMetadata."),
        Patterns(Operations, "Operations of KMS, such as GenerateDataKey."),
        Patterns(ExternalKeyIds, "External key IDs."),
        Patterns(AccessKeyIds, "Access key IDs of the key store."),
        Patterns(PrincipalArns, "ARNs of the principals that call KMS."),
        Patterns(PrincipalAccounts, "Accounts of the principals."),
        Patterns(KeyArns, "ARNs of KMS keys."),
        Patterns(KeyAccounts, "Accounts of KMS keys."),
        Patterns(KeyRegions, "Regions of KMS keys."),
        Patterns(ViaServices, "Services that call KMS for a customer."),
        Patterns(SourceVpcs, "VPCs that calls come from."),
        Patterns(SourceVpcEndpoints, "VPC endpoints that calls come through."),
    ];

    /// <inheritdoc/>
    protected override RuleDraft Begin(SourcePosition position) => new(position);

    private static MemberFormat<RuleDraft> Patterns(string name, string description) => Member(
        name,
        Value.List(Value.Text, $"'{name}' is empty. Leave it out: then it matches every request."),
        rule => rule.Patterns.GetValueOrDefault(name, []),
        (rule, patterns) => rule with { Patterns = rule.Patterns.SetItem(name, [.. patterns]) },
        description + " Patterns.");
}
