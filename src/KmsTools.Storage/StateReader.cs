using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage;

/// <summary>
/// A read-only view of the state. It is fixed by the first read, not before, so that a version read between the two is never newer
/// than the state read under it.
/// </summary>
internal sealed class StateReader : StateView
{
    private readonly Pool<StateConnection> _pool;

    private StateReader(Pool<StateConnection> pool, StateConnection connection)
        : base(connection) => _pool = pool;

    public static StateReader Open(Pool<StateConnection> pool)
    {
        StateConnection connection = pool.Rent();
        try
        {
            connection.Database.Begin();
            return new StateReader(pool, connection);
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    protected override void GiveBack(StateConnection connection) => _pool.Return(connection);
}
