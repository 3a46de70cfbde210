using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// One instance of a module in this process: the library itself (number 0) or a private copy of its file, which the loader treats as
/// another library. C_Initialize and C_Finalize, the only remedy for a lost token, affect one instance and leave the others alone.
/// </summary>
/// <remarks>Everything that changes is guarded by the lock of the module's file, except the logins and the generation.</remarks>
internal sealed class ModuleInstance
{
    private readonly Lock _lock = new();
    private readonly List<IInstanceUser> _logins = [];

    // Written by the code that initializes the instance; read by logins without a lock.
    private volatile int _generation;

    private ModuleInstance(NativeModule native, int number, InstanceTurns turns) => (Native, Number, Turns) = (native, number, turns);

    public NativeModule Native { get; }

    /// <summary>0 for the library itself, otherwise the number of the copy.</summary>
    public int Number { get; }

    /// <summary>Taken to log in or to change a PIN.</summary>
    public InstanceTurns Turns { get; }

    /// <summary>Logins, attempts to log in and inspections that use it now.</summary>
    public int Users { get; set; }

    /// <summary>How many of its users are inspections.</summary>
    public int Visitors { get; set; }

    /// <summary>What it was initialized with; null when it is not initialized.</summary>
    public InstanceSettings? Settings { get; set; }

    /// <summary>Whether what it gave out can no longer be relied on, so that its next user initializes it again.</summary>
    public bool IsSuspect { get; set; }

    /// <summary>
    /// What C_Initialize was last called with, if it returned an error; otherwise null. It has taken effect if only the reply was lost.
    /// </summary>
    public InstanceSettings? Refused { get; set; }

    /// <summary>Whether other code initialized it: it is left to that code, and never finalized.</summary>
    public bool IsForeign { get; set; }

    /// <summary>Protects descriptors from its C_Finalize.</summary>
    public DescriptorGuard Descriptors { get; } = new();

    /// <summary>Changes whenever the sessions and handles that the instance gave out become invalid.</summary>
    public int Generation => _generation;

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

            return new(NativeModule.Load(copy ?? path), number, turns);
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

    /// <summary>Marks everything that the instance gave out as invalid.</summary>
    public void Invalidate() => Interlocked.Increment(ref _generation);

    /// <summary>Records a login.</summary>
    public void Enter(IInstanceUser login)
    {
        lock (_lock)
        {
            _logins.Add(login);
        }
    }

    /// <summary>Records that a login has ended.</summary>
    public void Leave(IInstanceUser login)
    {
        lock (_lock)
        {
            _logins.Remove(login);
        }
    }

    /// <summary>The logins that use it.</summary>
    public IInstanceUser[] Logins()
    {
        lock (_lock)
        {
            return [.. _logins];
        }
    }
}

/// <summary>What a module reads at C_Initialize.</summary>
/// <param name="Library">The library, with its parameters.</param>
/// <param name="Environment">A digest of the environment.</param>
internal sealed record InstanceSettings(LibraryReference Library, string Environment)
{
    /// <summary>Whether it serves a library: it has its parameters, and knows its tokens.</summary>
    public bool Matches(LibraryReference library) => HasParameters(library.Parameters) && Library.SoftHsm == library.SoftHsm;

    /// <summary>Whether the parameters are these.</summary>
    public bool HasParameters(string? parameters) => string.Equals(Library.Parameters, parameters, StringComparison.Ordinal);
}
