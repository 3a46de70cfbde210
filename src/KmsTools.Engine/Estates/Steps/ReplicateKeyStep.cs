using KmsTools.Operations;

namespace KmsTools.Estates;

/// <summary>Creates a replica of a multi-Region key.</summary>
/// <param name="Replica">The replica.</param>
/// <param name="Primary">Its primary key.</param>
internal sealed record ReplicateKeyStep(EstateKey Replica, EstateKey Primary) : CallStep<ReplicateKeyResponse>
{
    /// <inheritdoc/>
    protected override IKmsRequest<ReplicateKeyResponse> Request(EstateIds ids) => new ReplicateKeyRequest
    {
        KeyId = ids[Primary],
        ReplicaRegion = Replica.Region!.Value,
        Description = Replica.Description?.Value,
        Policy = Replica.Policy?.Value,
        BypassPolicyLockoutSafetyCheck = Replica.BypassPolicyLockoutSafetyCheck?.Value,
        Tags = Replica.Tags.IsEmpty ? null : [.. Replica.Tags.Select(static tag => new Tag { TagKey = tag.Key, TagValue = tag.Value })],
    };

    /// <inheritdoc/>
    protected override void Note(ReplicateKeyResponse response, EstateIds ids) => ids[Replica] = response.ReplicaKeyMetadata.KeyId;
}
