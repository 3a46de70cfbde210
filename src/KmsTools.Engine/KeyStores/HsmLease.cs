namespace KmsTools.KeyStores;

/// <summary>
/// The right to use a connection to HSMs for one call: while a lease is held, a connection that was replaced by another one stays open.
/// Disposing of the lease returns it, which must be done once. The default value is a lease of nothing.
/// </summary>
internal readonly struct HsmLease : IDisposable
{
    private readonly SharedHsmConnection? _shared;

    public HsmLease(SharedHsmConnection shared) => _shared = shared;

    /// <summary>The connection. It is shared with others: the holder of the lease does not dispose of it.</summary>
    public IHsmConnection Connection => _shared!.Connection;

    /// <inheritdoc/>
    public void Dispose() => _shared?.Release();
}

/// <summary>
/// A connection to HSMs that calls share. It has one owner, which grants leases, and is closed when the owner has released it and the
/// last lease was returned.
/// </summary>
internal sealed class SharedHsmConnection(IHsmConnection connection, byte[]? password)
{
    private readonly object _closing = new();
    private int _holders = 1;
    private volatile bool _isClosed;

    /// <summary>The connection.</summary>
    public IHsmConnection Connection => connection;

    /// <summary>
    /// The password that the HSMs of the connection have, as <see cref="CryptoUserPassword.Fingerprint(CustomKeyStore)"/> returns it. For
    /// use by the owner.
    /// </summary>
    public byte[]? Password { get; set; } = password;

    /// <summary>Whether it was closed because the last holder released it.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>The number of leases that are held, plus one while the owner holds the connection.</summary>
    public int Holders => Volatile.Read(ref _holders);

    /// <summary>Lends the connection for one call. Called by the owner only, and only before it releases the connection.</summary>
    public HsmLease Rent()
    {
        Interlocked.Increment(ref _holders);
        return new HsmLease(this);
    }

    /// <summary>Releases the connection, as its owner or as the holder of a lease. The last one closes it.</summary>
    public void Release()
    {
        if (Interlocked.Decrement(ref _holders) > 0)
        {
            return;
        }

        try
        {
            connection.Dispose();
        }
        finally
        {
            lock (_closing)
            {
                _isClosed = true;
                Monitor.PulseAll(_closing);
            }
        }
    }

    /// <summary>
    /// After its owner released it: waits until the last lease is returned, and then closes it even if calls still use it. Those
    /// may hang in an HSM that does not answer, and end as if it were lost.
    /// </summary>
    /// <param name="end">How long to wait, in terms of <see cref="Environment.TickCount64"/>.</param>
    public void End(long end)
    {
        lock (_closing)
        {
            while (!_isClosed && end - Environment.TickCount64 is > 0 and long left)
            {
                Monitor.Wait(_closing, (int)left);
            }

            if (_isClosed)
            {
                return;
            }
        }

        connection.Abandon();
    }
}
