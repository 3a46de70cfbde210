using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>Plans external key stores.</summary>
internal static class EstateExternalKeyStorePlanner
{
    /// <summary>Creates an external key store, or changes it to match the description.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="store">The key store.</param>
    /// <param name="proxy">Its proxy.</param>
    /// <param name="present">The key store as it is; null while it does not exist.</param>
    public static void Add(EstatePlanBuilder plan, EstateKeyStore store, EstateProxy proxy, CustomKeyStore? present)
    {
        XksProxyConnectivityType connectivity =
            proxy.Connectivity?.Value ?? present?.RequiredProxy.Connectivity ?? XksProxyConnectivityType.PUBLIC_ENDPOINT;
        if (!CheckService(plan, proxy, connectivity, present))
        {
            return;
        }

        if (present is null)
        {
            Create(plan, store, proxy, connectivity);
        }
        else
        {
            Update(plan, store, proxy, connectivity, present);
        }
    }

    private static bool CheckService(
        EstatePlanBuilder plan, EstateProxy proxy, XksProxyConnectivityType connectivity, CustomKeyStore? present)
    {
        if (connectivity == XksProxyConnectivityType.PUBLIC_ENDPOINT)
        {
            if ((proxy.VpcEndpointServiceName ?? proxy.VpcEndpointServiceOwner) is not { } surplus)
            {
                return true;
            }

            plan.Error(surplus.Position, "A proxy has a VPC endpoint service only with 'connectivity: VPC_ENDPOINT_SERVICE'.");
            return false;
        }

        if (proxy.VpcEndpointServiceName is not { } name)
        {
            if (present?.RequiredProxy.VpcEndpointServiceName is not null)
            {
                return true;
            }

            plan.Error(
                proxy.Connectivity?.Position ?? proxy.Position,
                "Connectivity VPC_ENDPOINT_SERVICE needs the member 'vpcEndpointServiceName'.");
            return false;
        }

        if (ServiceOf(plan, name) is null && !plan.State.VpcEndpointServices.ContainsKey(name.Value))
        {
            plan.Error(
                name.Position, $"VPC endpoint service {name} was not found, neither under vpcEndpointServices nor in the store.");
            return false;
        }

        return true;
    }

    private static void Create(EstatePlanBuilder plan, EstateKeyStore store, EstateProxy proxy, XksProxyConnectivityType connectivity)
    {
        if (!CheckSecret(plan, store, proxy, $"To create the custom key store {store.Name}"))
        {
            return;
        }

        CreateCustomKeyStoreRequest request = new()
        {
            CustomKeyStoreName = store.Name.Value,
            CustomKeyStoreType = nameof(CustomKeyStoreType.EXTERNAL_KEY_STORE),
            XksProxyConnectivity = connectivity.ToString(),
            XksProxyUriEndpoint = proxy.UriEndpoint.Value,
            XksProxyUriPath = proxy.UriPath.Value,
            XksProxyVpcEndpointServiceName = proxy.VpcEndpointServiceName?.Value,
            XksProxyVpcEndpointServiceOwner = proxy.VpcEndpointServiceOwner?.Value,
        };
        plan.Changes.Add(EstateKeyStorePlanner.Change(
            plan, store, EstateAction.Created, $"Create the external key store at {proxy.Uri}", store.Position) with
        {
            Steps = [new CreateExternalKeyStoreStep(store, proxy, request)],
            Needs = ServiceOf(plan, proxy.VpcEndpointServiceName) is { } service ? [service] : [],
            Blame = error => EstateErrorLocator.Of(store, proxy, error),
        });
        EstateKeyStorePlanner.ConnectNew(plan, store);
    }

    private static void Update(
        EstatePlanBuilder plan,
        EstateKeyStore store,
        EstateProxy proxy,
        XksProxyConnectivityType connectivity,
        CustomKeyStore present)
    {
        ExternalKeyStoreProxy now = present.RequiredProxy;
        List<(string Member, SourcePosition Position)> differences = [];
        bool switches = Differs("connectivity", connectivity != now.Connectivity, proxy.Connectivity?.Position);

        // AWS KMS wants the endpoint and the service again when the connectivity changes.
        bool hasEndpoint = Differs(
            "uriEndpoint",
            !string.Equals(proxy.UriEndpoint.Value, now.UriEndpoint, StringComparison.OrdinalIgnoreCase),
            proxy.UriEndpoint.Position) || switches;
        bool hasService = Differs(
            "vpcEndpointServiceName",
            proxy.VpcEndpointServiceName is { } name && name.Value != now.VpcEndpointServiceName,
            proxy.VpcEndpointServiceName?.Position);
        bool hasOwner = Differs(
            "vpcEndpointServiceOwner",
            proxy.VpcEndpointServiceOwner is { } owner && owner.Value != now.VpcEndpointServiceOwner,
            proxy.VpcEndpointServiceOwner?.Position);
        bool moves = switches || hasEndpoint || hasService || hasOwner;
        bool hasPath = Differs("uriPath", proxy.UriPath.Value != now.UriPath, proxy.UriPath.Position);
        bool hasCredential = Differs("accessKeyId", proxy.AccessKeyId.Value != now.AccessKeyId, proxy.AccessKeyId.Position);
        hasCredential |= Differs("secretFrom", !hasCredential && HasOtherSecret(plan, store, proxy, present), proxy.Secret?.Position);
        if (hasCredential && !CheckSecret(plan, store, proxy, $"To change the credential of the custom key store {store.Name}"))
        {
            return;
        }

        bool disconnects = moves || (differences.Count > 0 && present.ConnectionState != ConnectionStateType.CONNECTED);
        EstateKeyStorePlanner.Bring(plan, store, present, disconnects, () =>
        {
            if (differences is not [(_, var position), ..])
            {
                return;
            }

            UpdateCustomKeyStoreRequest request = new()
            {
                XksProxyConnectivity = switches ? connectivity.ToString() : null,
                XksProxyUriEndpoint = hasEndpoint ? proxy.UriEndpoint.Value : null,
                XksProxyUriPath = hasPath ? proxy.UriPath.Value : null,
                XksProxyVpcEndpointServiceName = hasService ? proxy.VpcEndpointServiceName!.Value : null,
                XksProxyVpcEndpointServiceOwner = hasOwner ? proxy.VpcEndpointServiceOwner!.Value : null,
            };
            string members = string.Join(", ", differences.Select(static difference => difference.Member));
            plan.Changes.Add(EstateKeyStorePlanner.Change(
                plan, store, EstateAction.Updated, $"Change its proxy ({members})", position) with
            {
                Steps = [new UpdateProxyStep(store, proxy, request, hasCredential)],
                Needs = ServiceOf(plan, proxy.VpcEndpointServiceName) is { } service ? [store, service] : [store],
                Blame = error => EstateErrorLocator.Of(store, proxy, error),
            });
        });

        bool Differs(string member, bool differs, SourcePosition? position)
        {
            if (differs)
            {
                differences.Add((member, position ?? proxy.Position));
            }

            return differs;
        }
    }

    // A credential that was refused is asked for again, as the PIN of a cluster is.
    private static bool HasOtherSecret(EstatePlanBuilder plan, EstateKeyStore store, EstateProxy proxy, CustomKeyStore present) =>
        plan.State.KeyStoresWithOtherSecret.Contains(present.CustomKeyStoreId)
        || (present.ConnectionErrorCode == ConnectionErrorCodeType.INVALID_CREDENTIALS
            && store.Connected is { Value: true }
            && proxy.Secret is { Source: EstateSecretSource.Prompt });

    private static bool CheckSecret(EstatePlanBuilder plan, EstateKeyStore store, EstateProxy proxy, string purpose)
    {
        if (proxy.Secret is not { } secret)
        {
            plan.Error(
                proxy.AccessKeyId.Position, $"{purpose}, the secret access key is needed: give its proxy a secretFrom.");
            return false;
        }

        if (plan.State.MissingSecretAccessKeys.TryGetValue((plan.RegionOf(store.Region), store.Name.Value), out string? reason))
        {
            plan.Error(secret.Position, reason);
            return false;
        }

        return true;
    }

    private static EstateVpcEndpointService? ServiceOf(EstatePlanBuilder plan, Located<string>? name) =>
        name is null ? null : plan.Estate.VpcEndpointServices.FirstOrDefault(service => service.Name.Value == name.Value);
}
