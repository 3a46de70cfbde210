using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Estates;

/// <summary>The parts of a store that an estate names, read at one moment. Reading records no event.</summary>
internal sealed record EstateState
{
    /// <summary>The properties of the store.</summary>
    public required StateStoreProperties Store { get; init; }

    /// <summary>Whether the store ceases to exist once it is closed.</summary>
    public required bool IsTemporary { get; init; }

    /// <summary>The caller that will make the calls.</summary>
    public required string CallerArn { get; init; }

    /// <summary>Provides the signature algorithms that .NET lacks, to inspect the material of the estate.</summary>
    public required Func<ISignatureProvider> Signatures { get; init; }

    /// <summary>The quotas of the store.</summary>
    public QuotaLimits Quotas { get; init; } = QuotaLimits.Default;

    /// <summary>The clusters, by ID.</summary>
    public ImmutableDictionary<string, HsmCluster> Clusters { get; init; } = ImmutableDictionary<string, HsmCluster>.Empty;

    /// <summary>How the hosts of proxies are reached, by host name in lower case.</summary>
    public ImmutableDictionary<string, XksProxyAddress> ProxyAddresses { get; init; } = ImmutableDictionary<string, XksProxyAddress>.Empty;

    /// <summary>The VPC endpoint services, by name.</summary>
    public ImmutableDictionary<string, VpcEndpointService> VpcEndpointServices { get; init; } =
        ImmutableDictionary<string, VpcEndpointService>.Empty;

    /// <summary>The custom key stores, by Region and name.</summary>
    public ImmutableDictionary<(string Region, string Name), CustomKeyStore> KeyStores { get; init; } =
        ImmutableDictionary<(string, string), CustomKeyStore>.Empty;

    /// <summary>The keys that the estate may refer to, by Region and ID.</summary>
    public ImmutableDictionary<(string Region, string KeyId), Key> Keys { get; init; } = ImmutableDictionary<(string, string), Key>.Empty;

    /// <summary>The grants of these keys.</summary>
    public ImmutableDictionary<(string Region, string KeyId), ImmutableArray<Grant>> Grants { get; init; } =
        ImmutableDictionary<(string, string), ImmutableArray<Grant>>.Empty;

    /// <summary>The aliases that the estate names.</summary>
    public ImmutableDictionary<(string Region, string AliasName), string> Aliases { get; init; } =
        ImmutableDictionary<(string, string), string>.Empty;

    /// <summary>The alarms, by name.</summary>
    public ImmutableDictionary<string, Alarm> Alarms { get; init; } = ImmutableDictionary<string, Alarm>.Empty;

    /// <summary>The users, roles and groups.</summary>
    public ImmutableArray<Principal> Principals { get; init; } = [];

    /// <summary>How the store authorizes calls.</summary>
    public AuthorizationSettings Authorization { get; init; } = AuthorizationSettings.Default;

    /// <summary>The ID that the material in the estate has in an existing key.</summary>
    public ImmutableDictionary<(string Region, string KeyId), string> MaterialIds { get; init; } =
        ImmutableDictionary<(string, string), string>.Empty;

    /// <summary>Why the PINs of clusters cannot be obtained, by the ID of the cluster.</summary>
    public ImmutableDictionary<string, string> MissingPins { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>
    /// Why the secret access keys of external key stores cannot be used, by the Region and name of the store: they cannot be obtained, or
    /// are not valid.
    /// </summary>
    public ImmutableDictionary<(string Region, string Name), string> MissingSecretAccessKeys { get; init; } =
        ImmutableDictionary<(string, string), string>.Empty;

    /// <summary>
    /// The custom key stores (by ID) whose PIN or secret access key differs from that of the estate, and is to be replaced by it.
    /// </summary>
    public ImmutableHashSet<string> KeyStoresWithOtherSecret { get; init; } = [];

    /// <summary>The keys of external key stores, by the ID of the store and that of the external key, which the estate names.</summary>
    public ImmutableDictionary<(string CustomKeyStoreId, string XksKeyId), string> ExternalKeys { get; init; } =
        ImmutableDictionary<(string, string), string>.Empty;

    /// <summary>Reads the state.</summary>
    public static EstateState Read(KmsEngine engine, Estate estate, EstateSecrets secrets, Caller caller)
    {
        using IStateReader reader = engine.OpenReader();
        EstateState state = new()
        {
            Store = engine.Properties,
            IsTemporary = engine.IsTemporary,
            CallerArn = caller.PrincipalArn,
            Signatures = engine.Services.Signatures,
            Quotas = reader.ReadQuotas(),
            ProxyAddresses = reader.ListXksProxyAddresses().ToImmutableDictionary(static address => address.HostName),
            VpcEndpointServices = reader.ListVpcEndpointServices().ToImmutableDictionary(static service => service.ServiceName),
            Clusters = reader.ListClusters().ToImmutableDictionary(static cluster => cluster.ClusterId),
            Alarms = reader.ListAlarms().ToImmutableDictionary(static alarm => alarm.Name),
            Principals = reader.ListPrincipals(),
            Authorization = reader.ReadAuthorization(),
        };
        foreach (EstateCluster cluster in estate.Clusters.Where(static cluster => cluster.Pin is not null))
        {
            if (secrets.Missing(cluster.Pin!, EstateSecrets.PinOf(cluster.Id.Value)) is { } reason)
            {
                state = state with { MissingPins = state.MissingPins.SetItem(cluster.Id.Value, reason) };
            }
        }

        foreach (string region in estate.KeyStores.Select(store => store.Region?.Value)
            .Concat(estate.Keys.Select(static key => key.Region?.Value)).Concat(
                estate.Alarms.Select(static alarm => alarm.Region?.Value)).Select(region => region ?? engine.Properties.Region).Distinct())
        {
            ImmutableArray<CustomKeyStore> stores = reader.ListCustomKeyStores(region, null, int.MaxValue);
            state = state with { KeyStores = state.KeyStores
                .SetItems(stores.Select(store => KeyValuePair.Create((region, store.Name), store))) };
        }

        foreach (EstateKeyStore store in estate.KeyStores)
        {
            (string Region, string Name) place = (store.Region?.Value ?? engine.Properties.Region, store.Name.Value);
            CustomKeyStore? present = state.KeyStores.GetValueOrDefault(place);
            if (store.Proxy?.Secret is { } secret && WhyNot(store, secret) is { } why)
            {
                state = state with { MissingSecretAccessKeys = state.MissingSecretAccessKeys.SetItem(place, why) };
            }

            if (present is not null && (present.IsExternal ? HasOtherSecret(store, present) : HasOtherPin(store, present)))
            {
                state = state with { KeyStoresWithOtherSecret = state.KeyStoresWithOtherSecret.Add(present.CustomKeyStoreId) };
            }
        }

        ImmutableDictionary<(string Region, string KeyId), Key>.Builder keys = state.Keys.ToBuilder();
        ImmutableDictionary<(string Region, string KeyId), ImmutableArray<Grant>>.Builder grants = state.Grants.ToBuilder();
        ImmutableDictionary<(string Region, string AliasName), string>.Builder aliases = state.Aliases.ToBuilder();
        ImmutableDictionary<(string Region, string KeyId), string>.Builder materials = state.MaterialIds.ToBuilder();
        foreach (EstateKey key in estate.Keys)
        {
            string region = key.Region?.Value ?? engine.Properties.Region;
            Key? present = Look(region, key, null);
            if (key is { KeyStore: { } keyStore, XksKeyId: { } external }
                && state.KeyStores.TryGetValue((region, keyStore.Value), out CustomKeyStore? holder)
                && reader.FindKeyIdOfExternalKey(holder.CustomKeyStoreId, external.Value) is { } user)
            {
                state = state with { ExternalKeys = state.ExternalKeys.SetItem((holder.CustomKeyStoreId, external.Value), user) };
            }

            if (present is not null && key.Material is { } material && MaterialId(engine, present, material.Bytes) is { } id)
            {
                materials[(region, present.KeyId)] = id;
            }

            foreach (EstateKey replica in key.Replicas)
            {
                Look(replica.Region!.Value, replica, present?.KeyId);
            }
        }

        foreach (EstateAlarm alarm in estate.Alarms)
        {
            if (alarm.Key is { } watched)
            {
                bool isAlias = AliasName.HasPrefix(watched.Value);
                Look(
                    alarm.Region?.Value ?? engine.Properties.Region,
                    new EstateKey { Id = isAlias ? null : watched, Aliases = isAlias ? [watched] : [] },
                    null);
            }
        }

        return state with
        {
            Keys = keys.ToImmutable(),
            Grants = grants.ToImmutable(),
            Aliases = aliases.ToImmutable(),
            MaterialIds = materials.ToImmutable(),
        };

        bool HasOtherPin(EstateKeyStore store, CustomKeyStore present) =>
            estate.Clusters.FirstOrDefault(cluster => cluster.Id.Value == store.Cluster?.Value) is { Pin: { } pin } cluster
            && secrets.Find(pin, EstateSecrets.PinOf(cluster.Id.Value)) is { } known
            && !CryptoUserPassword.Is(engine.Services.RootKey, present, known)
            && CryptoUserPassword.GivesWay(
                engine.Services.RootKey,
                present,
                IsManaged(cluster.Id.Value) || IsManaged(present.HsmClusterId));

        bool HasOtherSecret(EstateKeyStore store, CustomKeyStore present) =>
            store.Proxy?.Secret is { } secret
            && secrets.Find(secret, EstateSecrets.SecretAccessKeyOf(store.Name.Value)) is { } known
            && !ProxySecret.Is(engine.Services.RootKey, present, known);

        // Why a secret access key cannot be used, or null.
        string? WhyNot(EstateKeyStore store, EstateSecret secret)
        {
            EstateQuestion question = EstateSecrets.SecretAccessKeyOf(store.Name.Value);
            return secrets.Missing(secret, question)
                ?? (secrets.Find(secret, question) is not { } known || ProxySecret.IsValid(known) ? null : ProxySecret.Refusal);
        }

        bool IsManaged(string clusterId) =>
            estate.Clusters.FirstOrDefault(cluster => cluster.Id.Value == clusterId)?.ManagePassword?.Value
            ?? state.Clusters.GetValueOrDefault(clusterId) is { ManagePassword: true };

        static string? MaterialId(KmsEngine engine, Key key, Secret given)
        {
            try
            {
                using Secret material = key.KeySpec.Material.Import(given, engine.Services.Signatures);
                return engine.Services.Secrets.KeyMaterialId(key.KeyId, material);
            }
            catch (KmsException)
            {
                // The plan reports what is wrong with it.
                return null;
            }
        }

        Key? Look(string region, EstateKey key, string? keyId)
        {
            foreach (Located<string> alias in key.Aliases)
            {
                if (reader.FindAlias(region, alias.Value) is { } found)
                {
                    aliases[(region, alias.Value)] = found.TargetKeyId;
                    Take(region, found.TargetKeyId);
                }
            }

            keyId ??= key.Id?.Value ?? (key.Aliases is [var first, ..] ? aliases.GetValueOrDefault((region, first.Value)) : null);
            return keyId is null ? null : Take(region, keyId);
        }

        Key? Take(string region, string keyId)
        {
            if (reader.FindKey(region, keyId) is not { } key)
            {
                return null;
            }

            keys[(region, keyId)] = key;
            grants[(region, keyId)] = reader.ListGrants(region, keyId, null, null, int.MaxValue);
            return key;
        }
    }
}
