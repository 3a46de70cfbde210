namespace KmsTools.Pipeline;

/// <summary>Decides whether a caller may do something with a key.</summary>
/// <remarks>
/// Every principal of the account may use and manage its customer managed keys. AWS managed keys can be seen and used; their key
/// policies let only AWS manage them.
/// </remarks>
internal static class Authorizer
{
    /// <summary>Refuses what is not allowed.</summary>
    /// <exception cref="KmsException">AccessDeniedException.</exception>
    public static void Require(Caller caller, Operations.Operation operation, Operations.KeyTarget target)
    {
        if (target.Key.KeyManager == KeyManagerType.AWS && !operation.ReadOnly)
        {
            throw KmsErrors.AccessDenied(caller.PrincipalArn, target.Action, target.Key.Arn);
        }
    }
}
