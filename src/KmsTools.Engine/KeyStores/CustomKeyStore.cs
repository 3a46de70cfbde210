namespace KmsTools;

/// <summary>The kinds of custom key store.</summary>
public enum CustomKeyStoreType
{
    /// <summary>Backed by a cluster of HSMs.</summary>
    AWS_CLOUDHSM,

    /// <summary>Backed by an external key manager behind an external key store proxy.</summary>
    EXTERNAL_KEY_STORE,
}

/// <summary>The connection state of a custom key store.</summary>
public enum ConnectionStateType
{
    /// <summary>
    /// The last connect succeeded, and the store has not been disconnected since. Says nothing about the current health of the HSMs.
    /// </summary>
    CONNECTED,

    /// <summary>A connect is in progress.</summary>
    CONNECTING,

    /// <summary>The last connect failed; ConnectionErrorCode gives the reason. Disconnect before anything else.</summary>
    FAILED,

    /// <summary>Never connected, or disconnected on request. Faults never lead here.</summary>
    DISCONNECTED,

    /// <summary>A disconnect is in progress.</summary>
    DISCONNECTING,
}

/// <summary>Why a custom key store could not be connected. See ConnectionErrorCode of DescribeCustomKeyStores in the AWS KMS API.</summary>
public enum ConnectionErrorCodeType
{
    /// <summary>The password is not that of the crypto user, or the proxy does not accept the credential.</summary>
    INVALID_CREDENTIALS,

    /// <summary>No HSM with the cluster's tokens can be found.</summary>
    CLUSTER_NOT_FOUND,

    /// <summary>The HSMs do not answer.</summary>
    NETWORK_ERRORS,

    /// <summary>An internal fault, or the HSM lacks a mechanism that is needed.</summary>
    INTERNAL_ERROR,

    /// <summary>The cluster has no active HSM.</summary>
    INSUFFICIENT_CLOUDHSM_HSMS,

    /// <summary>Too many wrong passwords locked the crypto user.</summary>
    USER_LOCKED_OUT,

    /// <summary>The HSM has no crypto user.</summary>
    USER_NOT_FOUND,

    /// <summary>The crypto user is logged in elsewhere.</summary>
    USER_LOGGED_IN,

    /// <summary>A subnet of the cluster was deleted. Has no counterpart in PKCS#11.</summary>
    SUBNET_NOT_FOUND,

    /// <summary>A subnet has no free address. Has no counterpart in PKCS#11.</summary>
    INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET,

    /// <summary>The proxy denies AWS KMS access.</summary>
    XKS_PROXY_ACCESS_DENIED,

    /// <summary>No connection to the proxy can be made, or all its external key managers are unavailable.</summary>
    XKS_PROXY_NOT_REACHABLE,

    /// <summary>The VPC endpoint service does not exist in the Region, or does not allow AWS KMS to use it.</summary>
    XKS_VPC_ENDPOINT_SERVICE_NOT_FOUND,

    /// <summary>The answer of the proxy cannot be understood.</summary>
    XKS_PROXY_INVALID_RESPONSE,

    /// <summary>The proxy has no key store at the URI path.</summary>
    XKS_PROXY_INVALID_CONFIGURATION,

    /// <summary>The VPC endpoint service does not meet the requirements of external key stores.</summary>
    XKS_VPC_ENDPOINT_SERVICE_INVALID_CONFIGURATION,

    /// <summary>The proxy does not answer in time.</summary>
    XKS_PROXY_TIMED_OUT,

    /// <summary>No TLS session with the proxy: its certificate is expired, not trusted or of another name, or it offers no TLS 1.2 or 1.3.</summary>
    XKS_PROXY_INVALID_TLS_CONFIGURATION,
}

/// <summary>A custom key store, backed by a cluster of HSMs or by an external key manager, as immutable data.</summary>
public sealed record CustomKeyStore
{
    /// <summary><c>cks-</c> and 17 hex digits.</summary>
    public required string CustomKeyStoreId { get; init; }

    /// <summary>The Region of the store.</summary>
    public required string Region { get; init; }

    /// <summary>The friendly name, unique in the account and Region.</summary>
    public required string Name { get; init; }

    /// <summary>The HSM cluster; null for an external key store.</summary>
    public string? CloudHsmClusterId { get; init; }

    /// <summary>The certificate that identifies the cluster (PEM); null for an external key store.</summary>
    public string? TrustAnchorCertificate { get; init; }

    /// <summary>The proxy of an external key store; null for one that is backed by HSMs.</summary>
    public ExternalKeyStoreProxy? Proxy { get; init; }

    /// <summary>When the store was created (UTC).</summary>
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>The kind of store.</summary>
    public CustomKeyStoreType Type { get; init; } = CustomKeyStoreType.AWS_CLOUDHSM;

    /// <summary>The password of the crypto user, wrapped under the root key; empty for an external key store.</summary>
    public ReadOnlyMemory<byte> WrappedPassword { get; init; }

    /// <summary>
    /// The other password that HSMs may have, wrapped as <see cref="WrappedPassword"/>, while a change of the password is in progress or
    /// was interrupted; null when the HSMs have the one above.
    /// </summary>
    public ReadOnlyMemory<byte>? OtherWrappedPassword { get; init; }

    /// <summary>
    /// The HSM refused this password, and the other one if there is one. A refused password is never tried again, because HSMs lock the
    /// user after a few attempts, except by other copies of the HSMs; an update of the password clears this.
    /// </summary>
    public bool PasswordRefused { get; init; }

    /// <summary>The connection state.</summary>
    public ConnectionStateType ConnectionState { get; init; } = ConnectionStateType.DISCONNECTED;

    /// <summary>Why the last connect failed; only in state FAILED.</summary>
    public ConnectionErrorCodeType? ConnectionErrorCode { get; init; }

    /// <summary>Increases with every connect and disconnect, so that other processes notice that their HSM sessions are outdated.</summary>
    public long ConnectionGeneration { get; init; }

    /// <summary>When the connect that is in progress began (UTC); null when none is in progress.</summary>
    public DateTimeOffset? ConnectStarted { get; init; }

    /// <summary>Whether it is backed by an external key manager.</summary>
    internal bool IsExternal => Type == CustomKeyStoreType.EXTERNAL_KEY_STORE;

    /// <summary>The HSM cluster of a store that is known to have one.</summary>
    internal string HsmClusterId => CloudHsmClusterId
        ?? throw new InvalidOperationException($"{CustomKeyStoreId} is an external key store, which has no HSMs.");

    /// <summary>The proxy of a store that is known to have one.</summary>
    internal ExternalKeyStoreProxy RequiredProxy => Proxy
        ?? throw new InvalidOperationException($"{CustomKeyStoreId} is not an external key store.");

    /// <summary>The first of some key stores whose HSMs can be asked because it is CONNECTED; null when none is connected.</summary>
    internal static CustomKeyStore? FirstConnected(IEnumerable<CustomKeyStore> stores) =>
        stores.FirstOrDefault(static store => store.ConnectionState == ConnectionStateType.CONNECTED);
}
