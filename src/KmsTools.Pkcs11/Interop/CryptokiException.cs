namespace KmsTools.Pkcs11.Interop;

/// <summary>
/// A PKCS#11 function returned something other than CKR_OK. Thrown by sequences of calls off the hot path, and caught in this project,
/// where <see cref="ReturnValueMap"/> defines what it means.
/// </summary>
#pragma warning disable CA1064 // Never leaves the project.
internal sealed class CryptokiException(ReturnValue result) : Exception(result.ToString())
#pragma warning restore CA1064
{
    /// <summary>What was returned, and by which function.</summary>
    public ReturnValue Result => result;
}
