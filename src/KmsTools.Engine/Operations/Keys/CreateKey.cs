using System.Text.Json;
using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.Keys;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Creates a KMS key. Source: CreateKey in the AWS KMS API.</summary>
public sealed record CreateKeyRequest : IKmsRequest<CreateKeyResponse>
{
    private const string DefaultSpec = nameof(KmsTools.KeySpec.SYMMETRIC_DEFAULT);

    /// <summary>The key policy; null for the default one, which lets the account decide.</summary>
    [Member(Min = 1, Max = 131_072, Pattern = @"[\u0009\u000A\u000D\u0020-\u00FF]+")]
    public string? Policy { get; init; }

    /// <summary>The description of the key, 0-8192 characters.</summary>
    [Member(Min = 0, Max = 8192, LoggedDefault = "")]
    public string? Description { get; init; }

    /// <summary>What the key is for. Required for all but symmetric encryption keys.</summary>
    [Member(Values = typeof(KeyUsageType), LoggedDefault = nameof(KeyUsageType.ENCRYPT_DECRYPT))]
    public string? KeyUsage { get; init; }

    /// <summary>The old name of <see cref="KeySpec"/>, which takes none of the newer values.</summary>
    [Member(Values = typeof(CustomerMasterKeySpec), LoggedAs = nameof(KeySpec), LoggedDefault = DefaultSpec)]
    public string? CustomerMasterKeySpec { get; init; }

    /// <summary>The type of key; SYMMETRIC_DEFAULT when absent.</summary>
    [Member(Values = typeof(KeySpec), LoggedAs = nameof(CustomerMasterKeySpec), LoggedDefault = DefaultSpec)]
    public string? KeySpec { get; init; }

    /// <summary>Where the material comes from; AWS_KMS when absent.</summary>
    [Member(Values = typeof(OriginType), LoggedDefault = nameof(OriginType.AWS_KMS))]
    public string? Origin { get; init; }

    /// <summary>The custom key store to create the key in.</summary>
    [Member(Min = 1, Max = 64)]
    public string? CustomKeyStoreId { get; init; }

    /// <summary>Allows a policy that locks its owner out.</summary>
    [Member(LoggedDefault = false)]
    public bool? BypassPolicyLockoutSafetyCheck { get; init; }

    /// <summary>Tags of the key, at most 50.</summary>
    [Member]
    public IReadOnlyList<Tag>? Tags { get; init; }

    /// <summary>Creates a multi-Region primary key.</summary>
    [Member]
    public bool? MultiRegion { get; init; }

    /// <summary>The external key, for keys in an external key store.</summary>
    [Member(Min = 1, Max = 128, Pattern = "^[a-zA-Z0-9-_.]+$")]
    public string? XksKeyId { get; init; }

    /// <summary>The policy (JSON) of a key that is created without one: it lets the account decide.</summary>
    /// <param name="accountId">The account of the key, 12 digits.</param>
    public static string DefaultPolicy(string accountId) => KeyPolicy.Default(accountId);

    /// <summary>The ID, material, or both that the new key gets, so that tests always get the same key. Set by estates only.</summary>
    internal FixedKey? Fixed { get; init; }
}

/// <summary>The new key.</summary>
public sealed record CreateKeyResponse
{
    /// <summary>The metadata of the key.</summary>
    public required KeyMetadata KeyMetadata { get; init; }
}

internal sealed class CreateKey : Operation<CreateKeyRequest, CreateKeyResponse>
{
    protected internal override bool Prepares => true;

    internal override bool HasCallerAccount => true;

    protected internal override void Validate(CreateKeyRequest request, OperationContext context)
    {
        CheckCombination(request);
        request.Fixed?.Require(context);
        KeyTags.Require(request.Tags, context.Quotas[QuotaName.TagsPerKey]);
    }

    internal override IEnumerable<Permission> Permissions(CreateKeyRequest request, OperationContext context)
    {
        yield return OnAnything();
        if (request.Tags?.Count > 0)
        {
            yield return OnAnything(nameof(TagResource)) with { Subject = PermissionSubject.None };
        }
    }

    internal override ConditionValues? Fact(CreateKeyRequest request, string key, Permission permission, OperationContext context) =>
        key switch
        {
            ConditionKeys.BypassPolicyLockoutSafetyCheck => Facts.Of(request.BypassPolicyLockoutSafetyCheck),
            ConditionKeys.KeyOrigin => Facts.Of(Origin(request).ToString()),
            ConditionKeys.KeySpec or ConditionKeys.CustomerMasterKeySpec => Facts.Of(SpecOf(request).ToString()),
            ConditionKeys.KeyUsage or ConditionKeys.CustomerMasterKeyUsage => Facts.Of(UsageOf(request).ToString()),
            ConditionKeys.MultiRegion => Facts.Of(request.MultiRegion == true),
            ConditionKeys.MultiRegionKeyType => Facts.Of(request.MultiRegion == true ? nameof(MultiRegionKeyType.PRIMARY) : null),
            _ => Facts.OfNewTags(request.Tags, key),
        };

    protected internal override void Prepare(CreateKeyRequest request, OperationContext context)
    {
        OriginType origin = Origin(request);
        if (origin is OriginType.AWS_KMS or OriginType.EXTERNAL_KEY_STORE)
        {
            // Generating long RSA keys takes seconds.
            MaterialFormat format = SpecOf(request).Material;
            Func<ISignatureProvider> signatures = context.Services.Signatures;
            context.NewMaterial = new SoftwareKeyCreation(
                request.Fixed?.Material is { } material ? format.Import(material, signatures) : format.Generate(signatures));
        }

        if (request.CustomKeyStoreId is { } id)
        {
            // Refused before anything is generated in an HSM, or a proxy is asked.
            Check(request, context);
            if (origin == OriginType.EXTERNAL_KEY_STORE)
            {
                context.NewMaterial = ExternalKeyCreation.Begin(
                    context, context.RequireConnectedKeyStore(id), request.XksKeyId!, (SoftwareKeyCreation)context.NewMaterial!);
                return;
            }

            context.NewMaterial = BackingKeyCreation.Begin(context, context.RequireConnectedKeyStore(id), request.Fixed?.KeyId);
        }
    }

    protected internal override void Check(CreateKeyRequest request, OperationContext context)
    {
        // No statement can name the new key, whose ID is not known yet; any ID can stand in for it.
        string keyArn = KeyIdentifier.KeyArn(context.Region, context.AccountId, Guid.NewGuid().ToString("D"));
        KeyPolicyRules.Require(request.Policy, request.BypassPolicyLockoutSafetyCheck, context, keyArn);
        RequireRoom(context, context.Region);
        request.Fixed?.Require(context);
        if (request.CustomKeyStoreId is { } id)
        {
            CustomKeyStore store = context.RequireCustomKeyStore(id);
            if (store.IsExternal != (Origin(request) == OriginType.EXTERNAL_KEY_STORE))
            {
                throw KmsErrors.OriginOfOtherKeyStore(store);
            }

            // The store may have been disconnected while its HSMs were generating the key.
            _ = context.RequireConnectedKeyStore(id);
            if (store.IsExternal)
            {
                ExternalKeyCreation.Check(context, store, request.XksKeyId!);
            }
        }
    }

    protected internal override CreateKeyResponse Handle(CreateKeyRequest request, OperationContext context)
    {
        string keyId = request.Fixed?.KeyId ?? (request.MultiRegion == true ? MultiRegionKeys.NewKeyId() : Guid.NewGuid().ToString("D"));
        Key key = new()
        {
            AccountId = context.AccountId,
            Region = context.Region,
            KeyId = keyId,
            CreationDate = context.Now,
            Description = request.Description ?? "",
            KeySpec = SpecOf(request),
            KeyUsage = UsageOf(request),
            Origin = Origin(request),
            Policy = request.Policy ?? KeyPolicy.Default(context.AccountId),
            Tags = KeyTag.Of(request.Tags),
            MultiRegionKeyType = request.MultiRegion == true ? MultiRegionKeyType.PRIMARY : null,
        };
        key = context.NewMaterial?.GiveTo(key, context) ?? key;
        context.Transaction.InsertKey(key);
        context.Add(key);
        return new CreateKeyResponse { KeyMetadata = KeyMetadata.Of(key) };
    }

    protected internal override void WriteResponseElements(Utf8JsonWriter writer, OperationContext context, CreateKeyResponse response)
    {
        writer.WriteStartObject();
        WriteMetadata(writer, "keyMetadata", response.KeyMetadata);
        writer.WriteEndObject();
    }

    /// <summary>Writes the metadata of a new key in the form used in events.</summary>
    internal static void WriteMetadata(Utf8JsonWriter writer, string name, KeyMetadata key)
    {
        writer.WriteStartObject(name);

        // CloudTrail writes only the first letter in lower case.
        writer.WriteString("aWSAccountId", key.AWSAccountId);
        writer.WriteString("keyId", key.KeyId);
        writer.WriteString("arn", key.Arn);
        writer.WriteString("creationDate", Auditing.AuditWriter.Date(key.CreationDate));
        writer.WriteBoolean("enabled", key.Enabled);
        writer.WriteString("description", key.Description);
        writer.WriteString("keyUsage", key.KeyUsage.ToString());
        writer.WriteString("keyState", key.KeyState.ToString());
        writer.WriteString("origin", key.Origin.ToString());
        writer.WriteString("keyManager", key.KeyManager.ToString());
        writer.WriteString("customerMasterKeySpec", key.CustomerMasterKeySpec.ToString());
        writer.WriteString("keySpec", key.KeySpec.ToString());
        WriteAlgorithms(writer, "encryptionAlgorithms", key.EncryptionAlgorithms);
        WriteAlgorithms(writer, "signingAlgorithms", key.SigningAlgorithms);
        WriteAlgorithms(writer, "keyAgreementAlgorithms", key.KeyAgreementAlgorithms);
        WriteAlgorithms(writer, "macAlgorithms", key.MacAlgorithms);
        writer.WriteBoolean("multiRegion", key.MultiRegion);
        if (key.CustomKeyStoreId is not null)
        {
            writer.WriteString("customKeyStoreId", key.CustomKeyStoreId);
            if (key.XksKeyConfiguration is { } external)
            {
                writer.WriteStartObject("xksKeyConfiguration");
                writer.WriteString("id", external.Id);
                writer.WriteEndObject();
            }
            else
            {
                writer.WriteString("cloudHsmClusterId", key.CloudHsmClusterId);
            }
        }

        if (key.MultiRegionConfiguration is { } configuration)
        {
            writer.WriteStartObject("multiRegionConfiguration");
            writer.WriteString("multiRegionKeyType", configuration.MultiRegionKeyType.ToString());
            writer.WritePropertyName("primaryKey");
            WriteRelated(writer, configuration.PrimaryKey);
            writer.WriteStartArray("replicaKeys");
            foreach (MultiRegionKey replica in configuration.ReplicaKeys)
            {
                WriteRelated(writer, replica);
            }

            writer.WriteEndArray();
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    /// <summary>Refuses another key in a Region that has the maximum number of keys.</summary>
    /// <exception cref="KmsException">LimitExceededException.</exception>
    internal static void RequireRoom(OperationContext context, string region)
    {
        long limit = context.Quotas[QuotaName.KeysPerRegion];
        if (context.State.CountKeys(region) >= limit)
        {
            throw KmsErrors.LimitExceeded($"The account has {limit} KMS keys in {region}, the most that are allowed.");
        }
    }

    private static void WriteAlgorithms<T>(Utf8JsonWriter writer, string name, IEnumerable<T>? algorithms)
        where T : struct, Enum
    {
        if (algorithms is null)
        {
            return;
        }

        writer.WriteStartArray(name);
        foreach (T algorithm in algorithms)
        {
            writer.WriteStringValue(algorithm.ToString());
        }

        writer.WriteEndArray();
    }

    private static void WriteRelated(Utf8JsonWriter writer, MultiRegionKey key)
    {
        writer.WriteStartObject();
        writer.WriteString("arn", key.Arn);
        writer.WriteString("region", key.Region);
        writer.WriteEndObject();
    }

    private static OriginType Origin(CreateKeyRequest request) =>
        request.Origin is { } origin ? Enum.Parse<OriginType>(origin) : OriginType.AWS_KMS;

    private static KeySpec SpecOf(CreateKeyRequest request) =>
        Enum.Parse<KeySpec>(request.KeySpec ?? request.CustomerMasterKeySpec ?? nameof(KmsTools.KeySpec.SYMMETRIC_DEFAULT));

    private static KeyUsageType UsageOf(CreateKeyRequest request) =>
        request.KeyUsage is { } usage ? Enum.Parse<KeyUsageType>(usage) : KeyUsageType.ENCRYPT_DECRYPT;

    /// <summary>Refuses members that cannot be combined.</summary>
    /// <exception cref="KmsException">ValidationException or UnsupportedOperationException.</exception>
    internal static void CheckCombination(CreateKeyRequest request)
    {
        if (request is { KeySpec: not null, CustomerMasterKeySpec: not null })
        {
            throw KmsErrors.Validation(
                "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.");
        }

        OriginType origin = Origin(request);
        KeySpec spec = SpecOf(request);
        bool inCustomKeyStore = origin is OriginType.AWS_CLOUDHSM or OriginType.EXTERNAL_KEY_STORE;
        if (!spec.IsSymmetricEncryption && request.KeyUsage is null)
        {
            throw KmsErrors.Validation("You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
        }

        if (!spec.Usages.Contains(UsageOf(request)))
        {
            throw KmsErrors.Validation($"KeyUsage {request.KeyUsage} is not compatible with KeySpec {spec}");
        }

        if ((inCustomKeyStore && !spec.IsSymmetricEncryption) || (origin == OriginType.EXTERNAL && !spec.IsImportable))
        {
            throw KmsErrors.Validation($"KeySpec {spec} is not supported for Origin {origin}");
        }

        spec.Material.RequireOffered();
        RequireKeyStore(request, origin);

        if (request.MultiRegion == true && inCustomKeyStore)
        {
            throw KmsErrors.Unsupported("A key in a custom key store cannot be a multi-Region key.");
        }
    }

    private static void RequireKeyStore(CreateKeyRequest request, OriginType origin)
    {
        if (origin == OriginType.EXTERNAL_KEY_STORE)
        {
            if (request.CustomKeyStoreId is null || request.XksKeyId is null)
            {
                throw KmsErrors.Validation("Origin EXTERNAL_KEY_STORE requires a CustomKeyStoreId and an XksKeyId.");
            }
        }
        else if (request.XksKeyId is not null)
        {
            throw KmsErrors.Validation($"XksKeyId is valid only with Origin EXTERNAL_KEY_STORE, not with {origin}.");
        }
        else if (origin == OriginType.AWS_CLOUDHSM && request.CustomKeyStoreId is null)
        {
            throw KmsErrors.Validation("Origin AWS_CLOUDHSM requires a CustomKeyStoreId.");
        }
        else if (origin != OriginType.AWS_CLOUDHSM && request.CustomKeyStoreId is not null)
        {
            throw KmsErrors.Validation(
                $"A key in a custom key store must have Origin AWS_CLOUDHSM or EXTERNAL_KEY_STORE, not {origin}.");
        }
    }
}
