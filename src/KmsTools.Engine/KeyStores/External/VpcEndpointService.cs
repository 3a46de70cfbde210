using System.Collections.Immutable;

namespace KmsTools;

/// <summary>
/// A VPC endpoint service as this store knows it: the counterpart of the service of Amazon VPC that an external key store with connectivity
/// VPC_ENDPOINT_SERVICE is reached through. It decides what AWS KMS would accept; requests go to the host of the proxy.
/// </summary>
public sealed record VpcEndpointService
{
    /// <summary>The form of their names: a regular expression for the whole of one, which also has 20-64 characters.</summary>
    public const string NamePattern = @"(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+";

    /// <summary>The number of Availability Zones that AWS KMS requires.</summary>
    internal const int RequiredAvailabilityZones = 2;

    /// <summary>The name, such as <c>com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0</c>.</summary>
    public required string ServiceName { get; init; }

    /// <summary>The account that owns it, 12 digits.</summary>
    public required string Owner { get; init; }

    /// <summary>The private DNS name: the host name of the proxy; null if it has none.</summary>
    public string? PrivateDnsName { get; init; }

    /// <summary>Whether the domain of the private DNS name is verified.</summary>
    public bool IsDomainVerified { get; init; } = true;

    /// <summary>
    /// The service principals that may use it, such as <c>cks.kms.us-east-1.amazonaws.com</c>. Null allows that of AWS KMS in its Region.
    /// </summary>
    public ImmutableArray<string>? AllowedPrincipals { get; init; }

    /// <summary>The number of Availability Zones that its network load balancer has subnets in, 0-6; AWS KMS requires two.</summary>
    public int AvailabilityZones { get; init; } = RequiredAvailabilityZones;

    /// <summary>Whether its owner must accept connection requests; AWS KMS requires that it need not.</summary>
    public bool AcceptanceRequired { get; init; }

    /// <summary>The Region in its name.</summary>
    public string Region => ServiceName.Split('.')[3];

    /// <summary>Whether both are the same in all members.</summary>
    internal static bool AreSame(VpcEndpointService left, VpcEndpointService right) =>
        left with { AllowedPrincipals = right.AllowedPrincipals } == right
        && (left.AllowedPrincipals is { } principals
            ? right.AllowedPrincipals is { } others && principals.SequenceEqual(others)
            : right.AllowedPrincipals is null);

    /// <summary>
    /// Whether AWS KMS of a Region finds it: it is in that Region, belongs to the given account, and allows AWS KMS to use it.
    /// </summary>
    /// <param name="region">The Region of the key store.</param>
    /// <param name="owner">The account that it is expected to belong to.</param>
    internal bool IsFound(string region, string owner)
    {
        string principal = $"cks.kms.{region}.amazonaws.com";
        return Region == region && Owner == owner && (AllowedPrincipals is not { } allowed || allowed.Contains(principal));
    }

    /// <summary>What about it does not meet the requirements of external key stores; null if nothing.</summary>
    /// <param name="host">The host name of the proxy, in lower case.</param>
    internal string? FindFault(string host) => this switch
    {
        { AvailabilityZones: < RequiredAvailabilityZones } =>
            "Its network load balancer must have subnets in at least two Availability Zones.",
        { AcceptanceRequired: true } => "It must not require acceptance of connection requests.",
        { PrivateDnsName: null } => "It has no private DNS name.",
        { IsDomainVerified: false } => "The domain of its private DNS name is not verified.",
        _ when !string.Equals(PrivateDnsName, host, StringComparison.OrdinalIgnoreCase) =>
            $"Its private DNS name is {PrivateDnsName}, not the host of the XksProxyUriEndpoint.",
        _ => null,
    };
}
