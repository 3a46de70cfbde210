using System.Collections.Concurrent;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// The file of a PKCS#11 module and its instances in this process, one per HSM. Static, because C_Initialize counts for the whole process.
/// </summary>
#pragma warning disable CA1001 // There is one for each file as long as the process lives.
internal sealed class ModuleFile
#pragma warning restore CA1001
{
    private const int MaxInstances = 64;
    private const int MaxVisits = 16;

    private static readonly ConcurrentDictionary<string, ModuleFile> Files = new();

    private readonly Lock _lock = new();
    private readonly string _path;

    // Guarded by the lock.
    private readonly List<ModuleInstance> _instances = [];

    // Interlocked.
    private int _visits;

    private ModuleFile(string path) => _path = path;

    /// <summary>The module of a library.</summary>
    /// <exception cref="HsmException">ClusterNotFound: the file does not exist.</exception>
    public static ModuleFile Open(LibraryReference library)
    {
        library.RequireFile();
        return Files.GetOrAdd(library.Path, static path => new(path));
    }

    /// <summary>The turns of its instances.</summary>
    public InstanceTurns Turns { get; } = new();

    /// <summary>Whether the module can have several instances at once.</summary>
    /// <remarks>
    /// NSS, which is recognized by a special entry point, keeps its random number generator in another library that all copies share:
    /// finalizing one copy takes it away from the others.
    /// </remarks>
    public bool CanBeCopied
    {
        get
        {
            lock (_lock)
            {
                return !Instance(0).Native.Exports("NSC_GetFunctionList");
            }
        }
    }

    /// <summary>Initializes an instance that is not in use.</summary>
    public ModuleInstance Acquire(string? parameters)
    {
        int maximum = CanBeCopied ? MaxInstances : 1;
        for (int number = 0; number < maximum; number++)
        {
            ModuleInstance instance;
            lock (_lock)
            {
                instance = Instance(number);
                if (instance.IsInUse)
                {
                    continue;
                }

                instance.IsInUse = true;
            }

            // Not under the lock: a frozen HSM must not keep other callers from their HSMs.
            ReturnValue result;
            using (Turns.Take())
            {
                result = instance.Initialize(parameters);
            }

            if (result.IsOk)
            {
                return instance;
            }

            instance.IsInUse = false;

            // Other code in this process uses this one and has to finalize it; a copy of the library is just as good.
            if (result.Code != CKR_CRYPTOKI_ALREADY_INITIALIZED)
            {
                throw ReturnValueMap.AtConnect(result);
            }
        }

        throw new HsmException(HsmFailure.Exhausted, $"'{_path}' is in use {maximum} times in this process.");
    }

    /// <summary>Calls C_Finalize, and frees the instance.</summary>
    public void Release(ModuleInstance instance)
    {
        using (Turns.Take())
        {
            instance.Finish();
        }

        instance.IsInUse = false;
    }

    /// <summary>
    /// Works with a freshly initialized instance that no connection uses: a module that is in use may not notice tokens that were added or
    /// removed.
    /// </summary>
    public T Visit<T>(string? parameters, Func<NativeModule, T> visitor)
    {
        if (!CanBeCopied && Only() is { IsInUse: true } shared)
        {
            lock (shared.SyncRoot)
            {
                return visitor(shared.Native);
            }
        }

        // Visitors of a frozen HSM stay until it answers.
        if (Interlocked.Increment(ref _visits) > MaxVisits)
        {
            Interlocked.Decrement(ref _visits);
            throw new HsmException(HsmFailure.Unreachable, $"'{_path}' does not answer.");
        }

        try
        {
            ModuleInstance instance = Acquire(parameters);
            try
            {
                return visitor(instance.Native);
            }
            finally
            {
                Release(instance);
            }
        }
        finally
        {
            Interlocked.Decrement(ref _visits);
        }
    }

    private ModuleInstance Only()
    {
        lock (_lock)
        {
            return Instance(0);
        }
    }

    private ModuleInstance Instance(int number)
    {
        if (number == _instances.Count)
        {
            _instances.Add(ModuleInstance.Load(_path, number, Turns));
        }

        return _instances[number];
    }
}
