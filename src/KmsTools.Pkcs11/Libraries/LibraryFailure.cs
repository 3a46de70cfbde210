using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>The error of a library that cannot be initialized: names the library, and what usually causes it.</summary>
internal static class LibraryFailure
{
    public static HsmException Of(string path, ReturnValue result)
    {
        HsmException plain = ReturnValueMap.AtConnect(result);
        return new(plain.Failure, $"The PKCS#11 library '{path}' could not be initialized: {plain.Message}.");
    }
}
