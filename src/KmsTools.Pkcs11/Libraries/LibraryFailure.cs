using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>The error of a library that cannot be initialized. The code alone says little: modules return it for many reasons.</summary>
internal static class LibraryFailure
{
    public static HsmException Of(string path, ReturnValue result) =>
        new(ReturnValueMap.FailureAtConnect(result), $"The PKCS#11 library '{path}' could not be initialized: {result}.")
        {
            Cause = ErrorCause.LibraryNotInitialized,
            Library = path,
        };
}
