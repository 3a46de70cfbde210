using System.Collections.Immutable;
using System.Text.Json;
using KmsTools.Authorization;
using KmsTools.Keys;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Estates;

/// <summary>Describes what a store holds as an estate, without its secrets.</summary>
public static class EstateExport
{
    private static readonly JsonSerializerOptions Indented = new()
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>Describes a store. Records no event.</summary>
    /// <param name="engine">The store.</param>
    /// <param name="skipped">
    /// Receives what is left out and why, in one sentence each: keys that are pending deletion, and alarms on such keys.
    /// </param>
    /// <returns>
    /// Clusters, what surrounds external key stores, custom key stores, customer managed keys of all Regions, alarms without their actions,
    /// and principals, in an order that depends on their names only.
    /// </returns>
    public static Estate Read(KmsEngine engine, Action<string>? skipped = null)
    {
        ArgumentNullException.ThrowIfNull(engine);
        using IStateReader reader = engine.OpenReader();
        Exporter export = new(engine, reader, skipped);
        ImmutableArray<string> regions = reader.ListRegions();
        return new Estate
        {
            Clusters = [.. reader.ListClusters().Select(Cluster)],
            ProxyAddresses = [.. reader.ListXksProxyAddresses().Select(ProxyAddress)],
            VpcEndpointServices = [.. reader.ListVpcEndpointServices().Select(export.Describe)],
            KeyStores = [.. regions.SelectMany(export.KeyStores)],
            Keys = [.. regions.SelectMany(export.Keys)],

            // After the keys, because alarms on keys that are left out are left out too.
            Alarms = [.. reader.ListAlarms().Select(export.Describe).OfType<EstateAlarm>()],
            Principals = [.. reader.ListPrincipals().Select(Principal)],
            Authorization = Authorization(reader.ReadAuthorization()),
        };
    }

    private static EstateCluster Cluster(HsmCluster cluster) => new()
    {
        Id = new(cluster.ClusterId),
        Library = new(cluster.Library),
        Tokens =
        [
            .. cluster.Tokens.Select(token => token.IsNamedByUri
                ? new EstateToken(new(HsmUri.Of(token.Library ?? cluster.Library, token)), IsUri: true)
                : new EstateToken(new(token.TokenLabel), token.Library is { } library ? new(library) : null)),
        ],
        TrustAnchorCertificate = new(cluster.TrustAnchorCertificate),
        HighAvailability = cluster.HighAvailability ? new(true) : null,
        ManagePassword = cluster.ManagePassword ? new(true) : null,
        CommandsFromElsewhere = cluster.CommandsFromElsewhere > 0 ? new(cluster.CommandsFromElsewhere) : null,

        // Where the PIN came from is known only where a URI named its file.
        Pin = cluster.PinSource is { } file
            ? new EstateSecret(default, EstateSecretSource.File, file)
            : new EstateSecret(default, EstateSecretSource.Prompt),
    };

    private static EstateProxyAddress ProxyAddress(XksProxyAddress address) => new()
    {
        Host = new(address.HostName),
        Address = address.Address is { } other ? new(other) : null,
        Port = address.Port == XksProxyAddress.DefaultPort ? null : new(address.Port),
        TrustAnchors = [.. address.TrustAnchors.Select(static anchor => new Located<string>(anchor))],
        ClientCertificate = address.ClientCertificatePath is { } file ? new(file) : null,
        TimeoutInMilliseconds = address.TimeoutInMilliseconds == XksProxyAddress.DefaultTimeout
            ? null
            : new(address.TimeoutInMilliseconds),
    };

    private static EstatePrincipal Principal(Principal principal) => new()
    {
        Type = principal.Type,
        Name = new(principal.Name),
        Path = principal.Path == "/" ? null : new(principal.Path),
        Groups = [.. principal.Groups.Select(static group => new Located<string>(group))],
        TrustPolicy = principal.TrustPolicy is { } trust ? new(Indent(trust)) : null,
        MaxSessionDuration = principal.MaxSessionDuration == PrincipalRules.MinSessionDuration ? null : new(principal.MaxSessionDuration),
        Policies = [.. principal.Policies.Select(static policy => new EstatePolicy(policy.Key, new(Indent(policy.Value))))],
        PermissionsBoundary = principal.PermissionsBoundary is { } boundary ? new(Indent(boundary)) : null,
        Tags = [.. principal.Tags.Select(static tag => new EstateTag(default, tag.TagKey, tag.TagValue))],
    };

    // What a new store has is left out, as elsewhere.
    private static EstateAuthorization? Authorization(AuthorizationSettings settings)
    {
        EstateAuthorization described = new()
        {
            Mode = settings.Mode == AuthorizationMode.Enforce ? null : new(settings.Mode),
            DirectUseOfAwsManagedKeys = settings.DirectUseOfAwsManagedKeys ? new(true) : null,
            ServiceControlPolicies = settings.ServiceControlPolicies.IsEmpty
                ? null
                : [.. settings.ServiceControlPolicies.Select(static level => level.Select(Document).ToImmutableArray())],
            ResourceControlPolicies = settings.ResourceControlPolicies.IsEmpty
                ? null
                : [.. settings.ResourceControlPolicies.Select(Document)],
        };
        return described == new EstateAuthorization() ? null : described;

        static Located<string> Document(string policy) => new(Indent(policy));
    }

    private static string Indent(string policy)
    {
        using JsonDocument document = JsonDocument.Parse(policy);
        return JsonSerializer.Serialize(document, Indented);
    }

    private sealed class Exporter(KmsEngine engine, IStateReader reader, Action<string>? skipped)
    {
        private const int PageSize = 1000;

        private readonly HashSet<(string Region, string KeyId)> _described = [];

        public IEnumerable<EstateKeyStore> KeyStores(string region) => reader.ListCustomKeyStores(region, null, int.MaxValue)
            .OrderBy(static store => store.Name, StringComparer.Ordinal)
            .Select(store => new EstateKeyStore
            {
                Name = new(store.Name),
                Region = RegionOf(region),
                Cluster = store.CloudHsmClusterId is { } clusterId ? new(clusterId) : null,
                Proxy = store.Proxy is { } proxy ? Describe(proxy) : null,
                Connected = new(store.ConnectionState == ConnectionStateType.CONNECTED),
            });

        public IEnumerable<EstateKey> Keys(string region)
        {
            List<EstateKey> keys = new();
            string? after = null;
            while (reader.ListKeyIds(region, after, PageSize) is { IsEmpty: false } page)
            {
                after = page[^1];
                foreach (Key key in page.Select(keyId => reader.FindKey(region, keyId)!)
                    .Where(static key => key.KeyManager == KeyManagerType.CUSTOMER && key.MultiRegionKeyType != MultiRegionKeyType.REPLICA))
                {
                    if (key.IsPendingDeletion)
                    {
                        Skip(key);
                        continue;
                    }

                    keys.Add(Describe(key));
                }
            }

            return keys.OrderBy(static key => key.Aliases.IsEmpty).ThenBy(static key => key.Name, StringComparer.Ordinal);
        }

        public EstateVpcEndpointService Describe(VpcEndpointService service) => new()
        {
            Name = new(service.ServiceName),
            Owner = service.Owner == engine.Properties.AccountId ? null : new(service.Owner),
            PrivateDnsName = service.PrivateDnsName is { } name ? new(name) : null,
            DomainVerified = service.IsDomainVerified ? null : new(false),
            AllowedPrincipals = service.AllowedPrincipals is { } principals
                ? [.. principals.Select(static principal => new Located<string>(principal))]
                : null,
            AvailabilityZones = service.AvailabilityZones == VpcEndpointService.RequiredAvailabilityZones
                ? null
                : new(service.AvailabilityZones),
            AcceptanceRequired = service.AcceptanceRequired ? new(true) : null,
        };

        public EstateAlarm? Describe(Alarm alarm)
        {
            EstateAlarm described = new()
            {
                Name = new(alarm.Name),
                Event = new(alarm.Event),
                Region = alarm.Region is null ? null : RegionOf(alarm.Region),
                Threshold = new(alarm.Threshold),
            };
            if (alarm.KeyId is { } keyId)
            {
                string region = alarm.Region!;
                if (!_described.Contains((region, keyId)))
                {
                    skipped?.Invoke($"The alarm '{alarm.Name}' is left out, as is its key "
                        + $"{KeyIdentifier.KeyArn(region, engine.Properties.AccountId, keyId)}.");
                    return null;
                }

                return described with { Key = new(
                    reader.ListAliases(region, keyId, null, 1) is [var alias, ..] ? alias.AliasName : keyId) };
            }

            if (alarm.CustomKeyStoreId is not { } storeId)
            {
                return described;
            }

            if (reader.FindCustomKeyStore(alarm.Region!, storeId) is not { } store)
            {
                skipped?.Invoke($"The alarm '{alarm.Name}' is left out: custom key store {storeId} no longer exists.");
                return null;
            }

            return described with { KeyStore = new(store.Name) };
        }

        // Where the secret came from is not known, as with PINs.
        private EstateProxy Describe(ExternalKeyStoreProxy proxy) => new()
        {
            Connectivity = proxy.Connectivity == XksProxyConnectivityType.PUBLIC_ENDPOINT ? null : new(proxy.Connectivity),
            UriEndpoint = new(proxy.UriEndpoint),
            UriPath = new(proxy.UriPath),
            VpcEndpointServiceName = proxy.VpcEndpointServiceName is { } service ? new(service) : null,
            VpcEndpointServiceOwner = proxy.VpcEndpointServiceOwner is { } owner && owner != engine.Properties.AccountId
                ? new(owner)
                : null,
            AccessKeyId = new(proxy.AccessKeyId),
            Secret = new EstateSecret(default, EstateSecretSource.Prompt),
        };

        private Located<string>? RegionOf(string region) => region == engine.Properties.Region ? null : new(region);

        private EstateKey Describe(Key key)
        {
            EstateKey described = Settings(key) with
            {
                Region = RegionOf(key.Region),
                Spec = key.KeySpec == KeySpec.SYMMETRIC_DEFAULT ? null : new(key.KeySpec),
                Usage = key.KeySpec == KeySpec.SYMMETRIC_DEFAULT ? null : new(key.KeyUsage),
                Origin = key.Origin == OriginType.EXTERNAL ? new(key.Origin) : null,
                MultiRegion = key.MultiRegion ? new(true) : null,
                KeyStore = key.CustomKeyStore is { } store ? new(store.Name) : null,
                XksKeyId = key.XksKeyId is { } external ? new(external) : null,
                Rotation = key.Rotation is { } rotation ? new EstateRotation(default, Enabled: true, rotation.PeriodInDays) : null,
                Replicas = [.. key.RelatedKeys.Select(related => reader.FindKey(related.Region, key.KeyId)!).Where(IsKept)
                    .Select(replica => Settings(replica) with { Region = new(replica.Region) })],
            };

            // A new key gets a given ID in stores with a simulated clock only; elsewhere the alias identifies the key.
            return engine.Properties.IsSimulatedClock || described.Aliases.IsEmpty ? described with { Id = new(key.KeyId) } : described;
        }

        private bool IsKept(Key replica)
        {
            if (replica.IsPendingDeletion)
            {
                Skip(replica);
            }

            return !replica.IsPendingDeletion;
        }

        private void Skip(Key key) => skipped?.Invoke($"{key.Arn} is pending deletion and is left out.");

        private EstateKey Settings(Key key)
        {
            _described.Add((key.Region, key.KeyId));
            bool isDefaultPolicy = KeyPolicy.IsSame(key.Policy, KeyPolicy.Default(key.AccountId));
            return new EstateKey
            {
                Aliases = [.. reader.ListAliases(key.Region, key.KeyId, null, int.MaxValue)
                    .Select(static alias => new Located<string>(alias.AliasName))],
                Description = key.Description.Length == 0 ? null : new(key.Description),
                Enabled = key.IsEnabled ? null : new(false),
                Policy = isDefaultPolicy ? null : new(Indent(key.Policy)),
                BypassPolicyLockoutSafetyCheck = isDefaultPolicy || CanChangePolicy(key) ? null : new(true),
                Tags = [.. key.Tags.Select(static tag => new EstateTag(default, tag.TagKey, tag.TagValue))],
                Grants =
                [
                    .. reader.ListGrants(key.Region, key.KeyId, null, null, int.MaxValue)
                        .Select(Describe)
                        .OrderBy(static grant => grant.Name?.Value ?? "", StringComparer.Ordinal)
                        .ThenBy(static grant => (grant.Grantee ?? grant.GranteeService)!.Value, StringComparer.Ordinal)
                        .ThenBy(static grant => string.Join(',', grant.Operations), StringComparer.Ordinal),
                ],
            };
        }

        private bool CanChangePolicy(Key key) =>
            KeyPolicyRules.AllowsChange(
                KeyPolicyRules.Parse(key.Policy), Caller.LocalUser(engine.Properties.AccountId).PrincipalArn, key.Arn);

        private static EstateGrant Describe(Grant grant) => new()
        {
            Name = grant.Name.Length == 0 ? null : new(grant.Name),
            Grantee = grant.Grantee.IsService ? null : new(grant.Grantee.Name),
            GranteeService = grant.Grantee.IsService ? new(grant.Grantee.Name) : null,
            Retiring = grant.Retiring is { IsService: false } ? new(grant.Retiring.Name) : null,
            RetiringService = grant.Retiring is { IsService: true } ? new(grant.Retiring.Name) : null,
            Operations = [.. grant.Operations.Select(static operation => new Located<GrantOperation>(operation))],
            Constraints = grant.Constraints is { } constraints ? new(constraints) : null,
        };
    }
}
