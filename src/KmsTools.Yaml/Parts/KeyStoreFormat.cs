using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>A custom key store.</summary>
internal sealed class KeyStoreFormat() : PartFormat<EstateKeyStore>("keyStore", "A custom key store, identified by its name in its Region.")
{
    /// <summary>The one instance.</summary>
    public static readonly KeyStoreFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateKeyStore>> Members { get; } =
    [
        Member("name", Value.Text, static store => store.Name, static (store, name) => store with { Name = name },
            "The friendly name.", isRequired: true),
        Member("region", Value.Region, static store => store.Region, static (store, region) => store with { Region = region },
            "The Region. The default is that of the store."),
        Member("cluster", Value.String, static store => store.Cluster, static (store, cluster) => store with { Cluster = cluster },
            "The ID of its cluster."),
        Member("proxy", Value.Part(EstateProxyFormat.Instance), static store => store.Proxy,
            static (store, proxy) => store with { Proxy = proxy }),
        Member("connected", Value.Flag, static store => store.Connected, static (store, connected) => store with { Connected = connected },
            "Whether it is connected. A new key store is connected unless this is false."),
    ];

    /// <inheritdoc/>
    protected override (string First, string Second)? Either => ("cluster", "proxy");

    /// <inheritdoc/>
    protected override string Rules => """
        { "anyOf": [{ "required": ["cluster"] }, { "required": ["proxy"] }] }
        """;

    /// <inheritdoc/>
    public override (string Reason, ErrorCause Cause)? WhyNot(string member) => member is "type" or "customKeyStoreType"
        ? ("With a 'cluster' it is of type AWS_CLOUDHSM, with a 'proxy' of type EXTERNAL_KEY_STORE.", ErrorCause.None)
        : EstateProxyFormat.Instance.MemberNames.Contains(member)
            ? ("It is a member of its 'proxy'.", ErrorCause.None)
            : null;

    /// <inheritdoc/>
    protected override EstateKeyStore Check(YamlObject given, EstateKeyStore part)
    {
        if (!given.Has("cluster") && !given.Has("proxy"))
        {
            given.Error(given.Position, "This keyStore needs the member 'cluster', or 'proxy' for an external key store.");
        }

        return part;
    }

    /// <inheritdoc/>
    protected override EstateKeyStore Begin(SourcePosition position) => new()
    {
        Position = position,
        Name = new("", position),
    };
}
