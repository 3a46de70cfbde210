using System.Collections.Concurrent;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// A PKCS#11 library in this process, with one instance per HSM. Static, because C_Initialize and the login count for the whole
/// process: connections to the same token share one instance and one login.
/// </summary>
internal sealed class Pkcs11Library
{
    private const int MaximumInstances = 64;

    private static readonly ConcurrentDictionary<LibraryReference, Pkcs11Library> Libraries = new();

    private readonly Lock _lock = new();
    private readonly LibraryReference _reference;
    private readonly InterProcessLock _processLock;
    private readonly List<ModuleInstance> _instances = [];
    private readonly Dictionary<HsmToken, (Hsm Hsm, ModuleInstance Instance)> _hsms = [];

    private Pkcs11Library(LibraryReference reference)
    {
        _reference = reference;
        _processLock = new(reference.Path);
    }

    /// <summary>The library as people name it.</summary>
    public string Name => _reference.Parameters is null ? _reference.Path : $"{_reference.Path}|{_reference.Parameters}";

    /// <summary>The library of a name.</summary>
    /// <exception cref="HsmException">ClusterNotFound: the file is not there.</exception>
    public static Pkcs11Library Open(string library)
        => Libraries.GetOrAdd(LibraryReference.Parse(library), reference => new(reference));

    /// <summary>Logs in to a token, or shares the login of this process.</summary>
    public Hsm Connect(HsmToken token, ReadOnlySpan<byte> pin)
    {
        lock (_lock)
        {
            if (_hsms.TryGetValue(token, out (Hsm Hsm, ModuleInstance Instance) shared))
            {
                shared.Hsm.Share(pin);
                return shared.Hsm;
            }

            ModuleInstance instance = Acquire();
            try
            {
                Hsm hsm = Hsm.Connect(instance, token, pin);
                _hsms.Add(token, (hsm, instance));
                return hsm;
            }
            catch
            {
                Release(instance);
                throw;
            }
        }
    }

    /// <summary>Gives up one share of a connected HSM; the last one logs out.</summary>
    public void Disconnect(HsmToken token)
    {
        lock (_lock)
        {
            if (_hsms.TryGetValue(token, out (Hsm Hsm, ModuleInstance Instance) shared) && shared.Hsm.Leave())
            {
                _hsms.Remove(token);
                Release(shared.Instance);
            }
        }
    }

    /// <summary>
    /// Works with a freshly initialised instance that no connection uses: a module that is in use may not see tokens that came or went.
    /// </summary>
    public T Visit<T>(Func<ModuleInstance, T> visitor)
    {
        lock (_lock)
        {
            if (!CanBeCopied && _hsms.Count > 0)
            {
                return visitor(_instances[0]);
            }

            ModuleInstance instance = Acquire();
            try
            {
                return visitor(instance);
            }
            finally
            {
                Release(instance);
            }
        }
    }

    // NSS keeps its generator in another library, which all copies share: finishing one copy takes it from the others.
    private bool CanBeCopied => _reference.Parameters is null;

    private ModuleInstance Acquire()
    {
        int maximum = CanBeCopied ? MaximumInstances : 1;
        for (int number = 0; number < maximum; number++)
        {
            if (number == _instances.Count)
            {
                _instances.Add(ModuleInstance.Load(_reference, number, _processLock));
            }

            ModuleInstance instance = _instances[number];
            if (instance.IsInUse)
            {
                continue;
            }

            using FileStream held = _processLock.Enter();
            ReturnValue result = instance.Initialize();
            if (result.IsOk)
            {
                instance.IsInUse = true;
                return instance;
            }

            // Others in this process use this one: it is theirs to finish, and a copy of the library is as good.
            if (result.Code != Cryptoki.CKR_CRYPTOKI_ALREADY_INITIALIZED)
            {
                throw ReturnValueMap.AtConnect(result);
            }
        }

        throw new HsmException(HsmFailure.Exhausted, $"'{_reference.Path}' is in use {maximum} times in this process.");
    }

    private void Release(ModuleInstance instance)
    {
        using FileStream held = _processLock.Enter();
        instance.Finish();
        instance.IsInUse = false;
    }
}
