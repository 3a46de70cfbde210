using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Gets whether and when a key rotates automatically. Source: GetKeyRotationStatus in the AWS KMS API.</summary>
public sealed record GetKeyRotationStatusRequest : IKmsRequest<GetKeyRotationStatusResponse>
{
    /// <summary>Key ID or key ARN.</summary>
    [Member(Required = true, Min = 1, Max = 2048, Key = KeyReferenceForms.IdOrArn)]
    public string? KeyId { get; init; }
}

/// <summary>The rotation status.</summary>
public sealed record GetKeyRotationStatusResponse
{
    /// <summary>Whether the key rotates automatically.</summary>
    public required bool KeyRotationEnabled { get; init; }

    /// <summary>The ARN of the key.</summary>
    public required string KeyId { get; init; }

    /// <summary>Days between rotations; null when automatic rotation is off.</summary>
    public int? RotationPeriodInDays { get; init; }

    /// <summary>The next rotation (UTC); null when automatic rotation is off.</summary>
    public DateTime? NextRotationDate { get; init; }

    /// <summary>When an on-demand rotation in progress began. Always null here: such rotations are completed immediately.</summary>
    public DateTime? OnDemandRotationStartDate { get; init; }
}

internal sealed class GetKeyRotationStatus : Operation<GetKeyRotationStatusRequest, GetKeyRotationStatusResponse>
{
    public override bool ReadOnly => true;

    protected internal override GetKeyRotationStatusResponse Handle(GetKeyRotationStatusRequest request, OperationContext context)
    {
        // A key that is pending deletion does not rotate, and its status says so; a cancellation restores the schedule.
        RotationSchedule? rotation = context.Key.IsPendingDeletion ? null : context.Key.Rotation;
        return new GetKeyRotationStatusResponse
        {
            KeyRotationEnabled = rotation is not null,
            KeyId = context.Key.Arn,
            RotationPeriodInDays = rotation?.PeriodInDays,
            NextRotationDate = rotation?.NextRotationDate.UtcDateTime,
        };
    }
}
