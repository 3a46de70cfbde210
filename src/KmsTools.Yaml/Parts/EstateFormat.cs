using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>The estate itself.</summary>
internal sealed class EstateFormat()
    : PartFormat<Estate>(
        "estate",
        "The desired content of a KmsTools store. What it does not name is left as it is. See about_KmsTools_Estates.")
{
    /// <summary>The one instance.</summary>
    public static readonly EstateFormat Instance = new();

    private const int Version = 1;

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<Estate>> Members { get; } =
    [
        Member(Value.VersionMember, Value.Version(Version), static _ => new(Version), static (estate, _) => estate,
            "The version of the format."),
        Member("clusters", Value.Parts(ClusterFormat.Instance), static estate => estate.Clusters,
            static (estate, clusters) => estate with { Clusters = [.. clusters] },
            "HSM clusters."),
        Member("proxyAddresses", Value.Parts(ProxyAddressFormat.Instance), static estate => estate.ProxyAddresses,
            static (estate, addresses) => estate with { ProxyAddresses = [.. addresses] },
            "How the hosts of external key store proxies are reached."),
        Member("vpcEndpointServices", Value.Parts(VpcEndpointServiceFormat.Instance), static estate => estate.VpcEndpointServices,
            static (estate, services) => estate with { VpcEndpointServices = [.. services] },
            "VPC endpoint services that external key stores are reached through."),
        Member("keyStores", Value.Parts(KeyStoreFormat.Instance), static estate => estate.KeyStores,
            static (estate, stores) => estate with { KeyStores = [.. stores] },
            "Custom key stores."),
        Member("keys", Value.Parts(KeyFormat.Instance), static estate => estate.Keys,
            static (estate, keys) => estate with { Keys = [.. keys] },
            "Keys."),
        Member("alarms", Value.Parts(AlarmFormat.Instance), static estate => estate.Alarms,
            static (estate, alarms) => estate with { Alarms = [.. alarms] },
            "Alarms, without actions: a file must not run code."),
        Member("principals", Value.Parts(PrincipalFormat.Instance), static estate => estate.Principals,
            static (estate, principals) => estate with { Principals = [.. principals] },
            "Users, roles and groups."),
        Member("authorization", Value.Part(AuthorizationFormat.Instance), static estate => estate.Authorization,
            static (estate, authorization) => estate with { Authorization = authorization }),
    ];

    /// <inheritdoc/>
    public override string HowToRepeatLess => "Use fewer of them, or split the estate into several files.";

    /// <inheritdoc/>
    protected override Estate Begin(SourcePosition position) => new();
}
