using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// One instance of a module in this process: the library itself (number 0) or a private copy of its file, which the loader takes for
/// another library. C_Initialize and C_Finalize, the only cure for a lost token, touch one instance and leave the others alone.
/// </summary>
internal sealed class ModuleInstance
{
    private readonly LibraryReference _library;

    private ModuleInstance(LibraryReference library, NativeModule native, InterProcessLock processLock)
    {
        _library = library;
        Native = native;
        ProcessLock = processLock;
    }

    public NativeModule Native { get; }

    /// <summary>Shared by all instances of the library, here and in other processes.</summary>
    public InterProcessLock ProcessLock { get; }

    public bool IsInUse { get; set; }

    public static ModuleInstance Load(LibraryReference library, int number, InterProcessLock processLock)
    {
        string? copy = null;
        try
        {
            if (number > 0)
            {
                copy = RuntimeFolder.NewLibraryFile(library.Path);
                File.Copy(library.Path, copy);
            }

            return new(library, NativeModule.Load(copy ?? library.Path), processLock);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException
            or IOException or UnauthorizedAccessException)
        {
            throw new HsmException(
                HsmFailure.Failed, $"'{library.Path}' cannot be loaded as a PKCS#11 library: {exception.Message}", exception);
        }
        finally
        {
            if (copy is not null && !OperatingSystem.IsWindows())
            {
                // The loaded library keeps its file alive; nothing is left behind when the process dies.
                File.Delete(copy);
            }
        }
    }

    /// <summary>C_Initialize. The caller holds <see cref="ProcessLock"/>.</summary>
    /// <returns>Not OK with CKR_CRYPTOKI_ALREADY_INITIALIZED when someone else in this process uses the library.</returns>
    public ReturnValue Initialize() => Native.Initialize(_library.Parameters);

    /// <summary>C_Finalize. Closes all sessions and logs out.</summary>
    public void Finish() => _ = Native.Finish();
}
