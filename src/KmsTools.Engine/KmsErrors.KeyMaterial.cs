using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools;

/// <content>Errors about key material in HSMs.</content>
public static partial class KmsErrors
{
    internal static KmsException NotInHsms(string keyArn) => new(
        "UnsupportedOperationException", $"{keyArn} is not in a custom key store: no backup of HSMs holds its material.")
    {
        KeyArn = keyArn,
        Cause = ErrorCause.NotInHsms,
    };

    internal static KmsException NoSuchKeyEver(
        string reference) => new("NotFoundException", $"Nothing is known of a key '{reference}', neither now nor before.")
    {
        Cause = ErrorCause.NeverKnownKey,
    };

    internal static KmsException NoSuchMaterial(string clusterId, string backingKeyId) => new(
        "NotFoundException", $"No HSM of cluster {clusterId} that answers holds key material {backingKeyId}.")
    {
        ClusterId = clusterId,
        Cause = ErrorCause.MissingHsmObject,
    };

    internal static KmsException MaterialHidden(string clusterId, string backingKeyId, string hsm) => new(
        "KMSInvalidStateException",
        $"HSM '{hsm}' of cluster {clusterId} refused before to destroy key material {backingKeyId} and does not show it any more. It may still "
            + "hold it.")
    {
        ClusterId = clusterId,
        Cause = ErrorCause.MaterialNotDestroyed,
    };

    internal static KmsException MaterialInUse(string backingKeyId, Key key) => new(
        "ConflictException", $"{key.Arn} ({key.State}) uses key material {backingKeyId}, which is therefore not removed.")
    {
        KeyArn = key.Arn,
        Cause = ErrorCause.MaterialInUse,
    };

    internal static KmsException MaterialForeign(string clusterId, string backingKeyId) => new(
        "ConflictException", $"Key material {backingKeyId} in cluster {clusterId} was not created by "
            + "this store, and is therefore not removed.")
    {
        ClusterId = clusterId,
        Cause = ErrorCause.ForeignMaterial,
    };

    internal static KmsException MaterialInProgress(string backingKeyId, StrayKeyMaterial stray) => new(
        "ConflictException", $"A process is still working on key material {backingKeyId} ({stray.Reason}), which is therefore not removed.")
    {
        Cause = ErrorCause.MaterialInProgress,
    };

    internal static KmsException BackingKeyMissing(Key key, Exception? cause) => new(
        "KMSInvalidStateException",
        $"{key.Arn} has no key material in CloudHSM cluster {key.CustomKeyStore?.CloudHsmClusterId}.",
        innerException: cause)
    {
        KeyArn = key.Arn,
        CustomKeyStoreId = key.CustomKeyStoreId,
        ClusterId = key.CustomKeyStore?.CloudHsmClusterId,
        Cause = ErrorCause.LostHsmObject,
    };

    /// <summary>The HSMs do not let the crypto user of a connected custom key store in.</summary>
    internal static KmsException LoginRefused(string? keyArn, string? customKeyStoreId, Exception cause) => new(
        "KMSInvalidStateException", $"The CloudHSM cluster refused the request: {cause.Message}", innerException: cause)
    {
        KeyArn = keyArn,
        CustomKeyStoreId = customKeyStoreId,
        Cause = ErrorCause.LoginRefused,
    };

    /// <summary>The same while a key is created, for which KMSInvalidStateException is not declared.</summary>
    internal static KmsException LoginRefusedWithoutKey(string? customKeyStoreId, Exception cause) => new(
        "KMSInternalException", $"The CloudHSM cluster refused the request: {cause.Message}", 500, cause)
    {
        CustomKeyStoreId = customKeyStoreId,
        Cause = ErrorCause.LoginRefused,
    };

    internal static KmsException BackingKeyUnusable(string? keyArn, HsmException cause) => new(
        "KMSInvalidStateException", $"The CloudHSM cluster refused the request: {cause.Message}", innerException: cause)
    {
        Cause = cause.Cause,
        KeyArn = keyArn,
    };
}
