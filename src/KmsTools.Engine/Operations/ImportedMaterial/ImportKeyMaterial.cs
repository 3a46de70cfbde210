using System.Text.Json;
using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.KeyStates;
using KmsTools.Pipeline;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Imports key material, or reimports it. Source: ImportKeyMaterial in the AWS KMS API.</summary>
public sealed record ImportKeyMaterialRequest : IKmsRequest<ImportKeyMaterialResponse>
{
    /// <summary>Key ID or key ARN of a key with origin EXTERNAL.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>The import token from GetParametersForImport.</summary>
    [Member(Required = true, Min = 1, Max = 6144)]
    public byte[]? ImportToken { get; init; }

    /// <summary>The material, wrapped with the public key from the same GetParametersForImport call.</summary>
    [Member(Required = true, Min = 1, Max = 6144)]
    public byte[]? EncryptedKeyMaterial { get; init; }

    /// <summary>When the material expires, at most 365 days from now. Required unless it does not expire.</summary>
    [Member]
    public DateTimeOffset? ValidTo { get; init; }

    /// <summary>Whether the material expires; KEY_MATERIAL_EXPIRES when absent.</summary>
    [Member(Values = typeof(ExpirationModelType))]
    public string? ExpirationModel { get; init; }

    /// <summary>New bytes, or bytes known to the key. When absent: new if nothing was ever imported, else known ones.</summary>
    [Member(Values = typeof(ImportType))]
    public string? ImportType { get; init; }

    /// <summary>A description of the material, at most 256 characters.</summary>
    [Member(Min = 0, Max = 256, Pattern = @"^[a-zA-Z0-9:/_\s.-]+$")]
    public string? KeyMaterialDescription { get; init; }

    /// <summary>The ID that the material must have. Not allowed with new material.</summary>
    [Member(Min = 64, Max = 64, Pattern = "^[a-f0-9]+$")]
    public string? KeyMaterialId { get; init; }
}

/// <summary>The imported material.</summary>
public sealed record ImportKeyMaterialResponse
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The ID of the material; null unless the key is a symmetric encryption key.</summary>
    public string? KeyMaterialId { get; init; }
}

internal sealed class ImportKeyMaterial : Operation<ImportKeyMaterialRequest, ImportKeyMaterialResponse>
{
    private static readonly TimeSpan MaxValidity = TimeSpan.FromDays(365);

    // A date in seconds, because AWS compares it with numbers as well.
    internal override ConditionValues? Fact(
        ImportKeyMaterialRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.ExpirationModel => Facts.Of(request.ExpirationModel),
        ConditionKeys.ValidTo => request.ValidTo is { } validTo ? Facts.Of(validTo.ToUnixTimeSeconds()) : null,
        _ => null,
    };

    protected internal override void Check(ImportKeyMaterialRequest request, OperationContext context)
    {
        _ = RequireExpiry(request.ExpirationModel, ToMilliseconds(request.ValidTo), context.Now);
        RequireSymmetricMembers(request, context.Key);
        if (context.IsPreview)
        {
            // A call unwraps the material when it imports it.
            using Secret secret = Unwrap(request, context);
            string materialId = context.Services.Secrets.KeyMaterialId(context.Key.KeyId, secret);
            _ = RequirePlace(request, context, materialId);
        }
    }

    protected internal override ImportKeyMaterialResponse Handle(ImportKeyMaterialRequest request, OperationContext context)
    {
        Key key = context.Key;
        DateTimeOffset? validTo = ToMilliseconds(request.ValidTo);
        ExpirationModelType expirationModel = RequireExpiry(request.ExpirationModel, validTo, context.Now);
        using Secret secret = Unwrap(request, context);
        KeyMaterial wrapped = context.Services.Software.Wrap(key.Region, key.KeyId, secret, context.Now);
        KeyMaterialState state = RequirePlace(request, context, wrapped.KeyMaterialId);
        KeyMaterial? known = key.FindMaterial(wrapped.KeyMaterialId);
        KeyMaterial material = (known ?? wrapped) with
        {
            State = state,
            Wrapped = wrapped.Wrapped,
            ImportState = ImportState.IMPORTED,
            ExpirationModel = expirationModel,
            ValidTo = validTo,
            Description = request.KeyMaterialDescription ?? known?.Description,
        };
        HeldWork.Discard(context.Transaction, key, material);
        MultiRegionKeys.SettlePending(context.Transaction, context.Update(key.Import(material)));
        return new ImportKeyMaterialResponse { KeyId = key.Arn, KeyMaterialId = key.VisibleMaterialId(material.KeyMaterialId) };
    }

    protected internal override void WriteResponseElements(
        Utf8JsonWriter writer, OperationContext context, ImportKeyMaterialResponse response)
    {
        writer.WriteStartObject();
        writer.WriteString("keyId", response.KeyId);
        if (response.KeyMaterialId is not null)
        {
            writer.WriteString("keyMaterialId", response.KeyMaterialId);
        }

        writer.WriteEndObject();
    }

    private static Secret Unwrap(ImportKeyMaterialRequest request, OperationContext context)
    {
        using Secret given = ImportToken.Unwrap(
            context.Services.Secrets,
            context.Key,
            request.ImportToken!,
            request.EncryptedKeyMaterial!,
            context.Now);
        return context.Key.KeySpec.Material.Import(given, context.Services.Signatures);
    }

    private static void RequireSymmetricMembers(ImportKeyMaterialRequest request, Key key)
    {
        if (!key.KeySpec.IsSymmetricEncryption && request is not { ImportType: null, KeyMaterialDescription: null, KeyMaterialId: null })
        {
            throw KmsErrors.Unsupported(
                $"ImportType, KeyMaterialDescription and KeyMaterialId are valid for symmetric encryption keys only; {key.Arn} key spec "
                    + $"is {key.KeySpec}.", key.Arn);
        }
    }

    // The store keeps milliseconds; what is checked must be what is kept.
    private static DateTimeOffset? ToMilliseconds(DateTimeOffset? time) =>
        time is { } value ? DateTimeOffset.FromUnixTimeMilliseconds(value.ToUnixTimeMilliseconds()) : null;

    private static ExpirationModelType RequireExpiry(string? expirationModel, DateTimeOffset? expiry, DateTimeOffset now)
    {
        ExpirationModelType model = expirationModel is { } text
            ? Enum.Parse<ExpirationModelType>(text)
            : ExpirationModelType.KEY_MATERIAL_EXPIRES;
        if (model == ExpirationModelType.KEY_MATERIAL_EXPIRES)
        {
            if (expiry is not { } validTo)
            {
                throw KmsErrors.Validation("A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
            }

            if (validTo <= now)
            {
                throw KmsErrors.Validation("ValidTo must be in the future");
            }

            if (validTo > now + MaxValidity)
            {
                throw KmsErrors.Validation($"ValidTo must be at most {MaxValidity.TotalDays:0} days in the future");
            }
        }
        else if (expiry is not null)
        {
            throw KmsErrors.Validation("A validTo date must not be set if the ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE");
        }

        return model;
    }

    /// <summary>The role that the material gets in the key, if it is allowed one.</summary>
    private static KeyMaterialState RequirePlace(ImportKeyMaterialRequest request, OperationContext context, string materialId)
    {
        Key key = context.Key;
        KeyMaterialState? known = key.FindMaterial(materialId)?.State
            ?? MultiRegionKeys.StateFromPrimary(context.State, key, materialId);
        ImportType type = request.ImportType is { } text ? Enum.Parse<ImportType>(text)
            : key.Materials.IsEmpty ? ImportType.NEW_KEY_MATERIAL
            : ImportType.EXISTING_KEY_MATERIAL;
        if (request.KeyMaterialId is { } expected)
        {
            if (request.ImportType == nameof(ImportType.NEW_KEY_MATERIAL))
            {
                throw KmsErrors.Validation("KeyMaterialId must not be set if the ImportType is NEW_KEY_MATERIAL");
            }

            if (expected != materialId)
            {
                throw KmsErrors.IncorrectKeyMaterial(
                    key, $"The key material does not have the ID {expected}.", ErrorCause.OtherKeyMaterialId);
            }
        }

        if (type == ImportType.EXISTING_KEY_MATERIAL)
        {
            return known ?? throw KmsErrors.IncorrectKeyMaterial(
                key,
                $"The key material is not the one that was imported into {key.Arn} before. Only the same bytes can be imported again.",
                key.MultiRegionKeyType == MultiRegionKeyType.REPLICA ? ErrorCause.NotInPrimary
                    : key.Materials.IsEmpty ? ErrorCause.FirstKeyMaterial
                    : key.KeySpec.IsSymmetricEncryption ? ErrorCause.OtherKeyMaterial
                    : ErrorCause.OnlyKeyMaterial);
        }

        if (known is not null)
        {
            throw KmsErrors.IncorrectKeyMaterial(
                key, $"The key material (id: {materialId}) is associated with {key.Arn} already.", ErrorCause.KnownKeyMaterial);
        }

        if (key.MultiRegionKeyType == MultiRegionKeyType.REPLICA)
        {
            throw KmsErrors.IncorrectKeyMaterial(
                key,
                $"New key material (id: {materialId}) must be imported into the multi-Region primary key before it is imported into "
                    + $"{key.Arn}.",
                ErrorCause.NotInPrimary);
        }

        if (key.Materials.IsEmpty)
        {
            return KeyMaterialState.CURRENT;
        }

        return key.PendingMaterial is { } pending
            ? throw KmsErrors.AnotherMaterialPendingRotation(key, materialId, pending.KeyMaterialId)
            : KeyMaterialState.PENDING_ROTATION;
    }
}
