namespace KmsTools.Faults;

/// <summary>Threads that call everything a key in a custom key store is good for, until they are stopped.</summary>
internal sealed class Load : IDisposable
{
    private const int MaxKeys = 30;

    private readonly Ledger _ledger;
    private readonly ReaderWriterLockSlim _gate = new();
    private readonly Thread[] _threads;
    private volatile bool _stopped;

    public Load(Ledger ledger, int threads, int seed)
    {
        _ledger = ledger;
        _threads = [.. Enumerable.Range(0, threads)
            .Select(index => new Thread(() => Run(new Random(seed + index + 1))) { IsBackground = true })];
        foreach (Thread thread in _threads)
        {
            thread.Start();
        }
    }

    /// <summary>Runs something while no call of the load is under way.</summary>
    public void Pause(Action action)
    {
        _gate.EnterWriteLock();
        try
        {
            action();
        }
        finally
        {
            _gate.ExitWriteLock();
        }
    }

    public void Dispose()
    {
        _stopped = true;
        foreach (Thread thread in _threads)
        {
            thread.Join();
        }

        _gate.Dispose();
    }

    private void Run(Random random)
    {
        // A key that no other thread uses, so that nobody is refused for its state.
        KeyMetadata? own = null;
        while (!_stopped)
        {
            _gate.EnterReadLock();
            try
            {
                Call(random, ref own);
            }
            finally
            {
                _gate.ExitReadLock();
            }
        }
    }

    private void Call(Random random, ref KeyMetadata? own)
    {
        string[] keys = _ledger.Keys;
        string key = keys[random.Next(keys.Length)];
        switch (random.Next(24))
        {
            case 0 or 1:
                // At the most there are, a new key takes the place of one that is scheduled for deletion.
                bool isDoomed = keys.Length > MaxKeys;
                if (_ledger.CreateKey(isShared: !isDoomed) is { } made && isDoomed)
                {
                    _ledger.Doom(made);
                }

                break;
            case 2 when own is null:
                own = _ledger.CreateKey(isShared: false);
                break;
            case 2:
                if (_ledger.Schedule(own.KeyId))
                {
                    _ledger.Cancel(own.KeyId);
                }

                _ledger.EncryptAlone(own.KeyId, random);
                break;
            case 3 or 4:
                _ledger.Describe(key);
                break;
            case 5 or 6 or 7:
                _ledger.GenerateDataKey(key);
                break;
            case < 15:
                _ledger.Encrypt(key, random);
                break;
            default:
                if (_ledger.SomeMessage(random) is { } message)
                {
                    _ledger.Decrypt(message);
                }

                break;
        }
    }
}
