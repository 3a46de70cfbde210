using KmsTools.Estates;
using KmsTools.XksProxy.Settings;
using KmsTools.Yaml;

namespace KmsTools.XksProxy.Configuration;

/// <summary>The configuration itself.</summary>
internal sealed class ProxyFormat()
    : PartFormat<ProxyDraft>(
        "configuration",
        "The configuration of an XKS proxy: its tokens, and the key stores that it serves. See about_KmsTools_XksProxy.")
{
    /// <summary>The one instance.</summary>
    public static readonly ProxyFormat Instance = new();

    private const int Version = 1;

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<ProxyDraft>> Members { get; } =
    [
        Member(Value.VersionMember, Value.Version(Version), static _ => new(Version), static (draft, _) => draft,
            "The version of the format."),
        Member("address", Value.String, static draft => draft.Address, static (draft, address) => draft with { Address = address },
            "The IP address to listen on; 0.0.0.0 means all addresses of the machine. An address other than loopback needs tls. The default "
            + "is 127.0.0.1."),
        Member("port", Texts.Number("port", 0, 65_535, XksProxySettings.DefaultPort), static draft => draft.Port,
            static (draft, port) => draft with { Port = port },
            "The port; 0 selects a free one. The default is 443: AWS KMS calls no other."),
        Member("allowPlainHttp", Texts.Off, static draft => draft.AllowPlainHttp,
            static (draft, allow) => draft with { AllowPlainHttp = allow },
            "Serves plain HTTP on an address other than loopback, behind a balancer that ends TLS. The default is false."),
        Member("tls", Value.Part(TlsFormat.Instance), static draft => draft.Tls, static (draft, tls) => draft with { Tls = tls }),
        Member("metrics", Value.String, static draft => draft.Metrics, static (draft, metrics) => draft with { Metrics = metrics },
            "An IP address with a port, such as 127.0.0.1:9464, at which metrics are served for Prometheus, to anyone who can reach it. By "
            + "default nothing is measured."),
        Member("logFile", Value.String, static draft => draft.LogFile, static (draft, file) => draft with { LogFile = file },
            "The file to which the log is added, as JSON lines; only its owner can read it. The default is standard output."),
        Member("fleetSize", Texts.Number("fleetSize", 1, int.MaxValue, 1), static draft => draft.FleetSize,
            static (draft, size) => draft with { FleetSize = size },
            "How many proxies with the same configuration serve the key stores. The default is 1."),
        Member("stopDelaySeconds", Texts.Number("stopDelaySeconds", 0, 300, (int)new XksProxySettings().StopDelay.TotalSeconds),
            static draft => draft.StopDelay,
            static (draft, delay) => draft with { StopDelay = delay },
            "How long a proxy that stops serves on, while it tells load balancers (/ping answers 503) that it will. The default is 5."),
        Member("limits", Value.Part(LimitsFormat.Instance), static draft => draft.Limits,
            static (draft, limits) => draft with { Limits = limits }),
        Member("tokens", Value.List(Value.Part(TokenPartFormat.Instance), "A proxy has at least one token."), static draft => draft.Tokens,
            static (draft, tokens) => draft with { Tokens = [.. tokens] },
            "The tokens that hold the keys, at most 10.", isRequired: true),
        Member("keyStores", Value.List(Value.Part(KeyStorePartFormat.Instance), "A proxy has at least one key store."),
            static draft => draft.KeyStores,
            static (draft, stores) => draft with { KeyStores = [.. stores] },
            "The key stores, each with a separate path, credentials and keys.", isRequired: true),
    ];

    /// <inheritdoc/>
    protected override (string First, string Second)? Either => ("tls", "allowPlainHttp");

    /// <inheritdoc/>
    protected override ProxyDraft Begin(SourcePosition position) => new();
}
