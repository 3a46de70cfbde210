using KmsTools.Estates;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>A key store.</summary>
internal sealed class KeyStorePartFormat()
    : PartFormat<KeyStoreDraft>("keyStore", "A key store: what an external key store of KMS sees as its proxy.")
{
    /// <summary>The one instance.</summary>
    public static readonly KeyStorePartFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<KeyStoreDraft>> Members { get; } =
    [
        Member("name", Texts.Name, static store => store.Name, static (store, name) => store with { Name = name },
            "What logs and metrics call it, unique in this file.", isRequired: true),
        Member("prefix", Texts.Prefix, static store => store.Prefix, static (store, prefix) => store with { Prefix = prefix },
            "The path before /kms/xks/v1, such as /example/one, unique in this file. The default is none."),
        Member("regions", Value.List(Value.Region, "A key store has at least one Region: that of the KMS that calls."),
            static store => store.Regions,
            static (store, regions) => store with { Regions = [.. regions] },
            "The Regions of the KMS that may call.", isRequired: true),
        Member("credentials", Value.List(Value.Part(CredentialFormat.Instance), "A key store has at least one credential."),
            static store => store.Credentials,
            static (store, credentials) => store with { Credentials = [.. credentials] },
            "The credentials, of which each request needs one.", isRequired: true),
        Member("keys", Value.Parts(KeyPartFormat.Instance), static store => store.Keys,
            static (store, keys) => store with { Keys = [.. keys] },
            "The keys, by the IDs that KMS knows them by."),
        Member("enabled", Texts.On, static store => store.Enabled, static (store, enabled) => store with { Enabled = enabled },
            "Whether its keys can be used. The default is true."),
        Member("requestsPerSecond", Texts.Number("requestsPerSecond", 1, 1_000_000), static store => store.RequestsPerSecond,
            static (store, rate) => store with { RequestsPerSecond = rate },
            "After how many requests in a second the others are answered with ThrottlingException. The default is no limit."),
        Member("rules", Value.Parts(RuleFormat.Instance), static store => store.Rules,
            static (store, rules) => store with { Rules = [.. rules] },
            "Who may do what beyond what policies in KMS allow. The first rule that matches decides; without one, a request is allowed."),
    ];

    /// <inheritdoc/>
    protected override KeyStoreDraft Begin(SourcePosition position) => new(position);
}
