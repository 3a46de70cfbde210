using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>How the proxies of a host are reached.</summary>
internal sealed class ProxyAddressFormat()
    : PartFormat<EstateProxyAddress>("proxyAddress", "How the external key store proxies of a host are reached, identified by the host.")
{
    /// <summary>The one instance.</summary>
    public static readonly ProxyAddressFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateProxyAddress>> Members { get; } =
    [
        Member("host", Value.String, static address => address.Host, static (address, host) => address with { Host = host },
            "The host name in the uriEndpoint of proxies.", isRequired: true),
        Member("address", Value.String, static address => address.Address, static (address, other) => address with { Address = other },
            "Where connections go: a host name or an IP address. The default is the host."),
        Member("port", new NumberFormat(1, 65_535) { Default = 443 }, static address => address.Port,
            static (address, port) => address with { Port = port },
            "The TCP port. The default is 443."),
        Member("trustAnchors", Value.List(Value.String), static address => address.TrustAnchors,
            static (address, anchors) => address with { TrustAnchors = [.. anchors] },
            "The only root certificates to trust: PEM, or the path of a file in PEM. A relative path is relative to this file. "
            + "The default is those of the operating system."),
        Member("clientCertificate", Value.String, static address => address.ClientCertificate,
            static (address, file) => address with { ClientCertificate = file },
            "A file with the client certificate and its key (PEM). A relative path is relative to this file."),
        Member("timeoutInMilliseconds", new NumberFormat(50, 30_000) { Default = 250 }, static address => address.TimeoutInMilliseconds,
            static (address, timeout) => address with { TimeoutInMilliseconds = timeout },
            "How long one attempt may take in milliseconds. The default is 250, as in AWS KMS."),
    ];

    /// <inheritdoc/>
    protected override EstateProxyAddress Begin(SourcePosition position) => new()
    {
        Position = position,
        Host = new("", position),
    };
}
