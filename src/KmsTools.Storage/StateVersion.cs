using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage;

/// <summary>
/// Detects commits. PRAGMA data_version changes on a connection whenever another one, of any process, has committed; this
/// connection never writes, so it detects all commits. The usage events are in another file and do not affect it.
/// </summary>
internal sealed class StateVersion : IDisposable
{
    private readonly Lock _gate = new();
    private readonly StateConnection _connection;
    private readonly NativeStatement _read;
    private long _seen;
    private long _version;
    private bool _isClosed;

    public StateVersion(string file)
    {
        _connection = StateConnection.OpenReader(file);
        _read = _connection.Database.PrepareNative("PRAGMA data_version");
    }

    public long Read()
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(SqliteStateStore));
            long now;
            using (NativeStatement row = _read.Start())
            {
                row.Step();
                now = row.Number();
            }

            if (now != _seen)
            {
                // SQLite's counter has 32 bits and may wrap around; this one does not.
                _seen = now;
                _version++;
            }

            return _version;
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _isClosed = true;
            _connection.Dispose();
        }
    }
}
