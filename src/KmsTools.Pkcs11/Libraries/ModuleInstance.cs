using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// One instance of a module in this process: the library itself (number 0) or a private copy of its file, which the loader treats as
/// another library. C_Initialize and C_Finalize, the only remedy for a lost token, affect one instance and leave the others alone.
/// </summary>
internal sealed class ModuleInstance
{
    // Set under the lock of the module's file by the code that takes the instance, and cleared by the same code when nothing uses it any
    // more.
    private volatile bool _isInUse;

    private ModuleInstance(NativeModule native, InstanceTurns turns) => (Native, Turns) = (native, turns);

    public NativeModule Native { get; }

    /// <summary>Taken to log in or to change a PIN.</summary>
    public InstanceTurns Turns { get; }

    public bool IsInUse
    {
        get => _isInUse;
        set => _isInUse = value;
    }

    /// <summary>Held while the instance is finalized, or used by code that does not own it.</summary>
    public Lock SyncRoot { get; } = new();

    public static ModuleInstance Load(string path, int number, InstanceTurns turns)
    {
        string? copy = null;
        try
        {
            if (number > 0)
            {
                copy = RuntimeFolder.NewLibraryFile(path);
                File.Copy(path, copy);
            }

            return new(NativeModule.Load(copy ?? path), turns);
        }
        catch (Exception exception) when (exception is DllNotFoundException or BadImageFormatException or EntryPointNotFoundException
            or IOException or UnauthorizedAccessException)
        {
            throw new HsmException(
                HsmFailure.Failed, $"'{path}' cannot be loaded as a PKCS#11 library: {exception.Message}", exception);
        }
        finally
        {
            if (copy is not null && !OperatingSystem.IsWindows())
            {
                // The loaded library keeps its file alive; so nothing is left behind when the process dies.
                File.Delete(copy);
            }
        }
    }

    /// <summary>C_Initialize.</summary>
    /// <returns>Not OK with CKR_CRYPTOKI_ALREADY_INITIALIZED when other code in this process uses the library.</returns>
    public ReturnValue Initialize(string? parameters)
    {
        NativeEnvironment.Synchronize();
        return Native.Initialize(parameters);
    }

    /// <summary>C_Finalize. Closes all sessions and logs out.</summary>
    public void Finish()
    {
        lock (SyncRoot)
        {
            _ = Native.Finish();
        }
    }
}
