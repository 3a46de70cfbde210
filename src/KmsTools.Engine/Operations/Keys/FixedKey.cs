using KmsTools.Cryptography;

namespace KmsTools.Operations;

/// <summary>The parts of a new key that are not random. For stores with a simulated clock, which exist for tests.</summary>
/// <param name="KeyId">The key ID; null for a random one.</param>
/// <param name="Material">The material of a key with origin AWS_KMS; null for random material.</param>
internal sealed record FixedKey(string? KeyId, Secret? Material)
{
    /// <summary>Refuses fixed keys in stores with the real clock, and IDs that are taken.</summary>
    /// <exception cref="KmsException">ValidationException or AlreadyExistsException.</exception>
    public void Require(OperationContext context)
    {
        if (!context.Services.Properties.IsSimulatedClock)
        {
            throw KmsErrors.Validation("A key with a given ID or given material can be made only in a store with a simulated clock.");
        }

        if (KeyId is not null && context.State.FindKey(context.Region, KeyId) is { } present)
        {
            throw KmsErrors.ReplicaExists(present.Arn);
        }
    }
}
