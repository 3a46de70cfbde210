using KmsTools.Identifiers;
using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>
/// What a user of PowerShell can do about an error, given the present state of the store: the name that was meant, and the complete remedy.
/// </summary>
internal static class StoreAdvice
{
    /// <summary>What to do about an error; null if the store offers no advice on it. Never fails.</summary>
    /// <param name="error">The error.</param>
    /// <param name="engine">The engine to inspect.</param>
    /// <param name="region">The Region of the call; null for that of the store.</param>
    public static string? Of(KmsException error, KmsEngine engine, Func<RegionName?> region)
    {
        if (error is
            {
                MissingName: null, AliasName: null, CustomKeyStoreId: null, Cause: not ErrorCause.KeyDoesNotRotate,
                ErrorCode: not "CloudHsmClusterNotActiveException",
            })
        {
            return null;
        }

        try
        {
            using IStateReader state = engine.OpenReader();
            string where = region() ?? engine.Properties.Region;
            return error switch
            {
                { AliasName: { } alias } => OfAlias(state, where, NearestName.LastPart(alias)),
                { MissingName: { } name, ErrorCode: "NotFoundException" } => OfKey(state, where, name),
                { MissingName: { } name, ErrorCode: "CustomKeyStoreNotFoundException" } when OfKeyStore(state, where, name) is { } meant =>
                    meant,
                { MissingName: { } name } => NearestName.Of(error.ErrorCode, state, where, name) is { } nearest
                    ? Advice.DidYouMean(nearest, Advice.OfCode(error.ErrorCode)!)
                    : null,
                { Cause: ErrorCause.KeyUnavailable or ErrorCause.KeyStoreNotConnected or ErrorCause.KeyStoreNotDisconnected,
                  CustomKeyStoreId: { } id } =>
                    state.FindCustomKeyStore(RegionOf(error) ?? where, id) is { } store ? WayOut(error.Cause, state, store) : null,
                { Cause: ErrorCause.LoginRefused, CustomKeyStoreId: { } id } =>
                    state.FindCustomKeyStore(RegionOf(error) ?? where, id) is { CloudHsmClusterId: { } clusterId }
                        ? OfRefusedLogin(id, CodeOf(error.InnerException as HsmException), state.FindCluster(clusterId))
                        : null,
                { Cause: ErrorCause.KeyDoesNotRotate, KeyArn: { } arn } => OfSpec(state, arn),
                { ErrorCode: "CloudHsmClusterNotActiveException", ClusterId: { } cluster } => OfCluster(state, cluster),
                { CustomKeyStoreId: { } id } when state.FindCustomKeyStore(RegionOf(error) ?? where, id) is { Proxy: not null } store =>
                    ProxyAdvice.OfCause(error, store),
                _ => null,
            };
        }
        catch (Exception exception) when (exception is not OutOfMemoryException)
        {
            // The error that is being reported matters more than this.
            return null;
        }
    }

    /// <summary>
    /// What to do after a connect that failed, which is not an error of the call, or that changed nothing although the HSMs have refused the
    /// password since the connect before; null otherwise.
    /// </summary>
    public static string? AfterConnect(KmsEngine engine, string region, string customKeyStoreId)
    {
        using IStateReader state = engine.OpenReader();
        return state.FindCustomKeyStore(region, customKeyStoreId) is { } store && NeedsReconnection(store)
            ? Reconnection(state, store)
            : null;
    }

    /// <summary>Whether a custom key store works again only after <see cref="Reconnection"/>.</summary>
    public static bool NeedsReconnection(CustomKeyStore store) => store.ConnectionState == ConnectionStateType.FAILED
        || store is { ConnectionState: ConnectionStateType.CONNECTED, PasswordRefused: true };

    /// <summary>What to do about HSMs that do not let the crypto user of a connected custom key store in.</summary>
    /// <param name="customKeyStoreId">The custom key store, or null.</param>
    /// <param name="failure">Why they do not, or null.</param>
    public static string AfterRefusedLogin(string? customKeyStoreId, HsmException? failure)
    {
        return customKeyStoreId is null
            ? "Disconnect the custom key store, give it the password of the crypto user with Update-KmsCustomKeyStore -KeyStorePassword, "
                + "and connect it."
            : OfRefusedLogin(customKeyStoreId, CodeOf(failure), cluster: null)!;
    }

    /// <summary>
    /// How to know the PIN of the HSMs of a cluster again, after a custom key store has changed it; empty if none has.
    /// </summary>
    /// <param name="customKeyStoreId">The custom key store, or null.</param>
    public static string AfterManagedPassword(string? customKeyStoreId) => customKeyStoreId is null
        ? ""
        : $". Only {customKeyStoreId} knows the present PIN, so the security officer sets another one, while it is disconnected: "
            + $"Disconnect-KmsCustomKeyStore {customKeyStoreId}. Get-Help about_KmsTools_Hsm tells how. Then give it to both: "
            + $"Update-KmsCustomKeyStore {customKeyStoreId} -KeyStorePassword (Read-Host -AsSecureString), and Protect-KmsStore -Pin.";

    /// <summary>The commands that make a custom key store work again, from its present state.</summary>
    /// <param name="state">The state.</param>
    /// <param name="store">The custom key store.</param>
    /// <param name="region">The Region of the session, where the commands are typed; null where it is that of the store.</param>
    public static string Reconnection(IStateReader state, CustomKeyStore store, string? region = null)
    {
        string id = NameIn(region, store.CustomKeyStoreId, store.Region);
        string again = $"Disconnect-KmsCustomKeyStore {id}; Connect-KmsCustomKeyStore {id}";
        if (store.CloudHsmClusterId is { } clusterId && MayLackTokens(store)
            && HsmLibraryAdvice.FindFault(state.FindCluster(clusterId)) is { } fault)
        {
            return $"{fault} Once that is right: "
                + (store.ConnectionState == ConnectionStateType.FAILED ? again : $"Connect-KmsCustomKeyStore {id}");
        }

        return (store.ConnectionState, store.ConnectionErrorCode) switch
        {
            (ConnectionStateType.CONNECTING or ConnectionStateType.DISCONNECTING, _) => "Try again in a few seconds.",
            (ConnectionStateType.CONNECTED, _) when store.PasswordRefused =>
                OfRefusedLogin(id, ConnectionErrorCodeType.INVALID_CREDENTIALS, ClusterOf(state, store))!,
            (not ConnectionStateType.FAILED, _) => $"Connect-KmsCustomKeyStore {id}",
            _ when store.Proxy is { } proxy => ProxyAdvice.Reconnection(store, proxy, again),
            (_, { } code) when OfRefusedLogin(id, code, ClusterOf(state, store)) is { } login => login,
            (_, ConnectionErrorCodeType.INSUFFICIENT_CLOUDHSM_HSMS) when ClusterOf(state, store) is { Tokens.IsEmpty: true } =>
                $"Add-KmsHsm {store.CloudHsmClusterId} adds an HSM. Then: {again}",
            (_, ConnectionErrorCodeType.CLUSTER_NOT_FOUND or ConnectionErrorCodeType.NETWORK_ERRORS
                or ConnectionErrorCodeType.INSUFFICIENT_CLOUDHSM_HSMS) =>
                $"Get-KmsHsm {store.CloudHsmClusterId} shows the HSMs. Once they answer: {again}",
            _ => again,
        };
    }

    /// <summary>How a command names a custom key store that may be in another Region than that of the session.</summary>
    public static string NameIn(string? region, string customKeyStoreId, string storeRegion) =>
        region is null || region == storeRegion ? customKeyStoreId : $"{customKeyStoreId} -Region {storeRegion}";

    private static HsmCluster? ClusterOf(IStateReader state, CustomKeyStore store) =>
        store.CloudHsmClusterId is { } clusterId ? state.FindCluster(clusterId) : null;

    private static ConnectionErrorCodeType CodeOf(HsmException? failure) => failure?.Failure switch
    {
        HsmFailure.UserLockedOut => ConnectionErrorCodeType.USER_LOCKED_OUT,
        HsmFailure.UserNotFound => ConnectionErrorCodeType.USER_NOT_FOUND,
        HsmFailure.UserLoggedIn => ConnectionErrorCodeType.USER_LOGGED_IN,
        _ => ConnectionErrorCodeType.INVALID_CREDENTIALS,
    };

    private static string? OfRefusedLogin(string id, ConnectionErrorCodeType code, HsmCluster? cluster)
    {
        string updated = $"Disconnect-KmsCustomKeyStore {id}; Update-KmsCustomKeyStore {id} -KeyStorePassword "
            + $"(Read-Host -AsSecureString); Connect-KmsCustomKeyStore {id}";
        return code switch
        {
            ConnectionErrorCodeType.INVALID_CREDENTIALS when cluster is { ManagePassword: true } =>
                "Each connect changes the PIN of the crypto user (ManagePassword), and only the key store knows the last one. If these "
                    + "HSMs are copies, as those of another lab, let it use the ones that it was connected to: "
                    + $"Disconnect-KmsCustomKeyStore {id}; Connect-KmsCustomKeyStore {id}. If they are those, the security officer must "
                    + $"set the PIN: Get-Help about_KmsTools_Hsm tells how. With that PIN: {updated}",
            ConnectionErrorCodeType.INVALID_CREDENTIALS => updated,
            ConnectionErrorCodeType.USER_LOCKED_OUT =>
                $"The security officer of the HSM must unlock the crypto user and set its PIN. With that PIN: {updated}",
            ConnectionErrorCodeType.USER_NOT_FOUND =>
                $"The security officer of the HSM must set the PIN of the crypto user. With that PIN: {updated}",
            ConnectionErrorCodeType.USER_LOGGED_IN =>
                "Log the crypto user out of the other program, or disconnect the other key store that uses the HSMs. Then: "
                    + $"Disconnect-KmsCustomKeyStore {id}; Connect-KmsCustomKeyStore {id} (if its PIN was changed for that: {updated})",
            _ => null,
        };
    }

    private static string? WayOut(ErrorCause cause, IStateReader state, CustomKeyStore store) =>
        cause == ErrorCause.KeyStoreNotDisconnected && store.ConnectionState == ConnectionStateType.CONNECTED
            ? null
            : Reconnection(state, store);

    // A library without its configuration is found with any of these codes.
    private static bool MayLackTokens(CustomKeyStore store) => store.ConnectionState == ConnectionStateType.DISCONNECTED
        || store is
        {
            ConnectionState: ConnectionStateType.FAILED,
            ConnectionErrorCode: ConnectionErrorCodeType.INTERNAL_ERROR or ConnectionErrorCodeType.CLUSTER_NOT_FOUND
                or ConnectionErrorCodeType.NETWORK_ERRORS or ConnectionErrorCodeType.INSUFFICIENT_CLOUDHSM_HSMS,
        };

    private static string? OfCluster(IStateReader state, string clusterId) =>
        HsmLibraryAdvice.FindFault(state.FindCluster(clusterId)) is { } fault
            ? $"{fault} Get-KmsHsm {clusterId} shows the HSMs."
            : $"Get-KmsHsm {clusterId} shows which HSMs do not answer, and why.";

    private static string? OfSpec(IStateReader state, string arn) =>
        state.FindKey(Views.Region(arn), Views.KeyId(arn)) is { } key
            ? $"Only symmetric encryption keys rotate, and the key spec is {key.KeySpec}. Make a new key and point the alias to it with "
                + "Update-KmsAlias."
            : null;

    private static string? OfKey(IStateReader state, string region, string reference)
    {
        string name = NearestName.LastPart(reference);
        return OfAlias(state, region, name) is { } alias ? alias
            : NearestName.OfKey(state, region, name) is { } nearest ? Advice.DidYouMean(nearest, Advice.OfCode("NotFoundException")!)
            : null;
    }

    private static string? OfAlias(IStateReader state, string region, string name) => state.FindAlias(region, name) is { } alias
        ? $"{name} is the key {alias.TargetKeyId}: this operation takes its ID or ARN."
        : null;

    private static string? OfKeyStore(IStateReader state, string region, string name)
    {
        const int maxStores = 300;
        CustomKeyStore? meant = state.ListCustomKeyStores(region, null, maxStores)
            .FirstOrDefault(store => store.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        return meant is null ? null : $"{meant.Name} is the custom key store {meant.CustomKeyStoreId}: this operation takes its ID.";
    }

    private static string? RegionOf(KmsException error) => error.KeyArn is { } arn ? Views.Region(arn) : null;
}
