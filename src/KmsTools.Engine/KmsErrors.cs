using KmsTools.Authorization;
using KmsTools.Persistence;

namespace KmsTools;

/// <summary>
/// Every error that KMS returns: code, message and HTTP status. Messages that AWS documents or that were recorded from AWS are
/// kept verbatim; AWS publishes no text for those of custom key stores and import tokens, which are worded here.
/// </summary>
public static partial class KmsErrors
{
    // References to keys and aliases.

    internal static KmsException InvalidKeyId(string keyId) => MalformedKeyId(keyId, $"Invalid keyId '{keyId}'");

    internal static KmsException InvalidKeyIdInArn(string keyId) => MalformedKeyId(keyId, $"Invalid keyId {keyId}");

    private static KmsException MalformedKeyId(string keyId, string message) => new("NotFoundException", message)
    {
        MissingName = keyId,
        Cause = ErrorCause.MalformedKeyReference,
    };

    internal static KmsException KeyDoesNotExist(string keyArn) => new("NotFoundException", $"Key '{keyArn}' does not exist")
    {
        MissingName = keyArn,
        KeyArn = keyArn,
        Cause = ErrorCause.MissingKey,
    };

    /// <summary>NotFoundException, as for an ARN of another Region than that of the call.</summary>
    /// <param name="region">The Region of the ARN.</param>
    public static KmsException OtherRegion(string region) => new("NotFoundException", $"Invalid arn {region}")
    {
        Region = region,
        Cause = ErrorCause.OtherRegion,
    };

    internal static KmsException InvalidArn(string arn) => new("InvalidArnException", $"Invalid arn {arn}");

    /// <summary>The same of operations that do not declare InvalidArnException.</summary>
    internal static KmsException NoKeyArn(string arn) => MalformedKeyId(arn, $"Invalid arn {arn}");

    internal static KmsException AliasNotSupported(
        string alias) => new("InvalidArnException", "Key Aliases are not supported for this operation.")
    {
        AliasName = alias,
        Cause = ErrorCause.AliasNotSupported,
    };

    internal static KmsException AliasNotFound(string aliasArn) => new("NotFoundException", $"Alias {aliasArn} is not found.")
    {
        MissingName = aliasArn,
        Cause = ErrorCause.MissingAlias,
    };

    internal static KmsException InvalidMarker() => new("InvalidMarkerException", "The marker is not one that this operation returned.");

    // Key states.

    internal static KmsException Disabled(Key key) => new("DisabledException", $"{key.Arn} is disabled.")
    {
        KeyArn = key.Arn,
    };

    internal static KmsException PendingDeletion(Key key) => InvalidState(key, "is pending deletion.", ErrorCause.PendingDeletion);

    internal static KmsException DeletionHeld(Key key) => InvalidState(
        key,
        "cannot be kept: its waiting period is over, and its deletion only waits for the clock to be confirmed.",
        ErrorCause.DeletionHeld);

    internal static KmsException PendingReplicaDeletion(Key key) =>
        InvalidState(key, "is pending replica deletion.", ErrorCause.PendingReplicaDeletion);

    internal static KmsException NotPendingDeletion(Key key) => InvalidState(key, "is not pending deletion.", ErrorCause.None);

    internal static KmsException PendingImport(Key key) => InvalidState(key, "is pending import.", ErrorCause.PendingImport);

    internal static KmsException Unavailable(Key key) => key.Origin == OriginType.EXTERNAL_KEY_STORE
        ? ExternalKeyUnavailable(key)
        : InvalidState(key, "is unavailable.", ErrorCause.KeyUnavailable);

    internal static KmsException Creating(Key key) => InvalidState(key, "is creating.", ErrorCause.KeyInTransition);

    internal static KmsException Updating(Key key) => InvalidState(key, "is updating.", ErrorCause.KeyInTransition);

    internal static KmsException NoMaterialPendingRotation(Key key) => new(
        "KMSInvalidStateException", $"No available key material pending rotation for the key: {key.Arn}.")
    {
        KeyArn = key.Arn,
        Cause = ErrorCause.NoMaterialPendingRotation,
    };

    internal static KmsException AnotherMaterialPendingRotation(Key key, string newMaterialId, string pendingMaterialId) => new(
        "KMSInvalidStateException",
        $"New key material (id: {newMaterialId}) cannot be imported into KMS key {key.Arn}, because another key material (id: "
            + $"{pendingMaterialId}) is pending rotation.")
    {
        KeyArn = key.Arn,
        Cause = ErrorCause.OtherMaterialPendingRotation,
    };

    // What a key is and can do.

    internal static KmsException OriginNotValid(Key key) => new(
        "UnsupportedOperationException", $"{key.Arn} origin is {key.Origin} which is not valid for this operation.")
    {
        KeyArn = key.Arn,
    };

    internal static KmsException Unsupported(string? message = null, string? keyArn = null) =>
        new("UnsupportedOperationException", message ?? "")
    {
        KeyArn = keyArn,
    };

    /// <summary>AWS returns no message for this one.</summary>
    internal static KmsException DoesNotRotate(Key key) => new("UnsupportedOperationException", "")
    {
        KeyArn = key.Arn,
        Cause = ErrorCause.KeyDoesNotRotate,
    };

    /// <summary>AWS returns no message for this one.</summary>
    internal static KmsException NoPublicKey(Key key) => new("UnsupportedOperationException", "")
    {
        KeyArn = key.Arn,
        Cause = ErrorCause.NoPublicKey,
    };

    internal static KmsException NotPrimary(
        Key key) => new("UnsupportedOperationException", $"{key.Arn} is not a multi-region primary key.")
    {
        KeyArn = key.Arn,
        Region = key.RelatedKeys.FirstOrDefault(static related => related.Type == MultiRegionKeyType.PRIMARY)?.Region,
        Cause = ErrorCause.NotPrimary,
    };

    internal static KmsException OtherPartition(Key primary, string region, string partition, string ownPartition) => new(
        "UnsupportedOperationException",
        $"{primary.Arn} cannot be replicated to {region}, which is in the partition {partition}: its own is {ownPartition}.")
    {
        KeyArn = primary.Arn,
    };

    internal static KmsException AlreadyPrimary(Key key) =>
        new("UnsupportedOperationException", $"{key.Arn} is the multi-region primary key already.")
    {
        KeyArn = key.Arn,
    };

    internal static KmsException ReplicaExists(string keyArn) => new("AlreadyExistsException", $"Key '{keyArn}' already exists")
    {
        KeyArn = keyArn,
        Cause = ErrorCause.ReplicaExists,
    };

    internal static KmsException InvalidKeyUsage(Key key, Permission permission) => new(
        "InvalidKeyUsageException", $"{permission.Named} key usage is {key.KeyUsage} which is not valid for {permission.Action}.")
    {
        KeyArn = permission.AliasOfDraft is null ? key.Arn : null,
    };

    internal static KmsException AlgorithmIncompatible(string algorithm, KeySpec keySpec) => new(
        "InvalidKeyUsageException", $"Algorithm {algorithm} is incompatible with key spec {keySpec}.");

    internal static KmsException KeySpecNotValid(Key key, string operation) => new(
        "InvalidKeyUsageException", $"{key.Arn} key KeySpec is {key.KeySpec} which is not valid for {operation}.")
    {
        KeyArn = key.Arn,
    };

    internal static KmsException DataKeyUnderAsymmetricKey(Key key) => new(
        "InvalidKeyUsageException", "You cannot generate a data key with an asymmetric CMK")
    {
        KeyArn = key.Arn,
    };

    // Signatures and MACs.

    internal static KmsException InvalidSignature() => new("KMSInvalidSignatureException", "");

    internal static KmsException InvalidMac() => new("KMSInvalidMacException", "");

    // Ciphertexts.

    internal static KmsException InvalidCiphertext() => new("InvalidCiphertextException", "");

    internal static KmsException IncorrectKey() => new(
        "IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.");

    internal static KmsException DryRun() => new(
        "DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");

    // Imported key material.

    internal static KmsException ExpiredImportToken() => new("ExpiredImportTokenException", "The import token has expired.");

    internal static KmsException InvalidImportToken() => new(
        "InvalidImportTokenException", "The import token is invalid or is associated with a different KMS key.");

    internal static KmsException MaterialNotFound(Key key, string keyMaterialId) => new(
        "NotFoundException", $"Key material {keyMaterialId} is not associated with {key.Arn}.")
    {
        KeyArn = key.Arn,
        Cause = ErrorCause.MissingKeyMaterial,
    };

    internal static KmsException IncorrectKeyMaterial(Key key, string message, ErrorCause cause) =>
        new("IncorrectKeyMaterialException", message)
        {
            KeyArn = key.Arn,
            Region = cause == ErrorCause.NotInPrimary
                ? key.RelatedKeys.FirstOrDefault(static related => related.Type == MultiRegionKeyType.PRIMARY)?.Region
                : null,
            Cause = cause,
        };

    internal static KmsException MalformedKeyMaterial(string message) => new("IncorrectKeyMaterialException", message)
    {
        Cause = ErrorCause.MalformedKeyMaterial,
    };

    // Aliases, limits, tags.

    internal static KmsException AliasExists(string aliasArn) =>
        new("AlreadyExistsException", $"An alias with the name {aliasArn} already exists");

    internal static KmsException InvalidAliasCharacters(string aliasName) =>
        Validation($"{aliasName} contains invalid characters for an alias");

    internal static KmsException AliasReserved(string aliasName) => new(
        "NotAuthorizedException", $"Aliases that begin with alias/aws/ are reserved for AWS services: {aliasName}");

    internal static KmsException LimitExceeded(string message) => new("LimitExceededException", message);

    internal static KmsException OnDemandRotationLimit(Key key) => LimitExceeded(
        $"The on-demand rotations limit has been reached for the given keyId. No more on-demand rotations can be performed for this key: "
            + $"{key.Arn}");

    internal static KmsException RotationDue(Key key, TimeSpan guard) => new(
        "ConflictException", $"The automatic rotation of {key.Arn} is due within {guard.TotalMinutes:0} minutes.")
    {
        KeyArn = key.Arn,
        Cause = ErrorCause.RotationDue,
    };

    internal static KmsException Tag(string message) => new("TagException", message);

    // Grants and key policies.

    internal static KmsException GrantNotFound(string grantId) => new("NotFoundException", $"Grant ID {grantId} not found")
    {
        Cause = ErrorCause.MissingGrant,
    };

    internal static KmsException InvalidGrantId(string grantId) => new("InvalidGrantIdException", $"Invalid grant ID '{grantId}'");

    internal static KmsException InvalidGrantToken() => new("InvalidGrantTokenException", "The grant token is not valid.");

    internal static KmsException InvalidPrincipal(string principal) =>
        new("InvalidArnException", $"ARN does not refer to a valid principal: {principal}");

    internal static KmsException MalformedPolicy(string message) => new("MalformedPolicyDocumentException", message);

    internal static KmsException PolicyLocksOut() => new(
        "MalformedPolicyDocumentException", "The new key policy will not allow you to update the key policy in the future.")
    {
        Cause = ErrorCause.PolicyLockout,
    };

    internal static KmsException NoSuchPolicy() => new("NotFoundException", "No such policy exists")
    {
        Cause = ErrorCause.MissingPolicy,
    };

    // Validation, faults.

    internal static KmsException Throttling() => new(
        "ThrottlingException", "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.");

    internal static KmsException Validation(string message) => new("ValidationException", message);

    internal static KmsException Internal(string message, Exception? cause = null) => new("KMSInternalException", message, 500, cause)
    {
        Cause = cause switch
        {
            StateStoreException { Damage: not null } => ErrorCause.StoreDamaged,
            StateStoreException { IsReplaced: true } => ErrorCause.StoreReplaced,
            _ => ErrorCause.None,
        },
    };

    // Without the message of the exception, which may repeat what the caller has sent: events keep this one.
    internal static KmsException Unexpected(Exception cause) =>
        Internal($"An unexpected error occurred inside KmsTools ({cause.GetType().Name}).", cause);

    private static KmsException InvalidState(
        Key key,
        string predicate,
        ErrorCause cause) => new("KMSInvalidStateException", $"{key.Arn} {predicate}")
    {
        KeyArn = key.Arn,
        CustomKeyStoreId = key.CustomKeyStoreId,
        Cause = cause,
    };
}
