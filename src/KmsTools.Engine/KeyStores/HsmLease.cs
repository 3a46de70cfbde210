namespace KmsTools.KeyStores;

/// <summary>
/// The right to use a connection to HSMs for one call: while a lease is held, a connection that was replaced by another one stays open.
/// Disposing of the lease gives it back, which is to be done once. The default value is the lease of nothing.
/// </summary>
internal readonly struct HsmLease : IDisposable
{
    private readonly SharedHsmConnection? _shared;

    public HsmLease(SharedHsmConnection shared) => _shared = shared;

    /// <summary>The connection. It belongs to others too: who has the lease does not dispose of it.</summary>
    public IHsmConnection Connection => _shared!.Connection;

    /// <inheritdoc/>
    public void Dispose() => _shared?.Release();
}

/// <summary>
/// A connection to HSMs that calls share. It has one owner, who hands out leases, and is closed when the owner has let go of it and the
/// last lease was given back.
/// </summary>
internal sealed class SharedHsmConnection(IHsmConnection connection, ReadOnlyMemory<byte> wrappedPassword)
{
    private readonly object _closing = new();
    private int _holders = 1;
    private volatile bool _isClosed;

    /// <summary>The connection.</summary>
    public IHsmConnection Connection => connection;

    /// <summary>The password, as it is stored, that the HSMs of the connection have. The owner's.</summary>
    public ReadOnlyMemory<byte> WrappedPassword { get; set; } = wrappedPassword;

    /// <summary>Whether it was closed because the last one let go of it.</summary>
    public bool IsClosed => _isClosed;

    /// <summary>How many leases are out, and one more while the owner holds on.</summary>
    public int Holders => Volatile.Read(ref _holders);

    /// <summary>Lends the connection for one call. Only the owner calls it, and only before it lets go.</summary>
    public HsmLease Rent()
    {
        Interlocked.Increment(ref _holders);
        return new HsmLease(this);
    }

    /// <summary>Lets go of the connection, as its owner or as one that rented it. The last one closes it.</summary>
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
    /// After its owner let go of it: waits until the last lease is given back, and then closes it under the calls that still use it. Those
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
