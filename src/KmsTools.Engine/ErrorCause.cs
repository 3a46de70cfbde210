namespace KmsTools;

/// <summary>
/// The cause of an error, if its code or its type alone does not determine it. A fact: what the user can do about it depends on where the
/// error is shown, and is said there.
/// </summary>
public enum ErrorCause
{
    /// <summary>The code or the type of the error is specific enough.</summary>
    None,

    // KMSInternalException.

    /// <summary>A part of the store is not what was written.</summary>
    StoreDamaged,

    /// <summary>Files of the store were removed, replaced or cut while this process had it open.</summary>
    StoreReplaced,

    // NotFoundException.

    /// <summary>The reference is not a valid reference to a key: neither an ID nor, where that is allowed, an alias.</summary>
    MalformedKeyReference,

    /// <summary>The Region has no key with this ID.</summary>
    MissingKey,

    /// <summary>The reference is an alias, and the operation accepts only key IDs and key ARNs. (InvalidArnException)</summary>
    AliasNotSupported,

    /// <summary>The ARN is of another Region than the call.</summary>
    OtherRegion,

    /// <summary>The Region has no alias with this name.</summary>
    MissingAlias,

    /// <summary>The key has no key material with this ID.</summary>
    MissingKeyMaterial,

    /// <summary>The key has no grant with this ID.</summary>
    MissingGrant,

    /// <summary>Keys have no policy with this name.</summary>
    MissingPolicy,

    /// <summary>The store never had a key with this ID.</summary>
    NeverKnownKey,

    /// <summary>No HSM that answers holds this key material.</summary>
    MissingHsmObject,

    // KMSInvalidStateException.

    /// <summary>The key is pending deletion.</summary>
    PendingDeletion,

    /// <summary>The waiting period of the key is over, and its deletion waits for the clock to be believed or confirmed.</summary>
    DeletionHeld,

    /// <summary>The primary key waits for the deletion of its replicas.</summary>
    PendingReplicaDeletion,

    /// <summary>The key has no key material yet, or no longer has any.</summary>
    PendingImport,

    /// <summary>The custom key store of the key is not connected.</summary>
    KeyUnavailable,

    /// <summary>The key is being created or updated.</summary>
    KeyInTransition,

    /// <summary>The key material has not the length or the form that its key needs.</summary>
    MalformedKeyMaterial,

    // IncorrectKeyMaterialException.

    /// <summary>The key has had other key material; new material can be imported beside it.</summary>
    OtherKeyMaterial,

    /// <summary>The key has had other key material, and keys with its key spec never get a second one.</summary>
    OnlyKeyMaterial,

    /// <summary>The key material is not the one that the ID names.</summary>
    OtherKeyMaterialId,

    /// <summary>The key material was given as new, and the key has it already.</summary>
    KnownKeyMaterial,

    /// <summary>The key material was given as known, and the key never had any.</summary>
    FirstKeyMaterial,

    /// <summary>The primary key, in <see cref="KmsException.Region"/>, does not have the key material that was given for its replica.</summary>
    NotInPrimary,

    // KMSInvalidStateException again.

    /// <summary>A rotation needs new key material, and none is pending.</summary>
    NoMaterialPendingRotation,

    /// <summary>Other key material is pending rotation.</summary>
    OtherMaterialPendingRotation,

    /// <summary>The HSM may hold the only copies of key material.</summary>
    OnlyCopies,

    /// <summary>No key store of the cluster is connected, so what its HSMs hold is not known.</summary>
    UnknownCopies,

    /// <summary>The HSMs of the custom key store do not answer.</summary>
    UnreachableHsms,

    /// <summary>The HSMs do not let the crypto user of a connected custom key store in: another password was set, or it is locked.</summary>
    LoginRefused,

    /// <summary>No HSM of the cluster holds the key material of the key.</summary>
    LostHsmObject,

    // Errors about external key stores.

    /// <summary>The proxy, or the external key manager behind it, does not answer, or not in time.</summary>
    ProxyUnreachable,

    /// <summary>There is no TLS session with the proxy.</summary>
    ProxyNotTrusted,

    /// <summary>The proxy knows another credential or another URI path.</summary>
    ProxySettingsWrong,

    /// <summary>The proxy answers with something that is not of the XKS proxy API.</summary>
    ProxyFaulty,

    /// <summary>The external key does not exist, is disabled, or may not or cannot do this.</summary>
    ExternalKeyNotUsable,

    /// <summary>The ciphertext or the encryption context is not the one of the encryption.</summary>
    ExternalCiphertextInvalid,

    /// <summary>The VPC endpoint service does not exist or does not meet the requirements.</summary>
    VpcEndpointServiceNotUsable,

    // UnsupportedOperationException.

    /// <summary>Keys with this key spec do not rotate.</summary>
    KeyDoesNotRotate,

    /// <summary>Keys with this key spec have no public key.</summary>
    NoPublicKey,

    /// <summary>
    /// The key is not the primary of a multi-Region key; <see cref="KmsException.Region"/> is that of the primary, or null for a
    /// single-Region key.
    /// </summary>
    NotPrimary,

    /// <summary>The key is not in a custom key store, and never was.</summary>
    NotInHsms,

    // AlreadyExistsException, ConflictException, MalformedPolicyDocumentException.

    /// <summary>The Region already has one of the related keys.</summary>
    ReplicaExists,

    /// <summary>The automatic rotation of the key is so close that none on demand is allowed.</summary>
    RotationDue,

    /// <summary>A key uses the key material.</summary>
    MaterialInUse,

    /// <summary>The key material was not created by this store.</summary>
    ForeignMaterial,

    /// <summary>A process is creating or removing the key material.</summary>
    MaterialInProgress,

    /// <summary>An HSM refused to destroy the key material, and may still hold it.</summary>
    MaterialNotDestroyed,

    /// <summary>The caller that sets the key policy could not change it afterwards.</summary>
    PolicyLockout,

    // AccessDeniedException.

    /// <summary>Policies or grants do not allow the action; <see cref="KmsException.Decision"/> says what decided.</summary>
    AccessDenied,

    // CustomKeyStoreInvalidStateException.

    /// <summary>The custom key store must be connected.</summary>
    KeyStoreNotConnected,

    /// <summary>The custom key store must be disconnected before it is deleted, or before its HSMs are restored.</summary>
    KeyStoreInUse,

    /// <summary>The custom key store must be disconnected before it is changed, or connected again after a failure.</summary>
    KeyStoreNotDisconnected,

    /// <summary>The custom key store is already disconnected.</summary>
    KeyStoreDisconnected,

    /// <summary>No custom key store of the cluster is connected.</summary>
    NoKeyStoreConnected,

    // HsmException.

    /// <summary>The token does not exist; <see cref="KeyStores.HsmException.TokenLabels"/> are those that exist.</summary>
    MissingToken,

    /// <summary>C_Initialize failed; <see cref="KeyStores.HsmException.Library"/> is the library.</summary>
    LibraryNotInitialized,

    /// <summary>The tokens cannot be copied: only the tool of their vendor creates a backup.</summary>
    VendorBacksUp,

    /// <summary>The tokens cannot be copied: only the tool of their vendor creates a clone.</summary>
    VendorClones,

    /// <summary>The backup was created with the tool of the vendor; only that tool can restore it.</summary>
    VendorRestores,

    /// <summary>A key in the HSM opens the seal of the store, and would be lost.</summary>
    HsmOpensStore,

    /// <summary>A key in the HSM opens the seal of the store, and the PIN of the HSM would be changed.</summary>
    HsmPinOpensStore,

    /// <summary>
    /// The HSM is in a cluster whose password is managed, so that its PIN cannot open a seal;
    /// <see cref="KeyStores.HsmException.ClusterId"/> is the cluster.
    /// </summary>
    PinOfHsmIsManaged,

    /// <summary>
    /// The key in the HSM cannot open a seal, does not exist, or is one of several; <see cref="KeyStores.HsmException.TokenUri"/> is the URI
    /// of its token.
    /// </summary>
    KeyNotForSeal,

    // StoreClockException.

    /// <summary>The store uses the real clock.</summary>
    RealClock,

    /// <summary>The time is earlier than that of the simulated clock.</summary>
    ClockBackwards,

    // EstateException.

    /// <summary>The estate requires what only stores with a simulated clock support.</summary>
    SimulatedClockNeeded,

    /// <summary>The estate requires what only temporary stores support.</summary>
    TemporaryStoreNeeded,

    /// <summary>The estate contains key material, which this store does not accept from a file.</summary>
    MaterialInFile,

    /// <summary>A grant of this name permits something else.</summary>
    GrantDiffers,

    /// <summary>The estate gives an alarm an action.</summary>
    AlarmAction,

    // EnvelopeException.

    /// <summary>The message does not commit to its key.</summary>
    Uncommitted,

    /// <summary>A frame of the message is too long.</summary>
    FrameTooLong,

    /// <summary>The message has too many initialization vectors that are not the numbers of their frames.</summary>
    TooManyIVs,

    /// <summary>The message would have too many frames.</summary>
    TooManyFrames,

    /// <summary>The caller has named the keys that may be used, and the message is for others.</summary>
    OtherKeysNamed,
}
