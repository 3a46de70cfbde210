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
    private bool _isClosed;

    /// <summary>The connection.</summary>
    public IHsmConnection Connection => connection;

    /// <summary>The password, as it is stored, that the connection was made with.</summary>
    public ReadOnlyMemory<byte> WrappedPassword => wrappedPassword;

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
    /// Lets go of the connection, as its owner, and has it closed at the end: when the last call has given it back, or under the calls that
    /// still use it after a while. Those may hang in an HSM that does not answer, and end as if it were lost.
    /// </summary>
    /// <param name="patience">How long to wait for calls.</param>
    public void Close(TimeSpan patience)
    {
        Release();
        long end = Environment.TickCount64 + (long)patience.TotalMilliseconds;
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
