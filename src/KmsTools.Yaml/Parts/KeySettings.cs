using KmsTools.Estates;
using KmsTools.Identifiers;

namespace KmsTools.Yaml;

/// <summary>The members that a key and a replica have in common.</summary>
internal abstract class KeySettings(string name, string description) : PartFormat<EstateKey>(name, description)
{
    /// <summary>The description of the key.</summary>
    protected static MemberFormat<EstateKey> Description { get; } = Member("description", Value.Text, static key => key.Description,
        static (key, description) => key with { Description = description },
        "The description of the key.");

    /// <summary>Whether the key can be used.</summary>
    protected static MemberFormat<EstateKey> Enabled { get; } = Member("enabled", Value.Flag, static key => key.Enabled,
        static (key, enabled) => key with { Enabled = enabled },
        "Whether the key can be used.");

    /// <summary>The key policy.</summary>
    protected static MemberFormat<EstateKey> Policy { get; } = Member("policy", new PolicyFormat(), static key => key.Policy,
        static (key, policy) => key with { Policy = policy },
        "The key policy: JSON text, or the same as YAML.");

    /// <summary>Whether the policy may lock the owner of the key out.</summary>
    protected static MemberFormat<EstateKey> BypassPolicyLockoutSafetyCheck { get; } = Member("bypassPolicyLockoutSafetyCheck", Value.Flag,
        static key => key.BypassPolicyLockoutSafetyCheck, static (key, bypass) => key with { BypassPolicyLockoutSafetyCheck = bypass },
        "Allows a policy that locks its owner out.");

    /// <summary>The tags.</summary>
    protected static MemberFormat<EstateKey> Tags { get; } = Member("tags", Value.Pairs,
        static key => [.. key.Tags.Select(static tag => new YamlPair(tag.Position, tag.Key, tag.Value))],
        static (key, pairs) => key with { Tags = [.. pairs.Select(static pair => new EstateTag(pair.Position, pair.Name, pair.Value))] },
        "The tags. Other tags of the key are kept.");

    /// <summary>The grants.</summary>
    protected static MemberFormat<EstateKey> Grants { get; } = Member("grants", Value.Parts(GrantFormat.Instance), static key => key.Grants,
        static (key, grants) => key with { Grants = [.. grants] },
        "The grants. Other grants of the key are kept.");

    /// <summary>The Region.</summary>
    protected static MemberFormat<EstateKey> Region(string description, bool isRequired) => Member("region", Value.Region,
        static key => key.Region, static (key, region) => key with { Region = region }, description, isRequired);

    /// <summary>The aliases.</summary>
    protected static MemberFormat<EstateKey> Aliases(string description) => Member("aliases",
        Value.List(new TextFormat("string") { Prefix = AliasName.Prefix }), static key => key.Aliases,
        static (key, aliases) => key with { Aliases = [.. aliases] }, description);

    /// <inheritdoc/>
    protected override EstateKey Begin(SourcePosition position) => new() { Position = position };
}
