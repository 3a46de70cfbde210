using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>Plans custom key stores: what both kinds have in common, and those on clusters.</summary>
internal static class EstateKeyStorePlanner
{
    private const int HsmsOfHighAvailability = 2;

    /// <summary>Creates a custom key store, or changes it to match the description.</summary>
    public static void Add(EstatePlanBuilder plan, EstateKeyStore store)
    {
        CustomKeyStore? present = plan.State.KeyStores.GetValueOrDefault((plan.RegionOf(store.Region), store.Name.Value));
        if (present is not null)
        {
            plan.Ids[store] = present.CustomKeyStoreId;
        }

        if (store.Proxy is { } proxy)
        {
            if (present is { IsExternal: false })
            {
                plan.Error(
                    proxy.Position,
                    $"The custom key store {store.Name} is on {present.CloudHsmClusterId} and cannot become an external key store.");
                return;
            }

            EstateExternalKeyStorePlanner.Add(plan, store, proxy, present);
        }
        else if (store.Cluster is { } clusterId)
        {
            Add(plan, store, clusterId, present);
        }
        else
        {
            plan.Error(store.Position, "A key store is on a cluster or has a proxy.");
        }
    }

    private static void Add(EstatePlanBuilder plan, EstateKeyStore store, Located<string> clusterId, CustomKeyStore? present)
    {
        EstateCluster? cluster = plan.Estate.Clusters.FirstOrDefault(cluster => cluster.Id.Value == clusterId.Value);
        if (present is { IsExternal: true })
        {
            plan.Error(
                clusterId.Position, $"The custom key store {store.Name} is an external key store and cannot be moved to a cluster.");
        }
        else if (cluster is null && !plan.State.Clusters.ContainsKey(clusterId.Value))
        {
            plan.Error(clusterId.Position, $"Cluster {clusterId} was not found, neither under clusters nor in the store.");
        }
        else if (present is not null)
        {
            Update(plan, store, clusterId, cluster, present);
        }
        else
        {
            Create(plan, store, clusterId, cluster);
        }
    }

    /// <summary>Disconnects a custom key store at the end, if it is connected by then.</summary>
    public static void Finish(EstatePlanBuilder plan, EstateKeyStore store)
    {
        if (store.Connected is { Value: false } connected && plan.Connected.Contains(store))
        {
            Disconnect(plan, store, connected.Position);
        }
    }

    private static void Create(EstatePlanBuilder plan, EstateKeyStore store, Located<string> clusterId, EstateCluster? cluster)
    {
        if (cluster?.Pin is not { } pin)
        {
            plan.Error(
                cluster?.Position ?? clusterId.Position,
                $"To create the custom key store {store.Name}, the PIN of {clusterId} is needed: give the cluster, under clusters, a "
                    + "pinFrom.");
            return;
        }

        if (cluster.HighAvailability is { Value: true } available && cluster.Tokens.Length < HsmsOfHighAvailability)
        {
            plan.Check(available.Position, static () => throw KmsErrors.ClusterInvalidConfiguration());
            return;
        }

        if (plan.State.MissingPins.TryGetValue(cluster.Id.Value, out string? reason))
        {
            plan.Error(pin.Position, reason);
            return;
        }

        plan.Changes.Add(Change(plan, store, EstateAction.Created, $"Create the custom key store on {clusterId}", store.Position) with
        {
            Steps = [new CreateKeyStoreStep(store, cluster)],
            Needs = [cluster],
            Blame = error => error.ErrorCode switch
            {
                "CloudHsmClusterInvalidConfigurationException" => cluster.HighAvailability?.Position ?? clusterId.Position,
                "IncorrectTrustAnchorException" => cluster.TrustAnchorCertificate?.Position ?? cluster.Position,
                "CloudHsmClusterInUseException" or "CloudHsmClusterNotActiveException" or "CloudHsmClusterNotFoundException" => clusterId
                    .Position,
                _ when error.Message.Contains("'keyStorePassword'", StringComparison.Ordinal) => pin.Position,
                _ => store.Name.Position,
            },
        });

        ConnectNew(plan, store);
    }

    private static void Update(
        EstatePlanBuilder plan, EstateKeyStore store, Located<string> clusterId, EstateCluster? cluster, CustomKeyStore present)
    {
        bool moves = present.CloudHsmClusterId != clusterId.Value;
        bool changesPin = plan.State.KeyStoresWithOtherSecret.Contains(present.CustomKeyStoreId)
            || (present.PasswordRefused && store.Connected is { Value: true } && cluster?.Pin is { Source: EstateSecretSource.Prompt });
        Bring(plan, store, present, moves || changesPin, () =>
        {
            if (moves)
            {
                plan.Changes.Add(Change(
                    plan,
                    store,
                    EstateAction.Updated,
                    $"Move it from {present.CloudHsmClusterId} to {clusterId}",
                    clusterId.Position) with
                {
                    Steps = [new UpdateStep<EmptyResponse>(
                        store,
                        id => new UpdateCustomKeyStoreRequest { CustomKeyStoreId = id, CloudHsmClusterId = clusterId.Value })],
                    Needs = cluster is null ? [store] : [store, cluster],
                });
            }

            if (changesPin)
            {
                plan.Changes.Add(Change(plan, store, EstateAction.Updated, "Take over the PIN of its cluster", cluster!.Pin!.Position) with
                {
                    Steps = [new ChangePinStep(store, cluster)],
                    Needs = [store],
                });
            }
        });
    }

    /// <summary>Connects a custom key store that is created, unless it is to be disconnected.</summary>
    public static void ConnectNew(EstatePlanBuilder plan, EstateKeyStore store)
    {
        // To create keys in it, it must be connected first, even where it is disconnected in the end.
        if (store.Connected is not { Value: false } || NewKey(plan, store) is not null)
        {
            Connect(plan, store);
        }
    }

    /// <summary>Changes a custom key store that exists, between a disconnect and a connect where it needs them.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="store">The custom key store.</param>
    /// <param name="present">The custom key store as it is.</param>
    /// <param name="disconnects">Whether it must be disconnected to be changed.</param>
    /// <param name="change">Adds the changes.</param>
    public static void Bring(EstatePlanBuilder plan, EstateKeyStore store, CustomKeyStore present, bool disconnects, Action change)
    {
        int before = plan.Changes.Count;
        bool wasConnected = present.ConnectionState == ConnectionStateType.CONNECTED;
        bool connects = store.Connected?.Value ?? wasConnected;
        if (present.ConnectionState is not (ConnectionStateType.DISCONNECTED or ConnectionStateType.DISCONNECTING))
        {
            plan.Connected.Add(store);
            if (disconnects || (connects && present.ConnectionState == ConnectionStateType.FAILED))
            {
                Disconnect(plan, store, store.Connected?.Position ?? store.Position);
            }
        }

        change();
        EstateKey? newKey = NewKey(plan, store);
        bool isConnected = present.ConnectionState == ConnectionStateType.CONNECTED && plan.Connected.Contains(store);
        if (!isConnected && (connects || (newKey is not null && store.Connected is not null)))
        {
            Connect(plan, store);
        }
        else if (!isConnected && newKey is not null)
        {
            plan.Error(
                newKey.KeyStore!.Position,
                $"The custom key store {store.Name} is not connected, so no key can be made in it: add 'connected: true' to it.");
        }

        if (plan.Changes.Count == before && !(store.Connected is { Value: false } && plan.Connected.Contains(store)))
        {
            plan.Changes.Add(Change(plan, store, EstateAction.Unchanged, "Nothing to do", store.Position));
        }
    }

    private static void Connect(EstatePlanBuilder plan, EstateKeyStore store)
    {
        plan.Connected.Add(store);
        plan.Changes
            .Add(Change(plan, store, EstateAction.Updated, "Connect the custom key store", store.Connected?.Position ?? store.Position) with
                {
                    Steps = [new ConnectKeyStoreStep(store)],
                    Needs = [store],
                });
    }

    private static void Disconnect(EstatePlanBuilder plan, EstateKeyStore store, SourcePosition position)
    {
        plan.Connected.Remove(store);
        plan.Changes.Add(Change(plan, store, EstateAction.Updated, "Disconnect the custom key store", position) with
        {
            Steps = [new UpdateStep<EmptyResponse>(store, static id => new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = id })],
            Needs = [store],
        });
    }

    // The first key of the estate that has to be created in the custom key store.
    private static EstateKey? NewKey(EstatePlanBuilder plan, EstateKeyStore store) => plan.Estate.Keys.FirstOrDefault(key =>
        key.KeyStore?.Value == store.Name.Value && plan.RegionOf(key.Region) == plan.RegionOf(store.Region) && plan.Find(key) is null);

    /// <summary>A change of a custom key store.</summary>
    public static EstateChange Change(
        EstatePlanBuilder plan,
        EstateKeyStore store,
        EstateAction action,
        string description,
        SourcePosition position) => new()
    {
        Kind = EstateKind.KeyStore,
        Name = store.Name.Value,
        Action = action,
        Region = plan.RegionOf(store.Region),
        Description = description,
        Target = $"custom key store {store.Name}",
        Position = position,
        Owner = store,
    };
}
