namespace KmsTools.Operations;

/// <summary>
/// Material that was generated for a key before the transaction that creates the key. Discarded with the call if no key is created.
/// </summary>
internal interface INewKeyMaterial : IDisposable
{
    /// <summary>Assigns the material to the key, within the transaction that creates the key.</summary>
    /// <param name="key">The key without its material.</param>
    /// <param name="context">The call.</param>
    /// <returns>The key with its material.</returns>
    Key GiveTo(Key key, OperationContext context);
}
