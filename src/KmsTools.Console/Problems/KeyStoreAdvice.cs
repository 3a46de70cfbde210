using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.WebConsole.Layout;
using KmsTools.WebConsole.Sessions;

namespace KmsTools.WebConsole.Problems;

/// <summary>What a user of the console can do about errors of custom key stores, clusters, HSMs and proxies.</summary>
internal static class KeyStoreAdvice
{
    /// <summary>What to do about an error of the API, or of an act on a cluster; nothing for any other error.</summary>
    public static ImmutableArray<Cure> Of(KmsException error, ConsoleSession session)
    {
        ImmutableArray<Cure> cures = OfCode(error, session);

        // What was found; the message of AWS KMS says only what may be wrong.
        return session.IsAdministrator && error.InnerException is XksException or HsmException
            ? [new Cure($"What was found: {error.InnerException!.Message}"), .. cures]
            : cures;
    }

    /// <summary>What to do about a failure of an HSM.</summary>
    public static ImmutableArray<Cure> Of(HsmException error) => error switch
    {
        { Cause: ErrorCause.MissingToken, TokenLabels.IsEmpty: false } =>
            [new Cure($"Tokens that are there: {string.Join(", ", error.TokenLabels.Order(StringComparer.Ordinal))}.")],
        { Cause: ErrorCause.LibraryNotInitialized } =>
            [new Cure("Check what the library needs: its configuration, its environment variables, its daemon. They are those of the "
                + "process that serves this console.")],
        { Cause: ErrorCause.VendorBacksUp } => [new Cure("Back the HSMs up with the tool of their vendor, and record that backup.")],
        { Cause: ErrorCause.VendorClones } => [new Cure("Make the clone with the tool of the vendor, and add it as an existing token.")],
        { Cause: ErrorCause.VendorRestores } =>
            [new Cure("Restore it with the tool of the vendor. Then register the restored tokens with the certificate of the backup.")],
        { Cause: ErrorCause.HsmOpensStore } =>
            [new Cure("Seal the store by something else first, and by the HSM again after the restore. Backups of the store that only the "
                + "HSM opens are lost with its key.")],
        { Cause: ErrorCause.HsmPinOpensStore } =>
            [new Cure("Do not let the password be managed, or seal the store by something else first.")],
        { Cause: ErrorCause.PinOfHsmIsManaged } =>
        [
            new Cure("Seal the store by an HSM of another cluster, or by a passphrase."),
            new Cure($"Or do not let the password of {error.ClusterId} be managed from now on."),
            .. error.CustomKeyStoreId is { } store ? OfManagedPin(store) : [],
        ],
        { Cause: ErrorCause.KeyNotForSeal } =>
            [new Cure("Give the URI of the token alone, and a key is made there.")],
        { Failure: HsmFailure.InvalidCredentials } =>
            [new Cure("Check the password before trying again: HSMs lock a user after a few wrong ones.")],
        { Failure: HsmFailure.UserLockedOut } => [new Cure("The security officer of the HSM must unlock the crypto user.")],
        { Failure: HsmFailure.UserNotFound } => [new Cure("The security officer of the HSM must set the PIN of the crypto user.")],
        { Failure: HsmFailure.ClusterNotFound } => [new Cure("Check the full path of the PKCS#11 library, and the token.")],
        { Failure: HsmFailure.Ambiguous } => [new Cure("Enter one of the URIs.")],
        { Failure: HsmFailure.InvalidArgument } => [new Cure("Enter another label, or a PIN that the HSM accepts.")],
        { Failure: HsmFailure.Exhausted } => [new Cure("Close other programs that use the HSM, then try again.")],
        { Failure: HsmFailure.NoActiveHsm } => [new Cure("Check that the HSMs answer.")],
        _ => [],
    };

    private static ImmutableArray<Cure> OfManagedPin(string customKeyStoreId) =>
    [
        new Cure($"Only {customKeyStoreId} knows the present PIN. Disconnect it, and have the security officer of the HSM set another "
            + "one."),
        new Cure($"Then edit the key store password of {customKeyStoreId}, connect it, and seal the store with that PIN."),
    ];

    private static ImmutableArray<Cure> OfCode(KmsException error, ConsoleSession session)
    {
        string region = error.Region ?? session.Region;
        string stores = Links.To(region, "key-stores");
        string cluster = error.ClusterId is { } id ? $"hsm-clusters/{Uri.EscapeDataString(id)}" : "hsm-clusters";
        string? edit = error.CustomKeyStoreId is { } store ? Links.ToKeyStore(region, store, "edit") : null;
        return error.ErrorCode switch
        {
            "CustomKeyStoreNameInUseException" => [new Cure("Enter another name. The list shows those that are taken.", stores)],
            "CustomKeyStoreInvalidStateException" when error.Cause == ErrorCause.NoKeyStoreConnected =>
                [new Cure("Connect a custom key store of the cluster, or enter the password of its crypto user.", stores)],
            "CloudHsmClusterNotFoundException" => [Administered("Register the HSMs as a cluster.", "hsm-clusters", session)],
            "CloudHsmClusterInUseException" => [new Cure("The list shows the custom key store that has the cluster.", stores)],
            "CloudHsmClusterNotActiveException" => [Administered("Look at the HSMs of the cluster.", cluster, session)],
            "CloudHsmClusterInvalidConfigurationException" =>
                [Administered("The cluster needs two active HSMs: add one, or change its settings.", cluster, session)],
            "CloudHsmClusterNotRelatedException" =>
            [
                Administered("Choose a cluster with the same certificate, such as one that was restored from a backup.", cluster, session),
            ],
            "IncorrectTrustAnchorException" =>
                [Administered("Enter the certificate that the page of the cluster shows.", cluster, session)],
            "CloudHsmResourceNotFoundException" => [Administered("The list shows the backups.", "hsm-clusters/backups", session)],
            "KMSInvalidStateException" when error.Cause is ErrorCause.OnlyCopies or ErrorCause.UnknownCopies =>
                [Administered("Add an HSM that gets the keys first, or connect a custom key store of the cluster.", cluster, session)],
            "DependencyTimeoutException" => [Administered("See which HSMs answer.", "hsm-clusters", session)],
            "XksProxyIncorrectAuthenticationCredentialException" => [new Cure("Enter the credential that the proxy knows.", edit)],
            "XksProxyInvalidConfigurationException" => [new Cure("Enter the proxy URI path that the proxy has.", edit)],
            "XksProxyInvalidResponseException" => [new Cure("See the log of the proxy: it shows what it answered, and why.")],
            "XksProxyUriUnreachableException" =>
            [
                Administered("See how the hosts of proxies are reached, and which roots are trusted.", "key-stores/proxies", session),
            ],
            "XksProxyUriInUseException" or "XksProxyUriEndpointInUseException" =>
                [new Cure("Enter another proxy URI endpoint or path. The list shows those that are taken.", stores)],
            "XksProxyVpcEndpointServiceInUseException" =>
                [new Cure("Enter another VPC endpoint service. The list shows the key store that has this one.", stores)],
            "XksProxyVpcEndpointServiceNotFoundException" or "XksProxyVpcEndpointServiceInvalidConfigurationException" =>
                [Administered("Register or correct the VPC endpoint service.", "key-stores/proxies", session)],
            _ => [],
        };
    }

    private static Cure Administered(string text, string path, ConsoleSession session) =>
        new(text, session.IsAdministrator ? Links.To(session.Region, path) : null);
}
