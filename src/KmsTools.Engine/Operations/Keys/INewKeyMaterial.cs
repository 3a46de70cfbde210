namespace KmsTools.Operations;

/// <summary>
/// Material that was made for a key before the transaction that creates the key. Gone with the call if no key came of it.
/// </summary>
internal interface INewKeyMaterial : IDisposable
{
    /// <summary>Gives the material to the key, within the transaction that creates it.</summary>
    /// <param name="key">The key without its material.</param>
    /// <param name="context">The call.</param>
    /// <returns>The key with its material.</returns>
    Key GiveTo(Key key, OperationContext context);
}
