using System.Collections.Immutable;

namespace KmsTools.XksProxy.Settings;

/// <summary>
/// A rule of a key store about requests of some principals, keys or operations; health checks are never asked about. A request matches when
/// each list that is not empty has a pattern for it, in which <c>*</c> stands for any characters and <c>?</c> for one. A value that the
/// request lacks matches no pattern, with one exception: a request for the metadata of a key (CreateKey in KMS) has no ARN of a KMS key yet,
/// so the lists about the KMS key of a rule that allows are not looked at for it.
/// </summary>
public sealed record AuthorizationRule
{
    /// <summary>What the log calls it when it denies.</summary>
    public required string Name { get; init; }

    /// <summary>Whether a request that matches is allowed; otherwise it is denied.</summary>
    public bool Allows { get; init; }

    /// <summary>Operations of the proxy: Encrypt, Decrypt, GetKeyMetadata.</summary>
    public ImmutableArray<string> Apis { get; init; } = [];

    /// <summary>Operations of KMS (kmsOperation), such as GenerateDataKey.</summary>
    public ImmutableArray<string> Operations { get; init; } = [];

    /// <summary>External key IDs.</summary>
    public ImmutableArray<string> ExternalKeyIds { get; init; } = [];

    /// <summary>Access key IDs of the credentials of the key store.</summary>
    public ImmutableArray<string> AccessKeyIds { get; init; } = [];

    /// <summary>Principals (awsPrincipalArn).</summary>
    public ImmutableArray<string> PrincipalArns { get; init; } = [];

    /// <summary>Accounts of principals, from their ARNs.</summary>
    public ImmutableArray<string> PrincipalAccounts { get; init; } = [];

    /// <summary>KMS keys (kmsKeyArn).</summary>
    public ImmutableArray<string> KeyArns { get; init; } = [];

    /// <summary>Accounts of KMS keys, from their ARNs.</summary>
    public ImmutableArray<string> KeyAccounts { get; init; } = [];

    /// <summary>Regions of KMS keys, from their ARNs.</summary>
    public ImmutableArray<string> KeyRegions { get; init; } = [];

    /// <summary>Services that call for a customer (kmsViaService).</summary>
    public ImmutableArray<string> ViaServices { get; init; } = [];

    /// <summary>VPCs that calls come from (awsSourceVpc).</summary>
    public ImmutableArray<string> SourceVpcs { get; init; } = [];

    /// <summary>VPC endpoints that calls come through (awsSourceVpce).</summary>
    public ImmutableArray<string> SourceVpcEndpoints { get; init; } = [];
}
