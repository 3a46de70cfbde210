using KmsTools.Cryptography;

namespace KmsTools.Operations;

/// <summary>Software material for a new key.</summary>
internal sealed class SoftwareKeyCreation(Secret material) : INewKeyMaterial
{
    /// <inheritdoc/>
    public Key GiveTo(Key key, OperationContext context) => key with
    {
        Materials = [context.Services.Software.Wrap(key.Region, key.KeyId, material, context.Now)],
    };

    /// <inheritdoc/>
    public void Dispose() => material.Dispose();
}
