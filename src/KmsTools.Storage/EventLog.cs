using KmsTools.Auditing;
using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage;

/// <summary>Appends to events.db; reads events.db and the events of state.db.</summary>
internal sealed class EventLog : IEventLog, IDisposable
{
    private static readonly TimeSpan s_busyLimit = TimeSpan.FromSeconds(10);

    private readonly Lock _writing = new();
    private readonly EventConnection _writer;
    private readonly GroupCommit<AuditRecord> _group;
    private readonly Pool<EventConnection> _readers;
    private readonly EventReader _reader;
    private readonly EventCheckpoint _checkpoint;
    private bool _isClosed;

    public EventLog(string file, Pool<StateConnection> stateReaders)
    {
        _writer = EventConnection.OpenWriter(file, s_busyLimit);
        _checkpoint = new EventCheckpoint(file, _writing);
        _group = new GroupCommit<AuditRecord>(Commit);
        _readers = new Pool<EventConnection>(() => EventConnection.OpenReader(file));
        _reader = new EventReader(
            new EventFile<StateConnection>(stateReaders, static connection => connection.Events),
            new EventFile<EventConnection>(_readers, static connection => connection.Events));
    }

    public void Append(AuditRecord record) => _group.Add(record);

    public Task AppendAsync(AuditRecord record) => _group.AddAsync(record);

    public IEnumerable<AuditRecord> Query(EventQuery query) => _reader.Query(query);

    public AuditRecord? FindLastUsage(string region, string keyId) => _reader.FindLastUsage(region, keyId);

    public void Dispose()
    {
        _readers.Dispose();
        lock (_writing)
        {
            _isClosed = true;
        }

        _checkpoint.Dispose();
        _writer.Dispose();
    }

    private void Commit(IReadOnlyList<AuditRecord> records)
    {
        // Only closing during a commit contends for this lock.
        lock (_writing)
        {
            ObjectDisposedException.ThrowIf(_isClosed, typeof(SqliteStateStore));
            Database database = _writer.Database;
            database.BeginImmediate(s_busyLimit);
            try
            {
                foreach (AuditRecord record in records)
                {
                    _writer.Events.Insert(record);
                }

                database.Commit();
            }
            finally
            {
                database.RollBack();
            }

            _checkpoint.Committed(records.Count);
        }
    }
}
