using System.Text.Json;
using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.KeyStates;
using KmsTools.KeyStores;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Schedules the deletion of a key after a waiting period. Source: ScheduleKeyDeletion in the AWS KMS API.</summary>
public sealed record ScheduleKeyDeletionRequest : IKmsRequest<ScheduleKeyDeletionResponse>
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }

    /// <summary>The waiting period in days, 7-30; 30 when absent.</summary>
    [Member(Min = 1, Max = 365)]
    public int? PendingWindowInDays { get; init; }
}

/// <summary>The scheduled deletion.</summary>
public sealed record ScheduleKeyDeletionResponse
{
    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>When the key is deleted (UTC); null while a multi-Region primary waits for the deletion of its replicas.</summary>
    public DateTime? DeletionDate { get; init; }

    /// <summary>PendingDeletion, or PendingReplicaDeletion for a multi-Region primary that has replicas.</summary>
    public required KeyState KeyState { get; init; }

    /// <summary>The waiting period in days. That of a multi-Region primary begins when its last replica is deleted.</summary>
    public required int PendingWindowInDays { get; init; }
}

internal sealed class ScheduleKeyDeletion : Operation<ScheduleKeyDeletionRequest, ScheduleKeyDeletionResponse>
{
    private const int MinWindow = 7;
    private const int MaxWindow = 30;

    protected internal override void Validate(ScheduleKeyDeletionRequest request, OperationContext context)
    {
        // The API model allows 1-365; the service enforces 7-30.
        if (request.PendingWindowInDays is < MinWindow or > MaxWindow)
        {
            throw KmsErrors.Validation($"PendingWindowInDays must be between {MinWindow} and {MaxWindow}");
        }
    }

    internal override ConditionValues? Fact(
        ScheduleKeyDeletionRequest request, string key, Permission permission, OperationContext context) => key switch
    {
        ConditionKeys.ScheduleKeyDeletionPendingWindowInDays => Facts.Of(request.PendingWindowInDays ?? MaxWindow),
        ConditionKeys.TrailingDaysWithoutKeyUsage => Facts.Of(GetKeyLastUsage.DaysWithoutUse(permission.Key!, context)),
        _ => null,
    };

    protected internal override ScheduleKeyDeletionResponse Handle(ScheduleKeyDeletionRequest request, OperationContext context)
    {
        int window = request.PendingWindowInDays ?? MaxWindow;
        Key key = context.Update(context.Key.ScheduleDeletion(window, context.Now));
        if (key.CustomKeyStore is { } store)
        {
            context.AdditionalEventData["customKeyStoreId"] = store.CustomKeyStoreId;
            if (store.CloudHsmClusterId is { } clusterId)
            {
                context.AdditionalEventData[AuditNames.Members.ClusterId] = clusterId;
            }
            context.AdditionalEventData["backingKeys"] = JsonSerializer.Serialize(
                key.Materials.Select(static material => new Dictionary<string, string> { ["backingKeyId"] = material.KeyMaterialId }));
        }

        return new ScheduleKeyDeletionResponse
        {
            KeyId = key.Arn,
            DeletionDate = key.DeletionDate?.UtcDateTime,
            KeyState = key.State,
            PendingWindowInDays = window,
        };
    }

    // Such a seal is of an earlier version: the key of a KMS key is refused now.
    protected internal override void Conclude(ScheduleKeyDeletionRequest request, OperationContext context)
    {
        if (context.Key.CustomKeyStore?.CloudHsmClusterId is not null
            && HsmsOfSeal.LossWith(context.Key, context.Services.Store.ReadSeal()) is { } loss)
        {
            context.Observer.Warn(loss);
        }
    }

    protected internal override void WriteResponseElements(
        Utf8JsonWriter writer, OperationContext context, ScheduleKeyDeletionResponse response)
    {
        writer.WriteStartObject();
        writer.WriteString("keyId", response.KeyId);
        writer.WriteString("keyState", response.KeyState.ToString());
        if (response.DeletionDate is { } date)
        {
            writer.WriteString("deletionDate", AuditWriter.Date(date));
        }

        writer.WriteNumber("pendingWindowInDays", response.PendingWindowInDays);
        writer.WriteEndObject();
    }
}
