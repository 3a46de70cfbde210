namespace KmsTools.Pkcs11.Interop;

/// <summary>
/// A PKCS#11 function returned something other than CKR_OK. Thrown where calls follow one another off the hot path, and caught in this
/// project, where <see cref="ReturnValueMap"/> says what it means.
/// </summary>
#pragma warning disable CA1064 // Never leaves the project.
internal sealed class CryptokiException(ReturnValue result) : Exception(result.ToString())
#pragma warning restore CA1064
{
    /// <summary>What it returned, and which function it was.</summary>
    public ReturnValue Result => result;
}
