using KmsTools.Files;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>
/// What a user of PowerShell can do about an error: one sentence, or commands to paste, for each error code and each cause. Errors carry
/// facts only; the advice here is in the terms of this module. <see cref="StoreAdvice"/> gives more where it can inspect the store.
/// </summary>
internal static class Advice
{
    /// <summary>What to do when an HSM refused to destroy a key.</summary>
    public const string AfterRefusedDestruction = "Look what is wrong with the HSM: its disk may be full or read-only. Then restart it "
        + "(SoftHSM: this process), and remove what it still shows: Get-KmsOrphanedKeyMaterial | Remove-KmsOrphanedKeyMaterial";

    /// <summary>What to do about a store of which a part is not what was written.</summary>
    public const string DamagedStore = "Test-KmsStore shows what is damaged.";

    /// <summary>What to do about a store that was not opened because it is damaged.</summary>
    /// <param name="folder">The folder of the store; null if it was open.</param>
    public static string Examine(string? folder) => folder is null ? DamagedStore
        : $"Test-KmsStore -Path {QuotedText.Of(folder)} shows what is damaged.";

    /// <summary>What to do about a store that cannot be used.</summary>
    public const string OtherStore = "Get-KmsConnection shows the store, Connect-Kms opens another one.";

    /// <summary>The form in which key material is wrapped.</summary>
    public const string MaterialForm = "Give Protect-KmsKeyMaterial the bytes themselves: 32 of a symmetric key, or a private key in "
        + "PKCS #8 form (DER). [Convert]::FromBase64String(...) and [Convert]::FromHexString(...) decode text.";

    private const string ClusterHsms = "Get-KmsHsmCluster shows the HSMs.";
    private const string TryAgain = "Try again. Get-KmsStatus shows what is not as it should be.";
    private const string ValidTags =
        "Give each tag once, without the prefix aws:, as in -Tag @{ team = 'shop' }. Get-KmsResourceTag shows those of a key.";
    private const string ValidPolicies =
        "Get-KmsKeyPolicy shows a policy to start from, and Get-Help about_KmsTools_Authorization describes what may be in one.";

    /// <summary>What to do about an error of the API, in a session whose Region is not known.</summary>
    public static string Of(KmsException error) =>
        OfCause(error, null) ?? OfCode(error.ErrorCode)
        ?? (error.HttpStatusCode >= 500 ? TryAgain : "See the description of the error in the AWS KMS API Reference.");

    /// <summary>A name that was probably meant, and how to find the others; only the latter when there is none.</summary>
    public static string DidYouMean(string? nearest, string shows) => nearest is null ? shows : $"Did you mean {nearest}? {shows}";

    /// <summary>What to do about an error code, whatever its cause; null for an unknown code.</summary>
    public static string? OfCode(string errorCode) => errorCode switch
    {
        "NotFoundException" => "Get-KmsKeyList and Get-KmsAliasList show what there is.",
        "CustomKeyStoreNotFoundException" => "Get-KmsCustomKeyStore shows the custom key stores of this Region.",
        "CloudHsmResourceNotFoundException" => "Get-KmsHsmClusterBackup shows the backups.",
        "CloudHsmClusterNotFoundException" => "Register-KmsHsmCluster makes a cluster of HSM tokens; Get-KmsHsmCluster shows them.",
        "ValidationException" or "ValidationError" => "Get-Help describes what the parameters of a cmdlet take, with examples.",
        "InvalidArnException" => "A key ARN reads arn:aws:kms:<region>:<account>:key/<key id>. Get-KmsKeyList shows them.",
        "InvalidAliasNameException" => "An alias reads alias/<name>. Get-KmsAliasList shows the aliases.",
        "InvalidMarkerException" => "Use the NextMarker of the response before, or leave -Marker out.",
        "TagException" => ValidTags,
        "MalformedPolicyDocumentException" => ValidPolicies,
        "InvalidGrantIdException" => "A grant ID has 64 hexadecimal digits. Get-KmsGrantList shows the grants of a key.",
        "InvalidGrantTokenException" => "Use a grant token that New-KmsGrant returned in this Region, of a grant that still exists.",
        "AccessDeniedException" => "Check the account, the Region and the policy of the key; Test-KmsKeyAccess shows who may use it.",
        "NotAuthorizedException" => "Give an -AliasName that does not begin with alias/aws/, such as alias/orders.",
        "AlreadyExistsException" => "Choose another name, or Update-KmsAlias to point the alias to another key.",
        "CustomKeyStoreNameInUseException" => "Get-KmsCustomKeyStore shows the names that are taken. Give another one.",
        "CloudHsmClusterInUseException" => "Get-KmsCustomKeyStore shows the store that uses the cluster.",
        "LimitExceededException" => "Get-KmsQuota shows the quotas, and Set-KmsQuota gives this store others.",
        "ThrottlingException" => "Try again later. Disable-KmsRequestQuota turns the request quotas of this store off.",
        "KMSInvalidStateException" => "Get-KmsKey shows the state of the key.",
        "DisabledException" => "Enable-KmsKey enables the key.",
        "ConflictException" => "Get-KmsEvent -Last 5 shows the call that is under way. Try again once it has finished.",
        "InvalidKeyUsageException" => "Get-KmsKey shows the KeyUsage and the KeySpec of a key. New-KmsKey -KeyUsage ... -KeySpec ... makes "
            + "one that allows this.",
        "CustomKeyStoreInvalidStateException" => "Get-KmsCustomKeyStore shows the connection state.",
        "CustomKeyStoreHasCMKsException" => "Schedule the deletion of its keys with Register-KmsKeyDeletion, and wait until they are "
            + "deleted.",
        "CloudHsmClusterNotActiveException" => "Its tokens are not initialised or do not answer: see Get-KmsHsmCluster.",
        "CloudHsmClusterInvalidConfigurationException" => "The cluster was registered with -HighAvailability: Get-KmsHsm shows its HSMs, "
            + "Add-KmsHsm adds one.",
        "CloudHsmClusterNotRelatedException" => "Register the cluster with the same -TrustAnchorCertificate.",
        "DryRunOperationException" => "Leave -DryRun out to make the call.",
        "KeyUnavailableException" => TryAgain,
        "KMSInternalException" => "Try again. Test-KmsStore shows whether something is damaged.",
        "DependencyTimeoutException" => "Get-KmsHsm shows which HSMs answer. Try again once they do.",
        "UnsupportedOperationException" => "Get-KmsKey shows what a key supports: its KeyUsage, KeySpec, Origin and CustomKeyStoreId.",
        "InvalidCiphertextException" => "The ciphertext is damaged or foreign, or the encryption context is not the one it was made with: "
            + "give that one with -EncryptionContext.",
        "IncorrectKeyException" => "The ciphertext was made with another key. Leave -KeyId out, or name that key.",
        "IncorrectKeyMaterialException" => "Get-KmsKeyRotation -IncludeKeyMaterial ALL_KEY_MATERIAL shows the key materials of a key.",
        "IncorrectTrustAnchorException" => "Use the TrustAnchorCertificate that Register-KmsHsmCluster or Get-KmsHsmCluster shows.",
        "InvalidImportTokenException" => "Use the token and the public key of one and the same Get-KmsParametersForImport call for this "
            + "key.",
        "ExpiredImportTokenException" => "Import tokens are valid for 24 hours: run Get-KmsParametersForImport again.",
        "KMSInvalidSignatureException" =>
            "The signature is not one of this key over this message. Key, algorithm, message and message type must be those of "
                + "Invoke-KmsSigning.",
        "KMSInvalidMacException" => "The MAC is not one of this key over this message. Key, algorithm and message must be those of "
            + "New-KmsMac.",
        "NoSuchEntity" => "Get-KmsPrincipal shows the users, roles and groups, and their policies.",
        "EntityAlreadyExists" => "Choose another name, or change the present one with Set-KmsPrincipal.",
        "DeleteConflict" => "Remove-KmsPrincipal -Force also removes access keys, policies and memberships.",
        "LimitExceeded" => "Get-KmsPrincipal shows what there is; Remove-KmsPrincipalPolicy and Remove-KmsPrincipal remove what is no "
            + "longer needed.",
        "MalformedPolicyDocument" => ValidPolicies,
        "UnrecognizedClientException" =>
            "Get-KmsAccessKey shows the access keys of this store; temporary credentials also need their session token.",
        "ExpiredTokenException" => "Get new temporary credentials, such as with Use-KmsRole. Use-KmsRole -Stop ends the session of a role.",
        "InvalidSignatureException" => "The secret is not that of the access key. New-KmsAccessKey makes another one.",
        "AccessDenied" =>
            "Get-KmsPrincipal shows the trust policy of a role and the policies of the caller, and Get-KmsConnection the caller.",
        "InvalidParameterValue" => ValidTags,
        "PackedPolicyTooLarge" => "Give a shorter -Policy, or fewer values of -Tag.",
        _ => ProxyAdvice.OfCode(errorCode),
    };

    /// <summary>What to do about the cause of an error of the API; null where its code says everything.</summary>
    /// <param name="error">The error.</param>
    /// <param name="sessionRegion">The Region of commands that name none; null where it is not known, so that all of them name it.</param>
    public static string? OfCause(KmsException error, string? sessionRegion) => error.Cause switch
    {
        ErrorCause.None =>
            error is { ErrorCode: "DisabledException", KeyArn: not null } ? $"Enable-KmsKey {Key(error, sessionRegion)}" : null,
        ErrorCause.StoreDamaged => DamagedStore,
        ErrorCause.StoreReplaced =>
            "(Get-KmsConnection).Path is the folder. Put back what is missing there, or restore it; then Connect-Kms with that path.",
        ErrorCause.MalformedKeyReference =>
            "Give a key ID, a key ARN or, where the operation takes one, an alias. Get-KmsKeyList and Get-KmsAliasList show them.",
        ErrorCause.AliasNotSupported =>
            $"This operation takes only a key ID or a key ARN. (Get-KmsKey {error.AliasName}).KeyId returns the ID.",
        ErrorCause.MissingKey => "Get-KmsKeyList shows the keys of this Region; -Region reaches another one.",
        ErrorCause.OtherRegion => $"The ARN is of another Region: add -Region {error.Region}.",
        ErrorCause.MissingAlias => "Get-KmsAliasList shows the aliases of this Region.",
        ErrorCause.MissingKeyMaterial => $"Get-KmsKeyRotation {Key(error, sessionRegion)} -IncludeKeyMaterial ALL_KEY_MATERIAL",
        ErrorCause.MissingGrant => "Get-KmsGrantList shows the grants of a key.",
        ErrorCause.MissingPolicy => "The only key policy of a key is named default: -PolicyName default.",
        ErrorCause.NeverKnownKey => "Get-KmsEvent -EventName CreateKey shows the keys that were ever created.",
        ErrorCause.MissingHsmObject => "Get-KmsOrphanedKeyMaterial shows what there is.",
        ErrorCause.PendingDeletion => $"Stop-KmsKeyDeletion {Key(error, sessionRegion)}; Enable-KmsKey {Key(error, sessionRegion)}",
        ErrorCause.DeletionHeld =>
            "Get-KmsClock shows what the deletion waits for. If the clock is wrong, set it right: then Stop-KmsKeyDeletion keeps the key.",
        ErrorCause.PendingReplicaDeletion => $"Stop-KmsKeyDeletion {Key(error, sessionRegion)}; Enable-KmsKey {Key(error, sessionRegion)}",
        ErrorCause.PendingImport =>
            "Import the key material with Import-KmsKeyMaterial: Get-Help about_KmsTools_ImportedKeyMaterial has the commands.",
        ErrorCause.MalformedKeyMaterial => MaterialForm,
        ErrorCause.OtherKeyMaterial => "Import the same bytes as before, or other ones with -ImportType NEW_KEY_MATERIAL.",
        ErrorCause.OnlyKeyMaterial => "Import the same bytes as the first time: a key with this key spec never gets others. "
            + "New-KmsKey -Origin EXTERNAL makes a key for other bytes.",
        ErrorCause.OtherKeyMaterialId => $"Import the bytes that have this ID. Get-KmsKeyRotation {Key(error, sessionRegion)} "
            + "-IncludeKeyMaterial ALL_KEY_MATERIAL shows the key materials of the key.",
        ErrorCause.KnownKeyMaterial => "The key had these bytes before: leave -ImportType out, or give -ImportType EXISTING_KEY_MATERIAL.",
        ErrorCause.FirstKeyMaterial => "The key never had key material: leave -ImportType out, or give -ImportType NEW_KEY_MATERIAL.",
        ErrorCause.NotInPrimary => "Import the same bytes as into the primary key. Other bytes are imported there first: add -Region "
            + $"{error.Region} to Get-KmsParametersForImport and Import-KmsKeyMaterial.",
        ErrorCause.KeyUnavailable => $"Connect the custom key store of the key: Connect-KmsCustomKeyStore {error.CustomKeyStoreId}",
        ErrorCause.KeyInTransition => $"Try again in a few seconds. Get-KmsKey {Key(error, sessionRegion)} shows the state of the key.",
        ErrorCause.NoMaterialPendingRotation => "Import new key material first, with -ImportType NEW_KEY_MATERIAL.",
        ErrorCause.OtherMaterialPendingRotation =>
            $"Get-KmsKeyRotation {Key(error, sessionRegion)} -IncludeKeyMaterial ALL_KEY_MATERIAL shows the pending material: rotate to it, "
                + "or delete it first.",
        ErrorCause.OnlyCopies =>
            "Add an HSM that is given the keys first. -Force removes this one all the same: what only it holds cannot decrypt any more "
                + "until it is added again.",
        ErrorCause.UnknownCopies => "Connect a key store of the cluster first, or remove the HSM with -Force.",
        ErrorCause.UnreachableHsms => "Check the HSMs with Get-KmsHsmCluster. The custom key store comes back by itself once they answer.",
        ErrorCause.LoginRefused => StoreAdvice.AfterRefusedLogin(error.CustomKeyStoreId, error.InnerException as HsmException),
        ErrorCause.LostHsmObject => "Restore the cluster from a backup that holds the key material (Get-KmsHsmClusterBackup -KeyId "
            + $"{Key(error, sessionRegion)}; Restore-KmsHsmCluster), update the custom key store to it and connect.",
        ErrorCause.KeyDoesNotRotate => "Only symmetric encryption keys rotate. Make a new key and point the alias to it with "
            + "Update-KmsAlias.",
        ErrorCause.NoPublicKey => "Only asymmetric keys have a public key: Get-KmsKey shows the KeySpec.",
        ErrorCause.NotPrimary => error.Region is { } region
            ? $"The primary key is in {region}: add -Region {region}."
            : "Only keys that were created as multi-Region keys can be replicated: New-KmsKey -MultiRegion $true.",
        ErrorCause.NotInHsms => "Name a key whose CustomKeyStoreId Get-KmsKey shows, or one that had one.",
        ErrorCause.ReplicaExists =>
            "A Region has one of the related keys. If that one is pending deletion, cancel it with Stop-KmsKeyDeletion, or wait until it "
                + "is deleted.",
        ErrorCause.RotationDue =>
            $"Get-KmsKeyRotationStatus {Key(error, sessionRegion)} shows when it is due. Try again once it has happened.",
        ErrorCause.MaterialInUse => "Register-KmsKeyDeletion schedules the deletion of a key; its material is removed with it.",
        ErrorCause.ForeignMaterial => "Remove it with the program that made it.",
        ErrorCause.MaterialInProgress => "Try again in a few minutes. Get-KmsOrphanedKeyMaterial shows what is left then.",
        ErrorCause.MaterialNotDestroyed => AfterRefusedDestruction,
        ErrorCause.AccessDenied => error.Decision is { } decision
            ? OfDecision(decision, error.KeyArn is null ? null : Key(error, sessionRegion))
            : OfCode("AccessDeniedException"),
        ErrorCause.PolicyLockout => "Allow kms:PutKeyPolicy to yourself or to the account, or add -BypassPolicyLockoutSafetyCheck.",
        ErrorCause.KeyStoreNotConnected => $"Connect-KmsCustomKeyStore {error.CustomKeyStoreId}",
        ErrorCause.KeyStoreInUse => $"Disconnect-KmsCustomKeyStore {error.CustomKeyStoreId} first.",
        ErrorCause.KeyStoreNotDisconnected =>
            $"Disconnect-KmsCustomKeyStore {error.CustomKeyStoreId} first, and Connect-KmsCustomKeyStore {error.CustomKeyStoreId} "
                + "afterwards.",
        ErrorCause.KeyStoreDisconnected => $"It is disconnected already. Connect-KmsCustomKeyStore {error.CustomKeyStoreId} connects it.",
        ErrorCause.NoKeyStoreConnected =>
            "Connect a key store of the cluster with Connect-KmsCustomKeyStore, or give the password of its crypto user with "
                + "-KeyStorePassword.",
        _ => ProxyAdvice.OfCause(error),
    };

    /// <summary>What is missing for a call, or what denies it, and where to look further.</summary>
    private static string OfDecision(AccessDecision decision, string? key)
    {
        string why = decision.Statements is [var statement, ..]
            ? $"Statement {statement.Sid ?? $"{statement.Number}"} of {statement.PolicyName} denies it."
            : string.Join(' ', decision.Missing);
        return key is null
            ? $"{why} Get-KmsPrincipal shows the policies of users and roles.".TrimStart()
            : $"{why} Test-KmsKeyAccess {key} shows who may use the key, and why.".TrimStart();
    }

    /// <summary>What to do about a failure of an HSM.</summary>
    public static string Of(HsmException error) => error.Cause switch
    {
        ErrorCause.MissingToken => "Initialize-KmsHsm creates a lab token." + (error.TokenLabels.IsEmpty
            ? " None exists yet."
            : $" Present tokens: {string.Join(", ", error.TokenLabels.Order(StringComparer.Ordinal))}.")
            + HsmLibraryAdvice.OfMissingToken(error.Library),
        ErrorCause.LibraryNotInitialized => HsmLibraryAdvice.Of(error.Library),
        ErrorCause.VendorBacksUp => "Record the backup that the tool of the vendor made with Backup-KmsHsmCluster -VendorReference.",
        ErrorCause.VendorClones => "Add the clone that the tool of the vendor made with Add-KmsHsm, without -Clone.",
        ErrorCause.VendorRestores => "Restore it with the tool of the vendor, then run Register-KmsHsmCluster with the restored token and "
            + "-TrustAnchorCertificate: the TrustAnchorCertificate of the backup, which Get-KmsHsmClusterBackup returns.",
        ErrorCause.HsmOpensStore => "First seal the store by something else, with Protect-KmsStore (Read-Host -AsSecureString), or take "
            + "its seal away with Unprotect-KmsStore. After the restore, seal it by the HSM again: Protect-KmsStore -Hsm. Backups of the "
            + "store that only the HSM opens are lost with its key: make others with Backup-KmsStore.",
        ErrorCause.HsmPinOpensStore => "Leave out -ManagePassword, or use another HSM for one of the two: Protect-KmsStore seals the store "
            + "by something else, Unprotect-KmsStore takes its seal away.",
        ErrorCause.PinOfHsmIsManaged => "Seal the store by an HSM that is in no such cluster, or by a passphrase: Protect-KmsStore "
            + $"(Read-Host -AsSecureString). Or let the PIN stay as it is from now on: Set-KmsHsmCluster {error.ClusterId} "
            + $"-ManagePassword $false{StoreAdvice.AfterManagedPassword(error.CustomKeyStoreId)}",
        ErrorCause.KeyNotForSeal => "The URI of the token alone makes a key there: Protect-KmsStore -Hsm "
            + $"{QuotedText.Of(error.TokenUri ?? "")} -Pin (Read-Host -AsSecureString)",
        _ when error is { IsLoginRefusal: true, CustomKeyStoreId: { } id } => StoreAdvice.AfterRefusedLogin(id, error),
        _ => OfFailure(error.Failure),
    };

    /// <summary>What to do about a kind of failure of an HSM.</summary>
    public static string OfFailure(HsmFailure failure) => failure switch
    {
        HsmFailure.ClusterNotFound => "Check -Library (the full path of the PKCS#11 library) and the token.",
        HsmFailure.NoActiveHsm => "Initialize-KmsHsm creates a lab token.",
        HsmFailure.InvalidCredentials => "Check the PIN before trying again: HSMs lock a user after a few wrong ones.",
        HsmFailure.UserLockedOut => "The security officer of the HSM must unlock the user.",
        HsmFailure.UserNotFound => "Set the PIN of the crypto user with the tool of the HSM, or create a lab token with Initialize-KmsHsm.",
        HsmFailure.InvalidArgument =>
            "Give another -TokenLabel, or a PIN that the HSM accepts; -KeyStorePassword also has 7 to 32 characters.",
        HsmFailure.Ambiguous => "Give one of the URIs with -Uri, in quotes.",
        HsmFailure.TooFewHsms => "Get-KmsHsm shows which HSMs are active; Add-KmsHsm adds one.",
        HsmFailure.Exhausted => "Close other programs that use the HSM, then try again. Get-KmsHsm shows its free sessions.",
        _ => ClusterHsms,
    };

    // The key as a command names it. Without its Region, the command would act on a related key with the same ID, or find none.
    private static string Key(KmsException error, string? sessionRegion) => Views.KeyId(error.KeyArn) + OtherRegion(error, sessionRegion);

    private static string OtherRegion(KmsException error, string? sessionRegion) =>
        Views.Region(error.KeyArn) is { Length: > 0 } region && region != sessionRegion ? $" -Region {region}" : "";
}
