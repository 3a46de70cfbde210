using KmsTools.KeyStores;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>
/// Every error KMS answers with: code, message and HTTP status. Messages that AWS documents or that were recorded from AWS are
/// kept to the letter; AWS publishes no text for those of custom key stores and import tokens, which are worded here.
/// </summary>
public static class KmsErrors
{
    // References to keys and aliases.

    internal static KmsException InvalidKeyId(string keyId) => new("NotFoundException", $"Invalid keyId '{keyId}'")
    {
        MissingName = keyId,
        RecommendedAction = "Give a key ID, a key ARN or, where the operation takes one, an alias. Get-KmsKeyList and Get-KmsAliasList show them.",
    };

    internal static KmsException KeyDoesNotExist(string keyArn) => new("NotFoundException", $"Key '{keyArn}' does not exist")
    {
        MissingName = keyArn,
        KeyArn = keyArn,
        RecommendedAction = "Get-KmsKeyList shows the keys of this Region; -Region reaches another one.",
    };

    internal static KmsException OtherRegion(string region) => new("NotFoundException", $"Invalid arn {region}")
    {
        RecommendedAction = $"The ARN is of another Region: add -Region {region}.",
    };

    internal static KmsException InvalidArn(string arn) => new("InvalidArnException", $"Invalid arn {arn}");

    internal static KmsException AliasNotFound(string aliasArn) => new("NotFoundException", $"Alias {aliasArn} is not found.")
    {
        MissingName = aliasArn,
        RecommendedAction = "Get-KmsAliasList shows the aliases of this Region.",
    };

    internal static KmsException InvalidMarker() => new("InvalidMarkerException", "The marker is not one that this operation returned.");

    // Key states.

    internal static KmsException Disabled(Key key) => new("DisabledException", $"{key.Arn} is disabled.")
    {
        KeyArn = key.Arn,
        RecommendedAction = $"Enable-KmsKey {key.KeyId}",
    };

    internal static KmsException PendingDeletion(Key key) => InvalidState(key, "is pending deletion.", $"Stop-KmsKeyDeletion {key.KeyId}; Enable-KmsKey {key.KeyId}");

    internal static KmsException PendingReplicaDeletion(Key key) => InvalidState(key, "is pending replica deletion.", $"Stop-KmsKeyDeletion {key.KeyId}");

    internal static KmsException NotPendingDeletion(Key key) => InvalidState(key, "is not pending deletion.", null);

    internal static KmsException PendingImport(Key key) => InvalidState(
        key, "is pending import.", $"Import the key material: Get-KmsParametersForImport {key.KeyId} | Protect-KmsKeyMaterial | Import-KmsKeyMaterial");

    internal static KmsException Unavailable(Key key) => InvalidState(
        key, "is unavailable.", $"Connect the custom key store of the key: Connect-KmsCustomKeyStore {key.CustomKeyStoreId}");

    internal static KmsException Creating(Key key) => InvalidState(key, "is creating.", "Try again in a few seconds.");

    internal static KmsException Updating(Key key) => InvalidState(key, "is updating.", "Try again in a few seconds.");

    internal static KmsException NoMaterialPendingRotation(Key key) => new(
        "KMSInvalidStateException", $"No available key material pending rotation for the key: {key.Arn}.")
    {
        KeyArn = key.Arn,
        RecommendedAction = "Import new key material first, with -ImportType NEW_KEY_MATERIAL.",
    };

    internal static KmsException AnotherMaterialPendingRotation(Key key, string newMaterialId, string pendingMaterialId) => new(
        "KMSInvalidStateException",
        $"New key material (id: {newMaterialId}) cannot be imported into KMS key {key.Arn}, because another key material (id: {pendingMaterialId}) is pending rotation.")
    {
        KeyArn = key.Arn,
        RecommendedAction = $"Start-KmsRotateKeyOnDemand {key.KeyId}, or delete the pending material first.",
    };

    // What a key is and can do.

    internal static KmsException OriginNotValid(Key key) => new(
        "UnsupportedOperationException", $"{key.Arn} origin is {key.Origin} which is not valid for this operation.")
    {
        KeyArn = key.Arn,
    };

    internal static KmsException Unsupported(string? message = null, string? keyArn = null) => new("UnsupportedOperationException", message ?? "")
    {
        KeyArn = keyArn,
    };

    /// <summary>AWS gives this one no message.</summary>
    internal static KmsException DoesNotRotate(Key key) => new("UnsupportedOperationException", "")
    {
        KeyArn = key.Arn,
        RecommendedAction = $"Only symmetric encryption keys rotate, and the key spec is {key.KeySpec}. Make a new key and point the alias to it with Update-KmsAlias.",
    };

    internal static KmsException NotPrimary(Key key) => new("UnsupportedOperationException", $"{key.Arn} is not a multi-region primary key.")
    {
        KeyArn = key.Arn,
        RecommendedAction = key.RelatedKeys.FirstOrDefault(static related => related.Type == MultiRegionKeyType.PRIMARY) is { } primary
            ? $"The primary key is in {primary.Region}: add -Region {primary.Region}."
            : "Only keys that were created as multi-Region keys can be replicated.",
    };

    internal static KmsException AlreadyPrimary(Key key) => new("UnsupportedOperationException", $"{key.Arn} is the multi-region primary key already.")
    {
        KeyArn = key.Arn,
    };

    internal static KmsException ReplicaExists(string keyArn) => new("AlreadyExistsException", $"Key '{keyArn}' already exists")
    {
        KeyArn = keyArn,
        RecommendedAction = "A Region has one of the related keys. If that one is pending deletion, cancel it or wait until it is deleted.",
    };

    internal static KmsException InvalidKeyUsage(Key key, string operation) => new(
        "InvalidKeyUsageException", $"{key.Arn} key usage is {key.KeyUsage} which is not valid for {operation}.")
    {
        KeyArn = key.Arn,
    };

    internal static KmsException AlgorithmIncompatible(string algorithm, KeySpec keySpec) => new(
        "InvalidKeyUsageException", $"Algorithm {algorithm} is incompatible with key spec {keySpec}.");

    internal static KmsException KeySpecNotValid(Key key, string operation) => new(
        "InvalidKeyUsageException", $"{key.Arn} key KeySpec is {key.KeySpec} which is not valid for {operation}.")
    {
        KeyArn = key.Arn,
    };

    // Signatures and MACs.

    internal static KmsException InvalidSignature() => new("KMSInvalidSignatureException", "")
    {
        RecommendedAction = "The signature is not one of this key over this message. Key, algorithm, message and message type must be those of Sign.",
    };

    internal static KmsException InvalidMac() => new("KMSInvalidMacException", "")
    {
        RecommendedAction = "The MAC is not one of this key over this message. Key, algorithm and message must be those of GenerateMac.",
    };

    // Ciphertexts.

    internal static KmsException InvalidCiphertext() => new("InvalidCiphertextException", "")
    {
        RecommendedAction = "The ciphertext is damaged or foreign, or the encryption context is not the one it was made with.",
    };

    internal static KmsException IncorrectKey() => new(
        "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.")
    {
        RecommendedAction = "The ciphertext was made with another key. Leave -KeyId out, or name that key.",
    };

    internal static KmsException CiphertextKeyNotAccessible() => new(
        "AccessDeniedException",
        "The ciphertext refers to a customer master key that does not exist, does not exist in this region, or you are not allowed to access.");

    internal static KmsException DryRun() => new(
        "DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");

    // Imported key material.

    internal static KmsException ExpiredImportToken() => new("ExpiredImportTokenException", "The import token has expired.")
    {
        RecommendedAction = "Import tokens are valid for 24 hours: run Get-KmsParametersForImport again.",
    };

    internal static KmsException InvalidImportToken() => new(
        "InvalidImportTokenException", "The import token is invalid or is associated with a different KMS key.")
    {
        RecommendedAction = "Use the token and the public key of one and the same Get-KmsParametersForImport call for this key.",
    };

    internal static KmsException MaterialNotFound(Key key, string keyMaterialId) => new(
        "NotFoundException", $"Key material {keyMaterialId} is not associated with {key.Arn}.")
    {
        KeyArn = key.Arn,
        RecommendedAction = $"Get-KmsKeyRotation {key.KeyId} -IncludeKeyMaterial ALL_KEY_MATERIAL",
    };

    internal static KmsException IncorrectKeyMaterial(string message) => new("IncorrectKeyMaterialException", message);

    // Aliases, limits, tags.

    internal static KmsException AliasExists(string aliasArn) => new("AlreadyExistsException", $"An alias with the name {aliasArn} already exists");

    internal static KmsException AliasReserved(string aliasName) => new(
        "NotAuthorizedException", $"Aliases that begin with alias/aws/ are reserved for AWS services: {aliasName}");

    internal static KmsException LimitExceeded(string message) => new("LimitExceededException", message);

    internal static KmsException OnDemandRotationLimit(Key key) => LimitExceeded(
        $"The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: {key.Arn}");

    internal static KmsException Conflict(string message) => new("ConflictException", message);

    internal static KmsException Tag(string message) => new("TagException", message);

    // Grants and key policies.

    internal static KmsException GrantNotFound(string grantId) => new("NotFoundException", $"Grant ID {grantId} not found")
    {
        RecommendedAction = "Get-KmsGrantList shows the grants of a key.",
    };

    internal static KmsException InvalidGrantId(string grantId) => new("InvalidGrantIdException", $"Invalid grant ID '{grantId}'")
    {
        RecommendedAction = "A grant ID has 64 hexadecimal digits. Get-KmsGrantList shows the grants of a key.",
    };

    internal static KmsException InvalidGrantToken() => new("InvalidGrantTokenException", "The grant token is not valid.")
    {
        RecommendedAction = "Use a grant token that New-KmsGrant returned in this Region, of a grant that still exists.",
    };

    internal static KmsException InvalidPrincipal(string principal) => new("InvalidArnException", $"ARN does not refer to a valid principal: {principal}");

    internal static KmsException MalformedPolicy(string message) => new("MalformedPolicyDocumentException", message);

    internal static KmsException PolicyLocksOut() => new(
        "MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
    {
        RecommendedAction = "Allow kms:PutKeyPolicy to yourself or to the account, or add -BypassPolicyLockoutSafetyCheck.",
    };

    internal static KmsException NoSuchPolicy() => new("NotFoundException", "No such policy exists")
    {
        RecommendedAction = "The only key policy of a key is named default.",
    };

    // Custom key stores.

    internal static KmsException CustomKeyStoreNotFound(string idOrName) => new(
        "CustomKeyStoreNotFoundException", $"Custom key store {idOrName} does not exist.")
    {
        MissingName = idOrName,
        RecommendedAction = "Get-KmsCustomKeyStore shows the custom key stores of this Region.",
    };

    internal static KmsException CustomKeyStoreInvalidState(CustomKeyStore store, string operation, string recommendedAction) => new(
        "CustomKeyStoreInvalidStateException",
        $"Custom key store {store.CustomKeyStoreId} is in connection state {store.ConnectionState}, which is not valid for {operation}.")
    {
        RecommendedAction = recommendedAction,
    };

    internal static KmsException CustomKeyStoreHasKeys(CustomKeyStore store, long count) => new(
        "CustomKeyStoreHasCMKsException",
        $"Custom key store {store.CustomKeyStoreId} contains {count} KMS key{(count == 1 ? "" : "s")}. Keys that are pending deletion count.")
    {
        RecommendedAction = "Schedule the deletion of its keys and wait until they are deleted.",
    };

    internal static KmsException CustomKeyStoreNameInUse(string name) => new(
        "CustomKeyStoreNameInUseException", $"A custom key store with the name {name} already exists.");

    internal static KmsException ClusterNotFound(string clusterId) => new(
        "CloudHsmClusterNotFoundException", $"CloudHSM cluster {clusterId} does not exist.")
    {
        MissingName = clusterId,
        RecommendedAction = "Register-KmsHsmCluster makes a cluster of HSM tokens; Get-KmsHsmCluster shows them.",
    };

    internal static KmsException ClusterNotActive(string clusterId) => new(
        "CloudHsmClusterNotActiveException", $"CloudHSM cluster {clusterId} is not active.")
    {
        RecommendedAction = "Its tokens are not initialised or do not answer: see Get-KmsHsmCluster.",
    };

    /// <summary>A highly available cluster has fewer than two active HSMs.</summary>
    internal static KmsException ClusterInvalidConfiguration(Exception? cause = null) => new(
        "CloudHsmClusterInvalidConfigurationException",
        "CloudHSM cluster must contain active HSMs in at least two Availability Zones",
        innerException: cause)
    {
        RecommendedAction = "The cluster was registered with -HighAvailability: Get-KmsHsm shows its HSMs, Add-KmsHsm adds one.",
    };

    internal static KmsException HsmHoldsOnlyCopies(string clusterId, HsmRemoval removal) => new(
        "KMSInvalidStateException",
        removal.IsKnown
            ? $"HSM '{removal.Hsm.TokenLabel}' of cluster {clusterId} may hold the only copy of the material of {Count(removal.OnlyThere.Length)}: {Some(removal.OnlyThere)}."
            : $"No key store of cluster {clusterId} is connected, so nobody knows whether the other HSMs hold the material of its {Count(removal.OnlyThere.Length)} as well.")
    {
        RecommendedAction = removal.IsKnown
            ? "Add an HSM that is given the keys first. -Force removes this one all the same: what only it holds cannot decrypt any more until it is added again."
            : "Connect a key store of the cluster first, or remove the HSM with -Force.",
    };

    internal static KmsException BackupNotFound(string backupId) => new("CloudHsmResourceNotFoundException", $"Backup {backupId} does not exist.")
    {
        RecommendedAction = "Get-KmsHsmClusterBackup shows the backups.",
    };

    internal static KmsException NotInHsms(string keyArn) => new(
        "UnsupportedOperationException", $"{keyArn} is not in a custom key store: no backup of HSMs holds its material.")
    {
        RecommendedAction = "Name a key whose CustomKeyStoreId Get-KmsKey shows, or one that had one.",
    };

    internal static KmsException NoSuchKeyEver(string reference) => new("NotFoundException", $"Nothing is known of a key '{reference}', neither now nor before.")
    {
        RecommendedAction = "Get-KmsEvent -EventName CreateKey shows the keys that were ever created.",
    };

    internal static KmsException NoKeyStoreConnected(string clusterId) => new(
        "CustomKeyStoreInvalidStateException", $"No custom key store of cluster {clusterId} is connected, so nobody is logged in to its HSMs.")
    {
        RecommendedAction = "Connect a key store of the cluster with Connect-KmsCustomKeyStore, or give the password of its crypto user with -KeyStorePassword.",
    };

    internal static KmsException NoSuchMaterial(string clusterId, string backingKeyId) => new(
        "NotFoundException", $"No HSM of cluster {clusterId} that answers holds key material {backingKeyId}.")
    {
        RecommendedAction = "Get-KmsOrphanedKeyMaterial shows what there is.",
    };

    internal static KmsException MaterialInUse(string backingKeyId, Key key) => new(
        "ConflictException", $"{key.Arn} ({key.State}) uses key material {backingKeyId}, which is therefore not removed.")
    {
        KeyArn = key.Arn,
        RecommendedAction = "Register-KmsKeyDeletion schedules the deletion of a key; its material is removed with it.",
    };

    internal static KmsException MaterialForeign(string clusterId, string backingKeyId) => new(
        "ConflictException", $"Key material {backingKeyId} in cluster {clusterId} was not made by this store, and is therefore not removed.")
    {
        RecommendedAction = "Remove it with the program that made it.",
    };

    internal static KmsException MaterialAtWork(string backingKeyId, StrayKeyMaterial stray) => new(
        "ConflictException", $"A process is at work on key material {backingKeyId} ({stray.Reason}), which is therefore not removed.")
    {
        RecommendedAction = "Try again in a few minutes.",
    };

    internal static KmsException ClusterInUse(string clusterId) => new(
        "CloudHsmClusterInUseException",
        $"CloudHSM cluster {clusterId} is associated with a custom key store already, or shares a backup history with one that is.");

    internal static KmsException ClusterNotRelated(string clusterId) => new(
        "CloudHsmClusterNotRelatedException",
        $"CloudHSM cluster {clusterId} does not share a backup history with the cluster of the custom key store.");

    internal static KmsException IncorrectTrustAnchor(string clusterId) => new(
        "IncorrectTrustAnchorException", $"The trust anchor certificate is not that of CloudHSM cluster {clusterId}.")
    {
        RecommendedAction = "Use the TrustAnchorCertificate that Register-KmsHsmCluster or Get-KmsHsmCluster shows.",
    };

    /// <summary>The HSMs of a custom key store do not answer.</summary>
    internal static KmsException ClusterUnreachable(string? keyArn, Exception? cause) => new(
        "KMSInvalidStateException", "KMS cannot communicate with your CloudHSM cluster", innerException: cause)
    {
        KeyArn = keyArn,
        RecommendedAction = "Check the HSMs with Get-KmsHsmCluster. The custom key store comes back by itself once they answer.",
    };

    internal static KmsException BackingKeyMissing(Key key, Exception? cause) => new(
        "KMSInvalidStateException",
        $"{key.Arn} has no key material in CloudHSM cluster {key.CustomKeyStore?.CloudHsmClusterId}.",
        innerException: cause)
    {
        KeyArn = key.Arn,
        RecommendedAction = "Restore the cluster from a backup that holds the key material, update the custom key store to it and connect.",
    };

    internal static KmsException BackingKeyUnusable(string? keyArn, Exception cause) => new(
        "KMSInvalidStateException", $"The CloudHSM cluster refused the request: {cause.Message}", innerException: cause)
    {
        KeyArn = keyArn,
    };

    // Access, validation, faults.

    internal static KmsException Throttling() => new(
        "ThrottlingException", "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.");

    internal static KmsException AccessDenied(string principalArn, string action, string resourceArn) => new(
        "AccessDeniedException",
        $"User: {principalArn} is not authorized to perform: kms:{action} on resource: {resourceArn} because no resource-based policy allows the kms:{action} action")
    {
        KeyArn = resourceArn,
    };

    internal static KmsException OtherAccount(string principalArn, string action, string resourceArn) => new(
        "AccessDeniedException",
        $"User: {principalArn} is not authorized to perform: kms:{action} on resource: {resourceArn} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access");

    internal static KmsException Validation(string message) => new("ValidationException", message);

    internal static KmsException Internal(string message, Exception? cause = null) => new("KMSInternalException", message, 500, cause);

    private static KmsException InvalidState(Key key, string predicate, string? recommendedAction) => new("KMSInvalidStateException", $"{key.Arn} {predicate}")
    {
        KeyArn = key.Arn,
        RecommendedAction = recommendedAction,
    };

    private static string Count(int keys) => $"{keys} KMS key{(keys == 1 ? "" : "s")}";

    private static string Some(IReadOnlyCollection<string> names) => string.Join(", ", names.Take(3)) + (names.Count > 3 ? ", ..." : "");
}
