using System.Data.Common;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Databases;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql;
using KmsTools.Storage.PostgreSql.Events;
using KmsTools.Storage.Tables;
using KmsTools.Storage.Tests;
using Npgsql;

namespace KmsTools.PostgreSql.Events;

/// <summary>The tables of events in a schema of a real server per test, and logs of several nodes on them.</summary>
public abstract class EventRowsFixture : IDisposable
{
    protected const string Region = "eu-central-1";

    private readonly string _schema = "t" + Guid.NewGuid().ToString("N");
    private readonly StoreSecrets _secrets = StoreSecrets.Generate();
    private readonly List<IDisposable> _opened = [];

    protected EventRowsFixture()
    {
        Execute($"CREATE SCHEMA {_schema}");
        Connections = new TestConnections($"{ConnectionString};Application Name={_schema}");
        using Stream script = typeof(PostgreSqlEventLog).Assembly.GetManifestResourceStream("0016_events_postgresql.sql")!;
        using StreamReader reader = new(script);
        Execute(
            "CREATE TABLE commits (number bigint NOT NULL PRIMARY KEY, touched text COLLATE \"C\" NOT NULL, nonce bigint NOT NULL DEFAULT 0)");
        Execute(reader.ReadToEnd());
    }

    internal static PostgreSqlServer Server => TestStores.Server;

    internal TestConnections Connections { get; }

    internal RowMac Mac => _secrets.Rows;

    protected static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    protected string ConnectionString => Server.ConnectionString("postgres", "postgres") + $";Search Path={_schema};SSL Mode=Disable"
        + PostgreSqlServer.Patiently;

    protected EventLogSettings Settings { get; set; } = new();

    /// <summary>The log of another node.</summary>
    internal PostgreSqlEventLog Open(TestCommits? commits = null, long maxSegmentSize = SegmentLimits.MaxSize)
    {
        PostgreSqlEventLog log = new(
            Connections, commits ?? new TestCommits(), "store", Mac, () => Settings, sink: null, maxSegmentSize);
        _opened.Add(log);
        return log;
    }

    protected long Execute(string sql)
    {
        using NpgsqlConnection connection = new(ConnectionString);
        connection.Open();
        using NpgsqlCommand command = new(sql, connection);
        return command.ExecuteNonQuery();
    }

    /// <summary>Ends the connections of the logs, as a server that is restarted does.</summary>
    protected void Cut() => Execute($"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = '{_schema}'");

    protected string[] Read(string sql)
    {
        using NpgsqlConnection connection = new(ConnectionString);
        connection.Open();
        using NpgsqlCommand command = new(sql, connection);
        using NpgsqlDataReader reader = command.ExecuteReader();
        List<string> lines = [];
        while (reader.Read())
        {
            lines.Add(Convert.ToString(reader.GetValue(0), null)!);
        }

        return [.. lines];
    }

    /// <summary>Commits as another node does; the nonce is a hundred times the number.</summary>
    protected void Commit(long number, params StateItem[] touched) => Commit(number, number * 100, touched);

    protected void Commit(long number, long nonce, params StateItem[] touched) =>
        Execute($"INSERT INTO commits VALUES ({number}, '{string.Join('\n', touched.Select(CommitsTable.WriteItem))}', {nonce})");

    internal static AuditRecord NewEvent(
        string eventId, string time = "2026-03-04T05:06:07Z", string? keyId = "key-1", string? secondKeyId = null, string name = "Encrypt",
        string region = Region, bool isUse = true) =>
        StoreFixture.NewEvent(eventId, time, keyId, secondKeyId, name, region, isUse);

    protected static StateReads Reads(long version, params StateItem[] items) => new(version, [StateItem.Settings, StateItem.Everything, .. items]);

    protected static string[] Ids(IEnumerable<AuditRecord> events) => [.. events.Select(static found => found.EventId)];

    public void Dispose()
    {
        _opened.ForEach(static log => log.Dispose());
        Connections.Dispose();
        Execute($"DROP SCHEMA {_schema} CASCADE");
        _secrets.Dispose();
        GC.SuppressFinalize(this);
    }

    /// <summary>Connections as those of a node, which can be cut off before or after a statement.</summary>
    internal sealed class TestConnections : IEventConnections, IDisposable
    {
        private readonly NpgsqlDataSource _source;

        public TestConnections(string connectionString)
        {
            NpgsqlSlimDataSourceBuilder builder = new(connectionString + ";No Reset On Close=true");
            builder.EnableArrays();
            builder.ConfigureTypeLoading(static types => types.EnableTypeLoading(false));
            _source = builder.Build();
        }

        public NpgsqlConnection Open() => _source.OpenConnection();

        public ValueTask<NpgsqlConnection> OpenAsync() => _source.OpenConnectionAsync();

        public bool IsLost(Exception exception)
        {
            _source.Clear();
            return DatabaseErrors.IsLostConnection(exception);
        }

        public bool IsFault(Exception exception) => exception is DbException or IOException or TimeoutException
            or InvalidOperationException and not ObjectDisposedException;

        public StateStoreException Explain(Exception exception) => new(exception.Message, exception);

        public void Dispose() => _source.Dispose();
    }

    /// <summary>What a node knows of commits.</summary>
    internal sealed class TestCommits : IKnownCommits
    {
        private readonly Lock _gate = new();
        private readonly List<StateCommit> _known = [];
        private long _complete;

        public long Newest => Mark.Number;

        /// <summary>The nonce of the commit that this node is making.</summary>
        public long Own { get; set; } = -1;

        private CommitMark Mark { get; set; }

        public KnownCommits Look()
        {
            lock (_gate)
            {
                return new KnownCommits(Mark, Own);
            }
        }

        public bool IsStale(StateReads reads)
        {
            lock (_gate)
            {
                return reads.Version < _complete || _known.Exists(commit =>
                    commit.Number > reads.Version && commit.Nonce != Own && commit.Touched.Any(reads.Items.Contains));
            }
        }

        public void Learn(CommitNews news)
        {
            StateChanges changes = news.Changes;
            lock (_gate)
            {
                if (news.IsReplaced || changes.Number < news.Known.Number)
                {
                    throw new StateStoreException("lost") { LostChanges = PostgreSqlVersion.LostSince(news.Known, changes.Number) };
                }

                _known.AddRange(changes.Commits);
                _complete = changes.IsComplete ? _complete : changes.Number;
                if (changes.Number > Newest)
                {
                    Mark = new CommitMark(changes.Number, changes.Commits[^1].Nonce);
                }
            }
        }
    }
}
