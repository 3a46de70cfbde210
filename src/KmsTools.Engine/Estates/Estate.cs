using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.KeyStores;

namespace KmsTools.Estates;

/// <summary>
/// What a store is meant to hold: what surrounds external key stores, clusters, custom key stores, keys, alarms, principals, and how it
/// authorizes calls. What it does not name is left unchanged, and so is every member that is not given. Dispose zeroes the secrets that the
/// text contained.
/// </summary>
public sealed record Estate : IDisposable
{
    /// <summary>How the hosts of external key store proxies are reached.</summary>
    public ImmutableArray<EstateProxyAddress> ProxyAddresses { get; init; } = [];

    /// <summary>The VPC endpoint services that external key stores are reached through.</summary>
    public ImmutableArray<EstateVpcEndpointService> VpcEndpointServices { get; init; } = [];

    /// <summary>The clusters of HSMs.</summary>
    public ImmutableArray<EstateCluster> Clusters { get; init; } = [];

    /// <summary>The custom key stores.</summary>
    public ImmutableArray<EstateKeyStore> KeyStores { get; init; } = [];

    /// <summary>The keys.</summary>
    public ImmutableArray<EstateKey> Keys { get; init; } = [];

    /// <summary>The alarms.</summary>
    public ImmutableArray<EstateAlarm> Alarms { get; init; } = [];

    /// <summary>The users, roles and groups.</summary>
    public ImmutableArray<EstatePrincipal> Principals { get; init; } = [];

    /// <summary>How the store authorizes calls, or null.</summary>
    public EstateAuthorization? Authorization { get; init; }

    /// <summary>Returns the estate with full paths.</summary>
    /// <param name="folder">The folder to which relative paths of libraries, certificates and files with secrets are relative.</param>
    public Estate In(string folder) => this with
    {
        ProxyAddresses = [.. ProxyAddresses.Select(address => address.In(folder))],
        KeyStores = [.. KeyStores.Select(store => store.Proxy is not { } proxy
            ? store
            : store with { Proxy = proxy with { Secret = proxy.Secret?.In(folder) } })],
        Clusters =
        [
            .. Clusters.Select(cluster => cluster with
            {
                Library = cluster.Library.Value.Length == 0 ? cluster.Library : FullPath(folder, cluster.Library),
                Tokens = [.. cluster.Tokens
                    .Select(token => token.Library is { } library ? token with { Library = FullPath(folder, library) } : token)],
                Pin = cluster.Pin?.In(folder),
            }),
        ],
    };

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (EstateCluster cluster in Clusters)
        {
            cluster.Pin?.Plaintext?.Dispose();
        }

        foreach (EstateKey key in Keys)
        {
            key.Material?.Bytes.Dispose();
        }
    }

    // Parameters of a library follow a vertical bar.
    private static Located<string> FullPath(string folder, Located<string> library)
    {
        int bar = library.Value.IndexOf('|', StringComparison.Ordinal);
        return library with { Value = bar < 0
            ? Path.GetFullPath(library.Value, folder)
            : Path.GetFullPath(library.Value[..bar], folder) + library.Value[bar..] };
    }
}

/// <summary>A cluster of HSMs, identified by its ID.</summary>
public sealed record EstateCluster : EstatePart
{
    /// <summary><c>cluster-</c> and 11-16 characters of <c>[2-7a-zA-Z]</c>.</summary>
    public required Located<string> Id { get; init; }

    /// <summary>Path of the PKCS#11 library. A token can name another one. Empty where the URIs of the tokens name it.</summary>
    public required Located<string> Library { get; init; }

    /// <summary>The tokens, one per HSM.</summary>
    public required ImmutableArray<EstateToken> Tokens { get; init; }

    /// <summary>The certificate of the cluster (PEM); null generates one.</summary>
    public Located<string>? TrustAnchorCertificate { get; init; }

    /// <summary>
    /// Whether keys are created only while two of its HSMs are active. Null is false for a new cluster and leaves an existing one as it is.
    /// </summary>
    public Located<bool>? HighAvailability { get; init; }

    /// <summary>
    /// Whether each connect changes the password of the crypto user, so that the PIN is for the first connect only. Null is false for a
    /// new cluster and leaves an existing one as it is.
    /// </summary>
    public Located<bool>? ManagePassword { get; init; }

    /// <summary>
    /// Commands per second that it serves for others, not negative. Null is 0 for a new cluster and leaves an existing one as it is.
    /// </summary>
    public Located<int>? CommandsFromElsewhere { get; init; }

    /// <summary>Where the PIN of the crypto user comes from. Needed to create a custom key store on the cluster.</summary>
    public EstateSecret? Pin { get; init; }

    /// <summary>Whether a URI of a token says where the PIN comes from.</summary>
    internal bool HasPinOfUri { get; init; }
}

/// <summary>A token of a cluster.</summary>
/// <param name="Label">Its label, which no other token of the cluster has; or the PKCS#11 URI that names it.</param>
/// <param name="Library">Path of its PKCS#11 library; null for that of the cluster, or where a URI names the token.</param>
/// <param name="IsUri">Whether <paramref name="Label"/> is a PKCS#11 URI (RFC 7512).</param>
public sealed record EstateToken(Located<string> Label, Located<string>? Library = null, bool IsUri = false)
{
    /// <summary>What selects the token.</summary>
    internal TokenSelector Selector { get => field ?? TokenSelector.OfLabel(Label.Value); init; }

    /// <summary>The name of the token: its label, or the URI without PIN.</summary>
    internal string Name => IsUri ? HsmUri.WithoutPin(Label.Value) : Label.Value;
}

/// <summary>A custom key store, identified by its name in its Region.</summary>
public sealed record EstateKeyStore : EstatePart
{
    /// <summary>The friendly name.</summary>
    public required Located<string> Name { get; init; }

    /// <summary>The Region; null for that of the store.</summary>
    public Located<string>? Region { get; init; }

    /// <summary>The ID of the cluster; null for an external key store.</summary>
    public Located<string>? Cluster { get; init; }

    /// <summary>The proxy of an external key store; null for one on a cluster.</summary>
    public EstateProxy? Proxy { get; init; }

    /// <summary>Whether it is connected. Null connects a new one and leaves an existing one as it is.</summary>
    public Located<bool>? Connected { get; init; }
}

/// <summary>A key, identified by its ID where that is given, otherwise by the first of its aliases.</summary>
public sealed record EstateKey : EstatePart
{
    /// <summary>The key ID. Only stores with a simulated clock can assign it to a new key.</summary>
    public Located<string>? Id { get; init; }

    /// <summary>The Region; null for that of the store.</summary>
    public Located<string>? Region { get; init; }

    /// <summary>The aliases, with their prefix <c>alias/</c>.</summary>
    public ImmutableArray<Located<string>> Aliases { get; init; } = [];

    /// <summary>The description of the key by its owner.</summary>
    public Located<string>? Description { get; init; }

    /// <summary>The type of key; SYMMETRIC_DEFAULT for a new key when null. Cannot be changed.</summary>
    public Located<KeySpec>? Spec { get; init; }

    /// <summary>What the key is for. Cannot be changed.</summary>
    public Located<KeyUsageType>? Usage { get; init; }

    /// <summary>Where its material comes from. Cannot be changed.</summary>
    public Located<OriginType>? Origin { get; init; }

    /// <summary>The key material: imported into a key with origin EXTERNAL, assigned to a new key with origin AWS_KMS.</summary>
    public EstateMaterial? Material { get; init; }

    /// <summary>Whether it is a multi-Region primary key. Cannot be changed.</summary>
    public Located<bool>? MultiRegion { get; init; }

    /// <summary>The replicas of a multi-Region key, each with its Region.</summary>
    public ImmutableArray<EstateKey> Replicas { get; init; } = [];

    /// <summary>The name of the custom key store that holds it. Cannot be changed.</summary>
    public Located<string>? KeyStore { get; init; }

    /// <summary>The ID by which the proxy of an external key store knows the external key. Cannot be changed.</summary>
    public Located<string>? XksKeyId { get; init; }

    /// <summary>Whether it can be used.</summary>
    public Located<bool>? Enabled { get; init; }

    /// <summary>The automatic rotation.</summary>
    public EstateRotation? Rotation { get; init; }

    /// <summary>The key policy (JSON).</summary>
    public Located<string>? Policy { get; init; }

    /// <summary>Allow a policy that locks its owner out.</summary>
    public Located<bool>? BypassPolicyLockoutSafetyCheck { get; init; }

    /// <summary>The tags.</summary>
    public ImmutableArray<EstateTag> Tags { get; init; } = [];

    /// <summary>The grants.</summary>
    public ImmutableArray<EstateGrant> Grants { get; init; } = [];

    /// <summary>The name of the key in messages: its first alias, else its ID, else its Region.</summary>
    public string Name => Aliases is [var first, ..] ? first.Value : (Id ?? Region)?.Value ?? "key";
}

/// <summary>Key material in the text of an estate.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Bytes">Raw bytes for symmetric and HMAC keys, PKCS #8 (DER) for others.</param>
public sealed record EstateMaterial(SourcePosition Position, Secret Bytes);

/// <summary>The automatic rotation of a key.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Enabled">Whether the key rotates.</param>
/// <param name="PeriodInDays">Days between rotations; null for 365.</param>
public sealed record EstateRotation(SourcePosition Position, bool Enabled, int? PeriodInDays = null);

/// <summary>A tag of a key.</summary>
/// <param name="Position">Where it stands.</param>
/// <param name="Key">The tag key.</param>
/// <param name="Value">The tag value.</param>
public sealed record EstateTag(SourcePosition Position, string Key, string Value);

/// <summary>A grant on a key. A grant that is equal in all given members already exists.</summary>
public sealed record EstateGrant
{
    /// <summary>Where it begins in the text.</summary>
    public SourcePosition Position { get; init; }

    /// <summary>The friendly name, or null.</summary>
    public Located<string>? Name { get; init; }

    /// <summary>The principal that gets the permissions.</summary>
    public Located<string>? Grantee { get; init; }

    /// <summary>The service that gets the permissions.</summary>
    public Located<string>? GranteeService { get; init; }

    /// <summary>The principal that may retire the grant, or null.</summary>
    public Located<string>? Retiring { get; init; }

    /// <summary>The service that may retire the grant, or null.</summary>
    public Located<string>? RetiringService { get; init; }

    /// <summary>The permitted operations.</summary>
    public required ImmutableArray<Located<GrantOperation>> Operations { get; init; }

    /// <summary>The constraints that the permitted operations must meet, or null.</summary>
    public Located<GrantConstraints>? Constraints { get; init; }
}

/// <summary>
/// An alarm, identified by its name. A member that is not given has its default, also for an existing alarm. Has no action: an action
/// is code, and an estate may come from someone else.
/// </summary>
public sealed record EstateAlarm : EstatePart
{
    /// <summary>The name, unique in the store: 1 to 255 characters.</summary>
    public required Located<string> Name { get; init; }

    /// <summary>What is watched.</summary>
    public required Located<AlarmEvent> Event { get; init; }

    /// <summary>The Region of the key or custom key store; null for that of the store.</summary>
    public Located<string>? Region { get; init; }

    /// <summary>
    /// The ID or an alias of the only key that is watched; null for all. With KeyStoreFailed and ProxyCertificateExpiring a key of the key
    /// store to watch.
    /// </summary>
    public Located<string>? Key { get; init; }

    /// <summary>
    /// The name of the only custom key store that is watched, with KeyStoreFailed and ProxyCertificateExpiring; null for all.
    /// </summary>
    public Located<string>? KeyStore { get; init; }

    /// <summary>
    /// The threshold: 1-1000; 1-365 days for KeyMaterialExpiring and ProxyCertificateExpiring. Null for 1, or 30 and 10 days.
    /// </summary>
    public Located<int>? Threshold { get; init; }
}
