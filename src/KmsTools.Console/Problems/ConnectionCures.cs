using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.WebConsole.Layout;
using KmsTools.WebConsole.Sessions;
using Code = KmsTools.ConnectionErrorCodeType;

namespace KmsTools.WebConsole.Problems;

/// <summary>
/// What the connection states and the connection error codes of a custom key store mean, and the steps that get it connected again; the
/// counterpart of the cmdlets' advice. Sources: ConnectionState and ConnectionErrorCode in the AWS KMS API, "Troubleshooting a custom key
/// store" in the AWS KMS Developer Guide.
/// </summary>
internal static class ConnectionCures
{
    /// <summary>The parameter of the page that disconnects which leads to the settings afterwards.</summary>
    public const string ThenEdit = "edit";

    /// <summary>What a connection state means.</summary>
    public static string MeaningOf(ConnectionStateType state, bool isExternal) => state switch
    {
        ConnectionStateType.CONNECTED => $"The last connect succeeded, and nobody has disconnected it since. It does not say that its "
            + $"{(isExternal ? "proxy answers" : "HSMs answer")} now.",
        ConnectionStateType.CONNECTING => "A connect is in progress.",
        ConnectionStateType.FAILED => "The last connect failed. Its KMS keys cannot be used, and it must be disconnected before anything "
            + "else is done with it.",
        ConnectionStateType.DISCONNECTED => "It was never connected, or it was disconnected on purpose. Its KMS keys cannot be used, and "
            + "none can be created in it.",
        ConnectionStateType.DISCONNECTING => "A disconnect is in progress.",
        _ => "",
    };

    /// <summary>What a connection error code means.</summary>
    public static string MeaningOf(Code code, bool isExternal) => code switch
    {
        Code.INVALID_CREDENTIALS when isExternal => "The external key store proxy does not accept the proxy authentication credential of "
            + "the key store.",
        Code.INVALID_CREDENTIALS => "The key store password is not the password that the crypto user has in the HSMs.",
        Code.CLUSTER_NOT_FOUND => "No HSM with the tokens of the cluster can be found.",
        Code.INSUFFICIENT_CLOUDHSM_HSMS => "The cluster has no active HSM.",
        Code.USER_LOCKED_OUT => "Too many wrong passwords have locked the crypto user of the HSMs.",
        Code.USER_NOT_FOUND => "The HSMs have no crypto user.",
        Code.USER_LOGGED_IN => "The crypto user is logged in elsewhere.",
        Code.NETWORK_ERRORS when isExternal => "The network failed on the way to the external key store proxy.",
        Code.NETWORK_ERRORS => "The HSMs do not answer.",
        Code.INTERNAL_ERROR when isExternal => "An internal error has ended the connect.",
        Code.INTERNAL_ERROR => "An internal error has ended the connect, or an HSM lacks a mechanism that key stores need.",
        Code.SUBNET_NOT_FOUND => "A subnet of the cluster was deleted.",
        Code.INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET => "A subnet of the cluster has no free address.",
        Code.XKS_PROXY_ACCESS_DENIED => "The external key store proxy denies AWS KMS access.",
        Code.XKS_PROXY_NOT_REACHABLE => "The external key store proxy cannot be reached, or none of its external key managers is "
            + "available.",
        Code.XKS_PROXY_TIMED_OUT => "The external key store proxy, or what it depends on, did not answer in time.",
        Code.XKS_PROXY_INVALID_RESPONSE => "The answer of the external key store proxy cannot be understood.",
        Code.XKS_PROXY_INVALID_CONFIGURATION => "The external key store proxy has nothing at the proxy URI path.",
        Code.XKS_PROXY_INVALID_TLS_CONFIGURATION => "No TLS session could be made: the certificate of the proxy is expired, not trusted, "
            + "or for another name, or it offers neither TLS 1.2 nor TLS 1.3.",
        Code.XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND => "The VPC endpoint service does not exist in this Region, belongs to another account, or "
            + "does not allow AWS KMS to use it.",
        Code.XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION => "The VPC endpoint service does not meet the requirements of external key "
            + "stores.",
        _ => "",
    };

    /// <summary>The steps that get a custom key store connected whose connect failed, in their order; none in another state.</summary>
    public static ImmutableArray<Cure> Of(CustomKeyStoresListEntry store, ConsoleSession session)
    {
        if (store is not { ConnectionState: ConnectionStateType.FAILED, ConnectionErrorCode: { } code })
        {
            return [];
        }

        ImmutableArray<Cure> repair = store.XksProxyConfiguration is { } proxy
            ? OfProxy(code, store, proxy, session)
            : OfHsms(code, store, session);
        return Reconnection(repair, store.CustomKeyStoreId, session);
    }

    /// <summary>The steps after which the HSMs let the crypto user of a connected custom key store in again.</summary>
    /// <param name="customKeyStoreId">The custom key store, which is in the Region of the session.</param>
    /// <param name="failure">Why they do not.</param>
    /// <param name="session">The session.</param>
    public static ImmutableArray<Cure> OfRefusedLogin(string customKeyStoreId, HsmFailure? failure, ConsoleSession session)
    {
        Code code = failure switch
        {
            HsmFailure.UserLockedOut => Code.USER_LOCKED_OUT,
            HsmFailure.UserNotFound => Code.USER_NOT_FOUND,
            HsmFailure.UserLoggedIn => Code.USER_LOGGED_IN,
            _ => Code.INVALID_CREDENTIALS,
        };
        using IStateReader state = session.OpenReader();
        string? clusterId = state.FindCustomKeyStore(session.Region, customKeyStoreId)?.CloudHsmClusterId;
        return Reconnection(OfLogin(code, IsManaged(clusterId, session), Edit(customKeyStoreId, session)), customKeyStoreId, session);
    }

    private static bool IsManaged(string? clusterId, ConsoleSession session)
    {
        using IStateReader state = session.OpenReader();
        return clusterId is not null && state.FindCluster(clusterId) is { ManagePassword: true };
    }

    private static ImmutableArray<Cure> Reconnection(ImmutableArray<Cure> repair, string customKeyStoreId, ConsoleSession session)
    {
        string edit = Edit(customKeyStoreId, session);
        bool isEdited = repair.Any(cure => cure.Url == edit);
        string disconnect = Links.ToKeyStore(session.Region, customKeyStoreId, "disconnect");
        return
        [
            new Cure("Disconnect the custom key store.", isEdited ? $"{disconnect}?next={ThenEdit}" : disconnect),
            .. repair,
            new Cure("Connect the custom key store."),
        ];
    }

    private static ImmutableArray<Cure> OfLogin(Code code, bool isManaged, string edit)
    {
        Cure password = new("Edit the key store password: enter the password that the crypto user has now.", edit);
        return code switch
        {
            Code.INVALID_CREDENTIALS when isManaged =>
            [
                new Cure("Each connect changes the password of the crypto user, and only the key store knows the last one. If these HSMs "
                    + "are copies, let it use the ones that it was connected to, and leave the password as it is."),
                new Cure("If they are those, have the security officer of the HSMs set another password of the crypto user."),
                password,
            ],
            Code.INVALID_CREDENTIALS => [password],
            Code.USER_LOCKED_OUT =>
                [new Cure("Have the security officer of the HSMs unlock the crypto user and set its password."), password],
            Code.USER_NOT_FOUND => [new Cure("Have the security officer of the HSMs set the password of the crypto user."), password],
            Code.USER_LOGGED_IN =>
            [
                new Cure("Log the crypto user out of the other program, or disconnect the other custom key store that uses the HSMs."),
                new Cure("If the password of the crypto user was changed: edit the key store password.", edit),
            ],
            _ => [],
        };
    }

    private static ImmutableArray<Cure> OfHsms(Code code, CustomKeyStoresListEntry store, ConsoleSession session)
    {
        string cluster = $"hsm-clusters/{store.CloudHsmClusterId}";
        Cure look = Administered("Look at the HSMs of the cluster, and wait until they answer.", cluster, session);
        return code switch
        {
            Code.INVALID_CREDENTIALS or Code.USER_LOCKED_OUT or Code.USER_NOT_FOUND or Code.USER_LOGGED_IN =>
                OfLogin(code, IsManaged(store.CloudHsmClusterId, session), Edit(store.CustomKeyStoreId, session)),
            Code.INSUFFICIENT_CLOUDHSM_HSMS => [look, Administered("Or add an HSM that holds the keys.", cluster + "/add-hsm", session)],
            Code.CLUSTER_NOT_FOUND or Code.SUBNET_NOT_FOUND or Code.INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET =>
            [
                look,
                Administered("If the cluster is lost: restore it from a backup into a new one.", "hsm-clusters/backups", session),
                new Cure("Then edit the cluster of the key store.", Edit(store.CustomKeyStoreId, session)),
            ],
            _ => [look],
        };
    }

    private static ImmutableArray<Cure> OfProxy(
        Code code, CustomKeyStoresListEntry store, XksProxyConfigurationType proxy, ConsoleSession session)
    {
        string edit = Edit(store.CustomKeyStoreId, session);
        string host = Uri.EscapeDataString(HostOf(proxy.UriEndpoint));
        string address = $"key-stores/proxies?host={host}#address";
        string service = $"key-stores/proxies?service={Uri.EscapeDataString(proxy.VpcEndpointServiceName ?? "")}#service";
        return code switch
        {
            Code.INVALID_CREDENTIALS =>
                [new Cure("Edit the proxy authentication credential: enter the one that the proxy knows.", edit)],
            Code.XKS_PROXY_INVALID_CONFIGURATION =>
                [new Cure("Edit the proxy URI path: enter the one that the proxy has.", edit)],
            Code.XKS_PROXY_NOT_REACHABLE or Code.XKS_PROXY_TIMED_OUT or Code.NETWORK_ERRORS =>
            [
                new Cure("Make sure that the proxy runs, and that its external key managers are available."),
                Administered("See by which address and port its host is reached, and how long it may take.", address, session),
            ],
            Code.XKS_PROXY_INVALID_TLS_CONFIGURATION =>
            [
                new Cure("Give the proxy a certificate that is valid for its host."),
                Administered("If the certificate is of an authority of your own: let this store trust its root.", address, session),
            ],
            Code.XKS_PROXY_ACCESS_DENIED =>
                [new Cure("Allow the access key ID of the key store in the proxy. The log of the proxy shows what it denied.")],
            Code.XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND =>
                [Administered("Register the VPC endpoint service, and allow AWS KMS to use it.", service, session)],
            Code.XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION =>
                [Administered("Correct the VPC endpoint service.", service, session)],
            _ => [new Cure("See the log of the proxy: it shows what it answered, and why.")],
        };
    }

    /// <summary>The host in a proxy URI endpoint.</summary>
    public static string HostOf(string? endpoint) => Uri.TryCreate(endpoint, UriKind.Absolute, out Uri? uri) ? uri.Host : "";

    private static string Edit(string customKeyStoreId, ConsoleSession session) =>
        Links.ToKeyStore(session.Region, customKeyStoreId, "edit");

    // Pages of administration are there for administrators only; what is to be done, others may ask for.
    private static Cure Administered(string text, string path, ConsoleSession session) =>
        new(text, session.IsAdministrator ? Links.To(session.Region, path) : null);
}
