using KmsTools.Auditing;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Gets when a key was last used for a cryptographic operation. Source: GetKeyLastUsage in the AWS KMS API.</summary>
public sealed record GetKeyLastUsageRequest : IKmsRequest<GetKeyLastUsageResponse>
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }
}

/// <summary>The last use of a key.</summary>
public sealed record GetKeyLastUsageResponse
{
    /// <summary>The ID of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The last successful cryptographic operation; its members are null if there has been none since tracking began.</summary>
    public required KeyLastUsageData KeyLastUsage { get; init; }

    /// <summary>When tracking of use began (UTC): the creation of the store or of the key, whichever is later.</summary>
    public required DateTime TrackingStartDate { get; init; }

    /// <summary>When the key was created (UTC).</summary>
    public required DateTime KeyCreationDate { get; init; }
}

/// <summary>A cryptographic use of a key.</summary>
public sealed record KeyLastUsageData
{
    /// <summary>The operation.</summary>
    public string? Operation { get; init; }

    /// <summary>When the key was used (UTC).</summary>
    public DateTime? Timestamp { get; init; }

    /// <summary>The ID of its audit event.</summary>
    public string? CloudTrailEventId { get; init; }

    /// <summary>The ID of its request.</summary>
    public string? KmsRequestId { get; init; }
}

internal sealed class GetKeyLastUsage : Operation<GetKeyLastUsageRequest, GetKeyLastUsageResponse>
{
    public override bool ReadOnly => true;

    protected internal override GetKeyLastUsageResponse Handle(GetKeyLastUsageRequest request, OperationContext context)
    {
        Key key = context.Key;
        KeyUse? last = context.Services.Store.Events.FindLastUsage(context.Region, key.KeyId);
        return new GetKeyLastUsageResponse
        {
            KeyId = key.KeyId,
            KeyLastUsage = last is null ? new KeyLastUsageData() : new KeyLastUsageData
            {
                Operation = last.EventName,
                Timestamp = last.Time.UtcDateTime,
                CloudTrailEventId = last.EventId,
                KmsRequestId = last.RequestId,
            },
            TrackingStartDate = TrackingStart(key, context).UtcDateTime,
            KeyCreationDate = key.CreationDate.UtcDateTime,
        };
    }

    /// <summary>The whole days since a key was last used, or since tracking began.</summary>
    internal static long DaysWithoutUse(Key key, OperationContext context)
    {
        KeyUse? last = context.Services.Store.Events.FindLastUsage(key.Region, key.KeyId);
        return (long)Math.Floor((context.Now - (last?.Time ?? TrackingStart(key, context))).TotalDays);
    }

    private static DateTimeOffset TrackingStart(Key key, OperationContext context) =>
        context.Services.Properties.CreationDate is var storeCreated && storeCreated > key.CreationDate ? storeCreated : key.CreationDate;
}
