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
            "The ID of its cluster.", isRequired: true),
        Member("connected", Value.Flag, static store => store.Connected, static (store, connected) => store with { Connected = connected },
            "Whether it is connected. A new key store is connected unless this is false."),
    ];

    /// <inheritdoc/>
    protected override EstateKeyStore Begin(SourcePosition position) => new()
    {
        Position = position,
        Name = new("", position),
        Cluster = new("", position),
    };
}
