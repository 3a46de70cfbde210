namespace KmsTools;

/// <summary>The external key of a key in an external key store. Source: XksKeyConfigurationType in the AWS KMS API.</summary>
public sealed record XksKeyConfigurationType
{
    /// <summary>The ID by which the external key store proxy knows the external key.</summary>
    public required string Id { get; init; }
}

/// <summary>What DescribeKey and CreateKey return about a key. Source: KeyMetadata in the AWS KMS API. All dates are UTC.</summary>
public sealed class KeyMetadata
{
    /// <summary>The account that owns the key, 12 digits.</summary>
    public required string AWSAccountId { get; init; }

    /// <summary>The key ID.</summary>
    public required string KeyId { get; init; }

    /// <summary>The Amazon Resource Name of the key.</summary>
    public required string Arn { get; init; }

    /// <summary>When the key was created.</summary>
    public required DateTime CreationDate { get; init; }

    /// <summary>True in state Enabled only.</summary>
    public required bool Enabled { get; init; }

    /// <summary>The description; empty when there is none.</summary>
    public required string Description { get; init; }

    /// <summary>What the key is for.</summary>
    public required KeyUsageType KeyUsage { get; init; }

    /// <summary>The state.</summary>
    public required KeyState KeyState { get; init; }

    /// <summary>When the key is deleted; only in state PendingDeletion.</summary>
    public DateTime? DeletionDate { get; init; }

    /// <summary>The earliest expiry of a permanent imported material, if any expires.</summary>
    public DateTime? ValidTo { get; init; }

    /// <summary>Where the material comes from.</summary>
    public required OriginType Origin { get; init; }

    /// <summary>The custom key store that holds the key; null for others.</summary>
    public string? CustomKeyStoreId { get; init; }

    /// <summary>The cluster that holds the material; null for others.</summary>
    public string? CloudHsmClusterId { get; init; }

    /// <summary>The external key of a key in an external key store; null for others.</summary>
    public XksKeyConfigurationType? XksKeyConfiguration { get; init; }

    /// <summary>Whether imported material expires; null when there is none. Material that is missing does not count.</summary>
    public ExpirationModelType? ExpirationModel { get; init; }

    /// <summary>Who manages the key.</summary>
    public required KeyManagerType KeyManager { get; init; }

    /// <summary>The key spec, under its old name.</summary>
    public required KeySpec CustomerMasterKeySpec { get; init; }

    /// <summary>The key spec.</summary>
    public required KeySpec KeySpec { get; init; }

    /// <summary>The encryption algorithms; null unless the key is for encryption.</summary>
    public IReadOnlyList<EncryptionAlgorithmSpec>? EncryptionAlgorithms { get; init; }

    /// <summary>The signing algorithms; null unless the key is for signing.</summary>
    public IReadOnlyList<SigningAlgorithmSpec>? SigningAlgorithms { get; init; }

    /// <summary>The key agreement algorithms; null unless the key is for key agreement.</summary>
    public IReadOnlyList<KeyAgreementAlgorithmSpec>? KeyAgreementAlgorithms { get; init; }

    /// <summary>The MAC algorithms; null unless the key is for MACs.</summary>
    public IReadOnlyList<MacAlgorithmSpec>? MacAlgorithms { get; init; }

    /// <summary>Whether the key is a multi-Region key.</summary>
    public required bool MultiRegion { get; init; }

    /// <summary>The primary and all replicas; null for single-Region keys.</summary>
    public MultiRegionConfiguration? MultiRegionConfiguration { get; init; }

    /// <summary>The waiting period that begins when the last replica is deleted; only in state PendingReplicaDeletion.</summary>
    public int? PendingDeletionWindowInDays { get; init; }

    /// <summary>The material that encrypts; only for symmetric encryption keys of origin AWS_KMS or EXTERNAL that have had one.</summary>
    public string? CurrentKeyMaterialId { get; init; }

    /// <summary>The key usages that a key with a key spec may be created for.</summary>
    /// <param name="spec">The key spec.</param>
    public static IReadOnlyList<KeyUsageType> UsagesOf(KeySpec spec) => spec.Usages;

    /// <summary>Gets the metadata of a key.</summary>
    public static KeyMetadata Of(Key key) => Of(key, key.State);

    /// <summary>Gets the metadata of a replica while it is being created.</summary>
    internal static KeyMetadata OfNewReplica(Key key) => Of(key, KeyState.Creating);

    private static KeyMetadata Of(Key key, KeyState state)
    {
        bool expires = key.Materials.Any(static material => material is { IsPermanent: true, ValidTo: not null });
        bool imported = key.Origin == OriginType.EXTERNAL && key.Materials.Any(
            static material => material is { IsPermanent: true, ImportState: ImportState.IMPORTED });
        return new KeyMetadata
        {
            AWSAccountId = key.AccountId,
            KeyId = key.KeyId,
            Arn = key.Arn,
            CreationDate = key.CreationDate.UtcDateTime,
            Enabled = state == KeyState.Enabled,
            Description = key.Description,
            KeyUsage = key.KeyUsage,
            KeyState = state,
            DeletionDate = key.DeletionDate?.UtcDateTime,
            ValidTo = imported && expires
                ? key.Materials.Where(static material => material.IsPermanent).Min(static material => material.ValidTo)?.UtcDateTime
                : null,
            Origin = key.Origin,
            CustomKeyStoreId = key.CustomKeyStoreId,
            CloudHsmClusterId = key.CustomKeyStore?.CloudHsmClusterId,
            XksKeyConfiguration = key.XksKeyId is { } xksKeyId ? new XksKeyConfigurationType { Id = xksKeyId } : null,
            ExpirationModel = !imported
                ? null
                : expires ? ExpirationModelType.KEY_MATERIAL_EXPIRES : ExpirationModelType.KEY_MATERIAL_DOES_NOT_EXPIRE,
            KeyManager = key.KeyManager,
            CustomerMasterKeySpec = key.KeySpec,
            KeySpec = key.KeySpec,
            EncryptionAlgorithms = key.EncryptionAlgorithms,
            SigningAlgorithms = key.SigningAlgorithms,
            KeyAgreementAlgorithms = key.KeyAgreementAlgorithms,
            MacAlgorithms = key.MacAlgorithms,
            MultiRegion = key.MultiRegion,
            MultiRegionConfiguration = MultiRegionConfiguration.Of(key),
            PendingDeletionWindowInDays = key.PendingDeletionWindowInDays,
            CurrentKeyMaterialId = state != KeyState.Creating && key.Origin is (OriginType.AWS_KMS or OriginType.EXTERNAL)
                ? key.VisibleMaterialId(key.CurrentMaterial?.KeyMaterialId)
                : null,
        };
    }
}
