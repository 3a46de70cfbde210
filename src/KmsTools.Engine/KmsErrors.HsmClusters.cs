using KmsTools.KeyStores;

namespace KmsTools;

/// <content>Errors about clusters of HSMs, and about their backups.</content>
public static partial class KmsErrors
{
    internal static KmsException ClusterNotFound(string clusterId) => new(
        "CloudHsmClusterNotFoundException", $"CloudHSM cluster {clusterId} does not exist.")
    {
        MissingName = clusterId,
        ClusterId = clusterId,
    };

    internal static KmsException ClusterNotActive(string clusterId) => new(
        "CloudHsmClusterNotActiveException", $"CloudHSM cluster {clusterId} is not active.")
    {
        ClusterId = clusterId,
    };

    /// <summary>A highly available cluster has fewer than two active HSMs.</summary>
    internal static KmsException ClusterInvalidConfiguration(Exception? cause = null) => new(
        "CloudHsmClusterInvalidConfigurationException",
        "CloudHSM cluster must contain active HSMs in at least two Availability Zones",
        innerException: cause);

    internal static KmsException ClusterInUse(string clusterId) => new(
        "CloudHsmClusterInUseException",
        $"CloudHSM cluster {clusterId} is associated with a custom key store already, or shares a backup history with one that is.");

    internal static KmsException ClusterNotRelated(string clusterId) => new(
        "CloudHsmClusterNotRelatedException",
        $"CloudHSM cluster {clusterId} does not share a backup history with the cluster of the custom key store.");

    internal static KmsException IncorrectTrustAnchor(string clusterId) => new(
        "IncorrectTrustAnchorException", $"The trust anchor certificate is not that of CloudHSM cluster {clusterId}.");

    /// <summary>The HSMs of a custom key store do not answer.</summary>
    internal static KmsException ClusterUnreachable(string? keyArn, Exception? cause) => new(
        "KMSInvalidStateException", "KMS cannot communicate with your CloudHSM cluster", innerException: cause)
    {
        KeyArn = keyArn,
        Cause = ErrorCause.UnreachableHsms,
    };

    /// <summary>
    /// The HSMs of a custom key store do not answer while a key is created, for which KMSInvalidStateException is not declared.
    /// </summary>
    internal static KmsException ClusterTimeout(Exception cause) => new(
        "DependencyTimeoutException", $"KMS cannot communicate with your CloudHSM cluster: {cause.Message}", 500, cause)
    {
        Cause = ErrorCause.UnreachableHsms,
    };

    internal static KmsException HsmHoldsOnlyCopies(string clusterId, HsmRemoval removal) => new(
        "KMSInvalidStateException",
        removal.IsKnown
            ? $"HSM '{removal.Hsm.TokenLabel}' of cluster {clusterId} may hold the only copy of the material of "
                + $"{Count(removal.OnlyThere.Length)}: {Some(removal.OnlyThere)}."
            : $"No key store of cluster {clusterId} is connected, so it is unknown whether the other HSMs hold the material of its "
                + $"{Count(removal.OnlyThere.Length)} as well.")
    {
        ClusterId = clusterId,
        Cause = removal.IsKnown ? ErrorCause.OnlyCopies : ErrorCause.UnknownCopies,
    };

    internal static KmsException NoKeyStoreConnected(string clusterId) => new(
        "CustomKeyStoreInvalidStateException", $"No custom key store of cluster {clusterId} is connected, so no user is logged in to its "
            + "HSMs.")
    {
        ClusterId = clusterId,
        Cause = ErrorCause.NoKeyStoreConnected,
    };

    internal static KmsException BackupNotFound(string backupId) =>
        new("CloudHsmResourceNotFoundException", $"Backup {backupId} does not exist.");

    private static string Count(int keys) => $"{keys} KMS key{(keys == 1 ? "" : "s")}";

    private static string Some(IReadOnlyCollection<string> names) => string.Join(", ", names.Take(3)) + (names.Count > 3 ? ", ..." : "");
}
