namespace KmsTools.Storage;

/// <summary>
/// A read-only view of the state. It is fixed by the first read, not before, so that a version read between the two is never newer
/// than the state read under it.
/// </summary>
internal class StateReader(Pool<StateConnection> pool, StateConnection connection) : StateView(connection)
{
    /// <summary>Opens a view of the present state, or of the past one at a moment.</summary>
    public static StateReader Open(Pool<StateConnection> pool, DateTimeOffset? moment = null)
    {
        StateConnection connection = pool.Rent();
        try
        {
            connection.Database.Begin();
            return moment is DateTimeOffset past ? new PastReader(pool, connection, past) : new StateReader(pool, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    protected sealed override void GiveBack(StateConnection connection) => pool.Return(connection);
}
