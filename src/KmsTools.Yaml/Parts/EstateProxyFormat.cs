using KmsTools.Estates;

namespace KmsTools.Yaml;

/// <summary>The proxy of an external key store.</summary>
internal sealed class EstateProxyFormat() : PartFormat<EstateProxy>("proxy", "The proxy of an external key store.")
{
    /// <summary>The one instance.</summary>
    public static readonly EstateProxyFormat Instance = new();

    /// <inheritdoc/>
    public override IReadOnlyList<MemberFormat<EstateProxy>> Members { get; } =
    [
        Member("connectivity", Value.Name<XksProxyConnectivityType>(), static proxy => proxy.Connectivity,
            static (proxy, connectivity) => proxy with { Connectivity = connectivity },
            "How it is reached. The default is PUBLIC_ENDPOINT."),
        Member("uriEndpoint", Value.Like("https://[a-zA-Z0-9.-]+"), static proxy => proxy.UriEndpoint,
            static (proxy, endpoint) => proxy with { UriEndpoint = endpoint },
            "The endpoint: https:// and the host name. proxyAddresses can name another port.", isRequired: true),
        Member("uriPath", Value.Like(@"(/[a-zA-Z0-9/_-]+)?/kms/xks/v\d{1,2}"), static proxy => proxy.UriPath,
            static (proxy, path) => proxy with { UriPath = path },
            "The path of the proxy API, such as /example/kms/xks/v1.", isRequired: true),
        Member("vpcEndpointServiceName", Value.Like(VpcEndpointService.NamePattern), static proxy => proxy.VpcEndpointServiceName,
            static (proxy, name) => proxy with { VpcEndpointServiceName = name },
            "The VPC endpoint service. Required with connectivity VPC_ENDPOINT_SERVICE."),
        Member("vpcEndpointServiceOwner", Account, static proxy => proxy.VpcEndpointServiceOwner,
            static (proxy, owner) => proxy with { VpcEndpointServiceOwner = owner },
            "The account that owns the VPC endpoint service. The default is that of the store."),
        Member("accessKeyId", Value.Like("[A-Z2-7]{20,30}"), static proxy => proxy.AccessKeyId,
            static (proxy, id) => proxy with { AccessKeyId = id },
            "The access key ID of the credential.", isRequired: true),
        Member("secretFrom", Value.Part(SecretFromFormat.SecretAccessKey), static proxy => proxy.Secret,
            static (proxy, secret) => proxy with { Secret = secret }),
    ];

    /// <summary>An account ID, which may look like a number.</summary>
    internal static TextFormat Account => new("string", "integer") { Pattern = "[0-9]{12}" };

    /// <inheritdoc/>
    protected override string Rules => """
        {
          "if": { "properties": { "connectivity": { "const": "VPC_ENDPOINT_SERVICE" } }, "required": ["connectivity"] },
          "then": { "required": ["vpcEndpointServiceName"] },
          "else": {
            "if": { "required": ["connectivity"] },
            "then": { "properties": { "vpcEndpointServiceName": false, "vpcEndpointServiceOwner": false } }
          }
        }
        """;

    /// <inheritdoc/>
    public override (string Reason, ErrorCause Cause)? WhyNot(string member) => member is "secret" or "secretAccessKey"
        ? ("A secret access key does not belong in a file: name its source in 'secretFrom'.", ErrorCause.None)
        : null;

    /// <inheritdoc/>
    protected override EstateProxy Begin(SourcePosition position) => new()
    {
        Position = position,
        UriEndpoint = new("", position),
        UriPath = new("", position),
        AccessKeyId = new("", position),
    };
}
