using KmsTools.KeyStores;
using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>Plans clusters and custom key stores.</summary>
internal static class EstateKeyStorePlanner
{
    private const int HsmsOfHighAvailability = 2;

    /// <summary>
    /// Registers a cluster that does not exist, or changes its settings. Its library, HSMs and certificate cannot be changed.
    /// </summary>
    public static void Add(EstatePlanBuilder plan, EstateCluster cluster)
    {
        if (cluster.Pin is { Source: EstatePinSource.Plaintext } pin && !plan.State.IsTemporary)
        {
            plan.Error(
                pin.Position,
                "A PIN in plaintext is accepted in temporary stores only. Use pinFrom with environment, file or prompt.",
                ErrorCause.TemporaryStoreNeeded);
        }

        if (cluster.CommandsFromElsewhere is { } commands)
        {
            plan.Check(commands.Position, () => HsmClusterRules.RequireCommands(commands.Value));
        }

        string id = cluster.Id.Value;
        if (!plan.State.Clusters.TryGetValue(id, out HsmCluster? present))
        {
            RequireDifferent(plan, cluster);
            plan.Changes.Add(Change(
                cluster,
                EstateAction.Created,
                $"Register the cluster, on {Tokens(cluster.Tokens.Select(Text))} of {cluster.Library}{Settings(cluster)}")
                with { Steps = [new RegisterClusterStep(cluster)] });
            return;
        }

        plan.Ids[cluster] = id;
        int errors = plan.Errors.Count;
        if (present.Library != cluster.Library.Value)
        {
            plan.Error(cluster.Library.Position, $"The library of {id} is {present.Library} and cannot be changed to {cluster.Library}.");
        }

        if (Pair(cluster, present) is not { } pairs)
        {
            plan.Error(
                cluster.Tokens[0].Label.Position,
                $"{id} has {Tokens(HsmToken.Names(present.Tokens))}, which an import cannot change to "
                    + $"{Tokens(cluster.Tokens.Select(static token => token.Name))}.");
        }
        else if (present.Library == cluster.Library.Value)
        {
            RequireLibraries(plan, cluster, present, pairs);
        }

        if (cluster.TrustAnchorCertificate is { } certificate
            && !ClusterCertificate.IsSame(certificate.Value, present.TrustAnchorCertificate))
        {
            plan.Error(certificate.Position, $"{id} has another trust anchor certificate, which cannot be changed.");
        }

        if (plan.Errors.Count == errors && !Configure(plan, cluster, present))
        {
            plan.Changes.Add(Change(cluster, EstateAction.Unchanged, "Nothing to do"));
        }
    }

    // Each token of the estate with the HSM that it names; the most specific chooses first. Null if the counts differ, or one names none.
    private static List<(EstateToken Wanted, HsmToken Present)>? Pair(EstateCluster cluster, HsmCluster present)
    {
        List<HsmToken> left = [.. present.Tokens];
        List<(EstateToken, HsmToken)> pairs = [];
        foreach (EstateToken wanted in cluster.Tokens.OrderBy(static token => token.Selector.SerialNumber is null))
        {
            if (left.Find(wanted.Selector.Allows) is not { } hsm)
            {
                return null;
            }

            left.Remove(hsm);
            pairs.Add((wanted, hsm));
        }

        return left.Count == 0 ? pairs : null;
    }

    // The label names an HSM in its cluster, whatever its library is; a URI names it more specifically.
    private static void RequireDifferent(EstatePlanBuilder plan, EstateCluster cluster)
    {
        if (cluster.Tokens.GroupBy(static token => token.Name.TrimEnd(' '), StringComparer.Ordinal)
            .FirstOrDefault(static group => group.Count() > 1) is { } same)
        {
            plan.Check(
                same.ElementAt(1).Label.Position,
                () => HsmClusterRules.RequireDifferent([.. same.Select(static token => token.Name)]));
        }
    }

    private static void RequireLibraries(
        EstatePlanBuilder plan, EstateCluster cluster, HsmCluster present, List<(EstateToken Wanted, HsmToken Present)> pairs)
    {
        foreach ((EstateToken token, HsmToken hsm) in pairs)
        {
            string library = hsm.Library ?? present.Library;
            Located<string> wanted = token.Library ?? cluster.Library;
            if (library != wanted.Value)
            {
                plan.Error(
                    (token.Library ?? token.Label).Position,
                    $"The library of the token {token.Name} of {present.ClusterId} is {library} and cannot be changed to {wanted}.");
            }
        }
    }

    // Each setting is a separate change, so that it can be declined and refers to its line.
    private static bool Configure(EstatePlanBuilder plan, EstateCluster cluster, HsmCluster present)
    {
        int before = plan.Changes.Count;
        if (cluster.HighAvailability is { } available && available.Value != present.HighAvailability)
        {
            Add(
                available.Value ? "Make keys only while two of its HSMs are active" : "Make keys while one of its HSMs is active",
                available.Position,
                new ConfigureClusterStep(present.ClusterId, HighAvailability: available.Value));
        }

        if (cluster.ManagePassword is { } manage && manage.Value != present.ManagePassword)
        {
            Add(manage.Value
                ? "Change the password of the crypto user at each connect"
                : "Leave the password of the crypto user as it is from now on", manage.Position,
                new ConfigureClusterStep(present.ClusterId, ManagePassword: manage.Value));
        }

        if (cluster.CommandsFromElsewhere is { } commands && commands.Value != present.CommandsFromElsewhere)
        {
            Add($"Set the external requests per second to {commands}", commands.Position,
                new ConfigureClusterStep(present.ClusterId, CommandsFromElsewhere: commands.Value));
        }

        return plan.Changes.Count > before;

        void Add(string description, SourcePosition position, ConfigureClusterStep step) => plan.Changes.Add(
            Change(cluster, EstateAction.Updated, description) with { Position = position, Steps = [step] });
    }

    private static string Settings(EstateCluster cluster) =>
        (cluster.HighAvailability is { Value: true } ? ", highly available" : "") + (cluster.ManagePassword is { Value: true }
            ? ", with a managed password"
            : "")
        + (cluster.CommandsFromElsewhere is { Value: > 0 } commands ? $", with external requests ({commands} per second)" : "");

    /// <summary>Creates a custom key store, or changes it to match the description.</summary>
    public static void Add(EstatePlanBuilder plan, EstateKeyStore store)
    {
        EstateCluster? cluster = plan.Estate.Clusters.FirstOrDefault(cluster => cluster.Id.Value == store.Cluster.Value);
        if (cluster is null && !plan.State.Clusters.ContainsKey(store.Cluster.Value))
        {
            plan.Error(store.Cluster.Position, $"Cluster {store.Cluster} was not found, neither under clusters nor in the store.");
        }
        else if (plan.State.KeyStores.TryGetValue((plan.RegionOf(store.Region), store.Name.Value), out CustomKeyStore? present))
        {
            plan.Ids[store] = present.CustomKeyStoreId;
            Update(plan, store, cluster, present);
        }
        else
        {
            Create(plan, store, cluster);
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

    private static void Create(EstatePlanBuilder plan, EstateKeyStore store, EstateCluster? cluster)
    {
        if (cluster?.Pin is not { } pin)
        {
            plan.Error(
                cluster?.Position ?? store.Cluster.Position,
                $"To create the custom key store {store.Name}, the PIN of {store.Cluster} is needed: give the cluster, under clusters, a "
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

        plan.Changes.Add(Change(plan, store, EstateAction.Created, $"Create the custom key store on {store.Cluster}", store.Position) with
        {
            Steps = [new CreateKeyStoreStep(store, cluster)],
            Needs = [cluster],
            Blame = error => error.ErrorCode switch
            {
                "CloudHsmClusterInvalidConfigurationException" => cluster.HighAvailability?.Position ?? store.Cluster.Position,
                "IncorrectTrustAnchorException" => cluster.TrustAnchorCertificate?.Position ?? cluster.Position,
                "CloudHsmClusterInUseException" or "CloudHsmClusterNotActiveException" or "CloudHsmClusterNotFoundException" => store
                    .Cluster
                    .Position,
                _ when error.Message.Contains("'keyStorePassword'", StringComparison.Ordinal) => pin.Position,
                _ => store.Name.Position,
            },
        });

        // To create keys in it, it must be connected first, even where it is disconnected in the end.
        if (store.Connected is not { Value: false } || NewKey(plan, store) is not null)
        {
            Connect(plan, store);
        }
    }

    private static void Update(EstatePlanBuilder plan, EstateKeyStore store, EstateCluster? cluster, CustomKeyStore present)
    {
        int before = plan.Changes.Count;
        bool wasConnected = present.ConnectionState == ConnectionStateType.CONNECTED;
        bool moves = present.CloudHsmClusterId != store.Cluster.Value;
        bool changesPin = plan.State.KeyStoresWithOtherPin.Contains(present.CustomKeyStoreId)
            || (present.PasswordRefused && store.Connected is { Value: true } && cluster?.Pin is { Source: EstatePinSource.Prompt });
        bool connects = store.Connected?.Value ?? wasConnected;
        if (present.ConnectionState is not (ConnectionStateType.DISCONNECTED or ConnectionStateType.DISCONNECTING))
        {
            plan.Connected.Add(store);
            if (moves || changesPin || (connects && present.ConnectionState == ConnectionStateType.FAILED))
            {
                Disconnect(plan, store, store.Connected?.Position ?? store.Position);
            }
        }

        if (moves)
        {
            plan.Changes.Add(Change(
                plan,
                store,
                EstateAction.Updated,
                $"Move it from {present.CloudHsmClusterId} to {store.Cluster}",
                store.Cluster.Position) with
            {
                Steps = [new UpdateStep<EmptyResponse>(
                    store,
                    id => new UpdateCustomKeyStoreRequest { CustomKeyStoreId = id, CloudHsmClusterId = store.Cluster.Value })],
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

    private static EstateChange Change(EstateCluster cluster, EstateAction action, string description) => new()
    {
        Kind = EstateKind.Cluster,
        Name = cluster.Id.Value,
        Action = action,
        Description = description,
        Target = $"cluster {cluster.Id}",
        Position = cluster.Position,
        Owner = cluster,
    };

    private static EstateChange Change(
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

    private static string Text(EstateToken token) => token.Library is null || token.IsUri ? token.Name : $"{token.Name} ({token.Library})";

    private static string Tokens(IEnumerable<string> tokens) => $"the token{(tokens.Skip(1).Any() ? "s" : "")} {string.Join(", ", tokens)}";
}
