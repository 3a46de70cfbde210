using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools.Storage.RootKeys;

/// <content>
/// The seal of root.key. Its key is kept while the store is open, only here, so that a sealed store can be rotated by any process that has
/// it open.
/// </content>
internal sealed partial class RootKeyKeeper
{
    private SealKey? _sealKey;

    // That of the file which root.key was before the transaction that seals it.
    private SealKey? _formerSealKey;
    private string? _knownSealId;
    private bool _isExchanging;

    /// <summary>Whether a process has died before it could delete what root.key was before.</summary>
    public bool HasLeftovers => _place.HasLeftovers;

    /// <summary>The seal, as it is now; null if there is none.</summary>
    public Seal? ReadSeal()
    {
        lock (_gate)
        {
            Dispose(RootKeyContent.Read(_place, out SealedRootKey? sealedKey));
            return sealedKey?.Seal;
        }
    }

    /// <summary>A copy of the key of the seal; null if there is none.</summary>
    public SealKey? CopySealKey()
    {
        lock (_gate)
        {
            return _sealKey?.Copy();
        }
    }

    /// <summary>Opens the seal, if there is one.</summary>
    public void Unlock(Func<Seal, SealKey> unlock)
    {
        SealedRootKey? sealedKey;
        lock (_gate)
        {
            Dispose(RootKeyContent.Read(_place, out sealedKey));
        }

        if (sealedKey is null)
        {
            return;
        }

        // Not under the lock: it takes its time.
        using SealKey key = Unlock(sealedKey, unlock);
        lock (_gate)
        {
            Keep(key.Copy());
            ReadAgain();
        }
    }

    /// <summary>
    /// Seals root.key, or seals it again, within a transaction, at whose end <see cref="EndSeal"/> must be called.
    /// </summary>
    /// <param name="state">The connection of the transaction.</param>
    /// <param name="seal">The seal.</param>
    /// <param name="key">Its key.</param>
    public void Seal(StateConnection state, Seal seal, SealKey key)
    {
        lock (_gate)
        {
            byte[] handover = SealedRootKey.HandOver(key, RootKey);
            Exchange(state, key, content => SealedRootKey.Wrap(seal, key, handover, content));
        }
    }

    /// <summary>Takes the seal away, within a transaction, at whose end <see cref="EndSeal"/> must be called.</summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public void Unseal(StateConnection state)
    {
        lock (_gate)
        {
            if (ReadSeal() is null)
            {
                throw new InvalidOperationException("The store is not sealed.");
            }

            Exchange(state, key: null, seal: null);
        }
    }

    /// <summary>Ends a transaction that has sealed or unsealed root.key: it stays so, or is put back.</summary>
    public void EndSeal(bool isCommitted)
    {
        lock (_gate)
        {
            _isExchanging = false;
            if (isCommitted)
            {
                _place.EndExchange(isCommitted: true);
                _formerSealKey?.Dispose();
                _formerSealKey = null;
                return;
            }

            _place.EndExchange(isCommitted: false);
            SealKey? undone = _sealKey;
            _sealKey = _formerSealKey;
            _formerSealKey = null;
            undone?.Dispose();
            ReadAgain();
        }
    }

    /// <summary>Deletes what root.key was before. For the holder of the write lock of the store.</summary>
    public void ForgetFormerFile()
    {
        lock (_gate)
        {
            using IDisposable? entered = _place.Enter();
            _place.Forget();
        }
    }

    private void Exchange(StateConnection state, SealKey? key, Secret.SecretFunction<byte[]>? seal)
    {
        using IDisposable? entered = _place.Enter();
        ImmutableArray<RootKeyGeneration> generations = Read(out _);
        try
        {
            RootKeyContent.Use(generations, seal, content => _place.Exchange(state, RootKey, content));
        }
        finally
        {
            Dispose(generations);
        }

        _isExchanging = true;
        _formerSealKey?.Dispose();
        _formerSealKey = _sealKey;
        _sealKey = key?.Copy();
        ReadAgain();
    }

    // What a file that replaces the present one is sealed with: the same.
    private Secret.SecretFunction<byte[]>? SealAgain(SealedRootKey? sealedKey, int generation)
    {
        if (sealedKey is null)
        {
            return null;
        }

        byte[] handover = sealedKey.HandoverOf(generation);
        return content => SealedRootKey.Wrap(sealedKey.Seal, _sealKey!, handover, content);
    }

    // What this process cannot open any more, it leaves in clear nowhere.
    private ImmutableArray<RootKeyGeneration> ReadOrLeave(out SealedRootKey? sealedKey)
    {
        try
        {
            return Read(out sealedKey);
        }
        catch (StateStoreException exception) when (exception.SealFault is not null && !_isExchanging)
        {
            _place.ReplaceCopy(rootKey: null);
            throw;
        }
    }

    private ImmutableArray<RootKeyGeneration> Read(out SealedRootKey? sealedKey)
    {
        ImmutableArray<RootKeyGeneration> generations = RootKeyContent.Read(_place, out sealedKey);
        return sealedKey is null ? generations : Open(sealedKey, unlock: null);
    }

    /// <summary>Opens what is sealed: with the key that is kept, else with one that was handed over, else with what is given.</summary>
    private ImmutableArray<RootKeyGeneration> Open(SealedRootKey sealedKey, Func<Seal, SealKey>? unlock)
    {
        if (_sealKey is { } known && TryOpen(sealedKey, known) is { IsDefault: false } byKnown)
        {
            return byKnown;
        }

        // There is no root key while the store is being opened.
        if (RootKey is not null && sealedKey.TakeOver(RootKey) is { } handedOver)
        {
            if (TryOpen(sealedKey, handedOver) is { IsDefault: false } byHandover)
            {
                Keep(handedOver);
                return byHandover;
            }

            handedOver.Dispose();
        }

        SealKey given = Unlock(sealedKey, unlock);
        if (TryOpen(sealedKey, given) is { IsDefault: false } byGiven)
        {
            Keep(given);
            return byGiven;
        }

        given.Dispose();
        throw RootKeyContent.Refusal(
            _place, new SealException(SealFault.ForeignSlot, "Its seal opens, and belongs to another root key."));
    }

    private ImmutableArray<RootKeyGeneration> TryOpen(SealedRootKey sealedKey, SealKey key)
    {
        using Secret? content = sealedKey.Unwrap(key);
        return content is null ? default : RootKeyContent.ReadUnwrapped(_place, content);
    }

    private SealKey Unlock(SealedRootKey sealedKey, Func<Seal, SealKey>? unlock)
    {
        try
        {
            return unlock is null
                ? throw new SealException(SealFault.Locked, "Nothing was given that opens its seal.")
                : unlock(sealedKey.Seal);
        }
        catch (SealException exception)
        {
            throw RootKeyContent.Refusal(_place, exception);
        }
    }

    private void KnowSeal(SealedRootKey? sealedKey)
    {
        _knownSealId = sealedKey?.Seal.Id;
        if (sealedKey is null)
        {
            _sealKey?.Dispose();
            _sealKey = null;
        }
    }

    private void Keep(SealKey key)
    {
        _sealKey?.Dispose();
        _sealKey = key;
    }

    private void DisposeSealKeys()
    {
        _sealKey?.Dispose();
        _formerSealKey?.Dispose();
    }
}
