using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.TokenFolders;

namespace KmsTools.Pkcs11.Libraries;

/// <summary>
/// The file of a PKCS#11 module and its instances in this process. Static, because C_Initialize counts for the whole process.
/// </summary>
/// <remarks>
/// An instance stays initialized: inspections use it in turn, and then a login. It is finalized only to be initialized again at once, where
/// it may not know what has changed in the meantime: for a login (SoftHSM reads the PINs at C_Initialize, and another process may have
/// changed one), for a lost token, another environment, or tokens that were added. Each login has a separate instance, so that it
/// can be recovered without the others, as far as copies of the library work, which is found out; otherwise logins share one.
/// </remarks>
#pragma warning disable CA1001 // There is one for each file as long as the process lives.
internal sealed class ModuleFile
#pragma warning restore CA1001
{
    private const int MaxInstances = 64;
    private const int MaxVisits = 16;

    // So many are tried in turn while C_Initialize fails: what spoils one may not spoil another, and an HSM can be away for long.
    private const int MaxRefused = 4;

    // SoftHSM rewrites a token at each login; an inspection at that moment does not see it.
    private static readonly TimeSpan ShortWhile = TimeSpan.FromMilliseconds(20);

    private static readonly ConcurrentDictionary<string, ModuleFile> Files = new();

    private readonly Lock _lock = new();
    private readonly string _path;
    private readonly InstanceTurns _turns = new();

    // Guarded by the lock.
    private readonly List<ModuleInstance> _instances = [];

    // Found out once.
    private volatile bool _cannotBeCopied;

    // Interlocked.
    private int _visits;

    private ModuleFile(string path)
    {
        _path = path;
        Restarts = new(Others);
    }

    private enum Purpose
    {
        Login,
        Inspection,

        /// <summary>An inspection that counts only if the instance was initialized for it.</summary>
        FreshInspection,
    }

    /// <summary>The module of a library.</summary>
    /// <exception cref="HsmException">ClusterNotFound: the file does not exist.</exception>
    public static ModuleFile Open(LibraryReference library)
    {
        library.RequireFile();
        return Files.GetOrAdd(library.Path, static path => new(path));
    }

    /// <summary>The turns of its instances.</summary>
    public InstanceTurns Turns => _turns;

    /// <summary>Whether another instance is possible: so far nothing has shown that the library does not work as copies.</summary>
    public bool MayBeCopied => !_cannotBeCopied;

    private InstanceRestarts Restarts { get; }

    /// <summary>An initialized instance for a login, a separate one where the library works as copies.</summary>
    /// <param name="library">The library.</param>
    /// <param name="isFresh">Whether it was initialized just now, so that it knows all tokens.</param>
    public ModuleInstance Acquire(LibraryReference library, out bool isFresh) => Take(library, Purpose.Login, out isFresh);

    /// <summary>Gives an instance back. It stays initialized.</summary>
    /// <param name="instance">The instance.</param>
    /// <param name="isSuspect">Whether its next user has to initialize it again.</param>
    public void Release(ModuleInstance instance, bool isSuspect = false)
    {
        lock (_lock)
        {
            instance.Users--;
            instance.IsSuspect |= isSuspect;
        }
    }

    /// <summary>
    /// Finalizes and initializes the instance of a user that has no login in it, unless that would disturb others that have no trouble.
    /// </summary>
    /// <returns>False when it was left as it is.</returns>
    public bool TryRenew(ModuleInstance instance)
    {
        lock (_lock)
        {
            // All others have to be logins: nothing else can be asked whether it has trouble, and closed.
            if (instance.IsForeign || instance.Settings is null || instance.Users - 1 != instance.Logins().Length)
            {
                return false;
            }
        }

        return InstanceRestarts.TryVacate(instance) && TryStart(instance, instance.Settings.Library);
    }

    /// <summary>
    /// Inspects the module with the instance that is there. Where that does not find everything, because a module may not know of tokens
    /// that were added since it was initialized, it inspects it again with one that is initialized for that.
    /// </summary>
    /// <param name="library">The library.</param>
    /// <param name="visitor">The inspection.</param>
    /// <param name="isComplete">Whether it has found everything.</param>
    /// <param name="needsFresh">Whether an instance that is there is not good enough: nothing shows that the result is complete.</param>
    public T Visit<T>(LibraryReference library, Func<NativeModule, T> visitor, Func<T, bool> isComplete, bool needsFresh = false)
    {
        // Visitors of a frozen HSM stay until it answers.
        if (Interlocked.Increment(ref _visits) > MaxVisits)
        {
            Interlocked.Decrement(ref _visits);
            throw new HsmException(HsmFailure.Unreachable, $"'{_path}' does not answer.");
        }

        try
        {
            if (TryLook(library, visitor, needsFresh ? Purpose.FreshInspection : Purpose.Inspection, out T? seen) && isComplete(seen))
            {
                return seen;
            }

            Thread.Sleep(ShortWhile);
            _ = TryLook(library, visitor, Purpose.FreshInspection, out seen);
            return seen!;
        }
        finally
        {
            Interlocked.Decrement(ref _visits);
        }
    }

    private bool TryLook<T>(
        LibraryReference library, Func<NativeModule, T> visitor, Purpose purpose, [MaybeNullWhen(false)] out T seen)
    {
        ModuleInstance instance = Take(library, purpose, out bool isFresh);
        try
        {
            seen = visitor(instance.Native);
            return true;
        }
        catch (HsmException) when (!isFresh && purpose == Purpose.Inspection)
        {
            seen = default;
            return false;
        }
        finally
        {
            Leave(instance, purpose);
        }
    }

    private ModuleInstance Take(LibraryReference library, Purpose purpose, out bool isFresh)
    {
        while (true)
        {
            InstanceSettings wanted = new(library, NativeEnvironment.Synchronize(library.SoftHsm));
            ModuleInstance instance;
            lock (_lock)
            {
                instance = Choose(wanted, purpose);
                instance.Users++;
                instance.Visitors += purpose == Purpose.Login ? 0 : 1;
                bool isOnlyUser = instance.Users == 1 && !instance.IsForeign;
                isFresh = isOnlyUser && (instance.IsSuspect || instance.Settings != wanted || purpose != Purpose.Inspection);
            }

            bool isStarted = false;
            try
            {
                isStarted = !isFresh || TryStart(instance, library);
                if (isStarted)
                {
                    return instance;
                }
            }
            finally
            {
                if (!isStarted)
                {
                    Leave(instance, purpose);
                }
            }
        }
    }

    private void Leave(ModuleInstance instance, Purpose purpose)
    {
        lock (_lock)
        {
            instance.Users--;
            instance.Visitors -= purpose == Purpose.Login ? 0 : 1;
        }
    }

    /// <summary>Chooses the instance that costs least: one that is there, one to initialize, a new copy, a shared one.</summary>
    private ModuleInstance Choose(InstanceSettings wanted, Purpose purpose)
    {
        ModuleInstance[] idle = [.. _instances.Where(static instance => instance.Users == 0 && !instance.IsForeign)];
        ModuleInstance? ready = Array.Find(idle, instance => instance.Settings == wanted && !instance.IsSuspect);
        if (ready is null && purpose == Purpose.Inspection)
        {
            // Not one that another inspection is in: that one may hang.
            ready = _instances.Find(instance => instance.Settings == wanted && instance is { Users: > 0, Visitors: 0, IsSuspect: false });
        }

        bool mayAdd = _instances.Count < MaxInstances && (_instances.Count == 0 || MayBeCopied)
            && idle.Count(static instance => instance.Refused is not null) < MaxRefused;
        return ready
            ?? Array.Find(
                idle, instance => instance.Refused is null && instance.Settings?.HasParameters(wanted.Library.Parameters) != false)
            ?? (mayAdd ? Add() : null)
            ?? idle.FirstOrDefault()
            ?? _instances.Find(
                instance => instance.Settings?.Matches(wanted.Library) == true || instance is { IsForeign: true, Number: 0 })
            ?? throw Refusal();
    }

    private ModuleInstance Add()
    {
        ModuleInstance added = ModuleInstance.Load(_path, _instances.Count, _turns);
        _instances.Add(added);
        return added;
    }

    /// <summary>Initializes an instance that has no other user.</summary>
    /// <returns>False when it cannot be used, and another one may do.</returns>
    /// <exception cref="HsmException">The module refused, or would end the process.</exception>
    private bool TryStart(ModuleInstance instance, LibraryReference library)
    {
        // Held until the result is known to others: where the next one fails because there can be only one, it shares this one.
        using InstanceTurns.Turn turn = _turns.Take();
        TokenTwins.RequireNone(library);
        string environment = NativeEnvironment.Synchronize(library.SoftHsm);
        ReturnValue result = NativeEnvironment.Run(library.SoftHsm, () => Restarts.Run(instance, library));
        lock (_lock)
        {
            InstanceSettings settings = new(library, environment);
            (instance.Settings, instance.Refused) = result.IsOk ? (settings, (InstanceSettings?)null) : (null, settings);
            instance.IsSuspect = false;
            if (result.IsOk)
            {
                return true;
            }

            // Tried again after the others.
            _instances.Remove(instance);
            _instances.Add(instance);

            // Other code in this process has initialized the library itself, or a library behind it. A copy may be just as good.
            instance.IsForeign = result.Code == CKR_CRYPTOKI_ALREADY_INITIALIZED;
            if (instance.IsForeign || CanShare(instance, library))
            {
                _cannotBeCopied |= instance.Number > 0;
                return false;
            }
        }

        throw LibraryFailure.Of(_path, result);
    }

    private bool CanShare(ModuleInstance failed, LibraryReference library) => failed.Number > 0
        && _instances.Exists(instance => instance.Users > 0 && instance != failed && instance.Settings?.Matches(library) == true);

    private HsmException Refusal()
    {
        ModuleInstance? inUse = _instances.Find(static instance => instance.Settings is not null);
        return new(
            HsmFailure.Exhausted,
            MayBeCopied ? $"'{_path}' is in use {_instances.Count} times in this process."
                : $"'{_path}' can be initialized only once in a process, and is in use with "
                    + (inUse?.Settings?.Library.Parameters is { } parameters ? $"the parameters {parameters}." : "no parameters."));
    }

    private IInstanceUser[] Others(ModuleInstance except)
    {
        lock (_lock)
        {
            return [.. _instances.Where(instance => instance != except).SelectMany(static instance => instance.Logins())];
        }
    }
}
