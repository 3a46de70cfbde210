using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.Tables;
using Npgsql;
using NpgsqlTypes;

namespace KmsTools.Storage.PostgreSql.Events;

/// <summary>
/// The statement that every call waits for, on one connection: in one round trip it appends the events of a group and moves the catalogue on,
/// unless newer commits have touched what the calls have read, and says which commits are newer. Used by one caller at a time.
/// </summary>
internal sealed class AppendStatement : IAsyncDisposable, IDisposable
{
    // All parts see the same moment. Numbers that are not consecutive, or less than what is known, are commits that cannot be looked at. If
    // the commit that is known is another one, the server has lost it.
    private const string Sql =
        """
        WITH news AS MATERIALIZED (SELECT number, touched, nonce FROM commits WHERE number > @known),
        stale AS MATERIALIZED (
            SELECT 1 FROM news WHERE nonce <> @own AND string_to_array(touched, E'\n') && @items
            UNION ALL
            SELECT 1 WHERE (SELECT coalesce(max(number), 0) FROM commits) <> @known + (SELECT count(*) FROM news)
            UNION ALL
            SELECT 1 WHERE @known > 0 AND NOT EXISTS (SELECT 1 FROM commits WHERE number = @known AND nonce = @nonce)),
        moved AS (
            UPDATE event_segments
            SET moved = @moved, events = @events, size = @size, first_time = @first_time, last_time = @last_time, head = @head, mac = @mac
            WHERE number = @segment AND status = 'OPEN' AND node = @node AND events = @before AND NOT EXISTS (SELECT 1 FROM stale)
            RETURNING number),
        added AS (
            INSERT INTO events (segment, position, time, recorded, name, region, key_id, second_key_id, is_use, body, hash)
            SELECT moved.number, added.*
            FROM moved, unnest(@positions, @times, @recorded, @names, @regions, @key_ids, @second_key_ids, @uses, @bodies, @hashes) AS added)
        SELECT
            (SELECT count(*) FROM moved),
            (SELECT count(*) FROM stale),
            (SELECT coalesce(max(number), 0) FROM commits),
            (SELECT array_agg(number ORDER BY number) FROM news),
            (SELECT array_agg(touched ORDER BY number) FROM news),
            (SELECT array_agg(nonce ORDER BY number) FROM news),
            (SELECT count(*) FROM commits WHERE number = @known AND nonce <> @nonce)
        """;

    private readonly NpgsqlConnection _connection;
    private readonly NpgsqlCommand _command;
    private readonly NpgsqlParameter<long> _known;
    private readonly NpgsqlParameter<long> _nonce;
    private readonly NpgsqlParameter<long> _own;
    private readonly NpgsqlParameter<string[]> _items;
    private readonly NpgsqlParameter<long> _moved;
    private readonly NpgsqlParameter<long> _events;
    private readonly NpgsqlParameter<long> _size;
    private readonly NpgsqlParameter<long> _firstTime;
    private readonly NpgsqlParameter<long> _lastTime;
    private readonly NpgsqlParameter<byte[]> _head;
    private readonly NpgsqlParameter<byte[]> _mac;
    private readonly NpgsqlParameter<long> _segment;
    private readonly NpgsqlParameter<string> _node;
    private readonly NpgsqlParameter<long> _before;
    private readonly NpgsqlParameter<long[]> _positions;
    private readonly NpgsqlParameter<long[]> _times;
    private readonly NpgsqlParameter<long[]> _recorded;
    private readonly NpgsqlParameter<string[]> _names;
    private readonly NpgsqlParameter<string[]> _regions;
    private readonly NpgsqlParameter<string?[]> _keyIds;
    private readonly NpgsqlParameter<string?[]> _secondKeyIds;
    private readonly NpgsqlParameter<long[]> _uses;
    private readonly NpgsqlParameter<byte[][]> _bodies;
    private readonly NpgsqlParameter<byte[][]> _hashes;

    /// <summary>Makes the statement.</summary>
    /// <param name="connection">An open connection, which the statement closes.</param>
    public AppendStatement(NpgsqlConnection connection)
    {
        _connection = connection;
        _command = new NpgsqlCommand(Sql, connection);
        _known = Add<long>("known", NpgsqlDbType.Bigint);
        _nonce = Add<long>("nonce", NpgsqlDbType.Bigint);
        _own = Add<long>("own", NpgsqlDbType.Bigint);
        _items = Add<string[]>("items", NpgsqlDbType.Array | NpgsqlDbType.Text);
        _moved = Add<long>("moved", NpgsqlDbType.Bigint);
        _events = Add<long>("events", NpgsqlDbType.Bigint);
        _size = Add<long>("size", NpgsqlDbType.Bigint);
        _firstTime = Add<long>("first_time", NpgsqlDbType.Bigint);
        _lastTime = Add<long>("last_time", NpgsqlDbType.Bigint);
        _head = Add<byte[]>("head", NpgsqlDbType.Bytea);
        _mac = Add<byte[]>("mac", NpgsqlDbType.Bytea);
        _segment = Add<long>("segment", NpgsqlDbType.Bigint);
        _node = Add<string>("node", NpgsqlDbType.Text);
        _before = Add<long>("before", NpgsqlDbType.Bigint);
        _positions = Add<long[]>("positions", NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        _times = Add<long[]>("times", NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        _recorded = Add<long[]>("recorded", NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        _names = Add<string[]>("names", NpgsqlDbType.Array | NpgsqlDbType.Text);
        _regions = Add<string[]>("regions", NpgsqlDbType.Array | NpgsqlDbType.Text);
        _keyIds = Add<string?[]>("key_ids", NpgsqlDbType.Array | NpgsqlDbType.Text);
        _secondKeyIds = Add<string?[]>("second_key_ids", NpgsqlDbType.Array | NpgsqlDbType.Text);
        _uses = Add<long[]>("uses", NpgsqlDbType.Array | NpgsqlDbType.Bigint);
        _bodies = Add<byte[][]>("bodies", NpgsqlDbType.Array | NpgsqlDbType.Bytea);
        _hashes = Add<byte[][]>("hashes", NpgsqlDbType.Array | NpgsqlDbType.Bytea);
    }

    /// <summary>Compiles it.</summary>
    public Task PrepareAsync(bool isAsync)
    {
        if (isAsync)
        {
            return _command.PrepareAsync();
        }

        _command.Prepare();
        return Task.CompletedTask;
    }

    /// <summary>Appends events, if nothing is stale and the segment is as it was.</summary>
    /// <param name="before">The segment.</param>
    /// <param name="after">The segment with the events.</param>
    /// <param name="mac">The MAC of its row then.</param>
    /// <param name="events">The events.</param>
    /// <param name="items">What the calls have read.</param>
    /// <param name="known">What is known of commits.</param>
    /// <param name="isAsync">Whether not to block the thread.</param>
    public async ValueTask<AppendOutcome> RunAsync(
        SegmentRow before,
        SegmentRow after,
        byte[] mac,
        ChainedEvent[] events,
        IReadOnlyCollection<StateItem> items,
        KnownCommits known,
        bool isAsync)
    {
        _known.TypedValue = known.Newest.Number;
        _nonce.TypedValue = known.Newest.Nonce;
        _own.TypedValue = known.OwnNonce;
        _items.TypedValue = [.. items.Select(static item => StoredText.Write(CommitsTable.WriteItem(item)))];
        _moved.TypedValue = after.Moved;
        _events.TypedValue = after.Events;
        _size.TypedValue = after.Size;
        _firstTime.TypedValue = after.FirstTime;
        _lastTime.TypedValue = after.LastTime;
        _head.TypedValue = after.Head;
        _mac.TypedValue = mac;
        _segment.TypedValue = before.Number;
        _node.TypedValue = before.Node;
        _before.TypedValue = before.Events;
        _positions.TypedValue = Array.ConvertAll(events, static added => added.Entry.Offset);
        _times.TypedValue = Array.ConvertAll(events, static added => added.Entry.Time);
        _recorded.TypedValue = Array.ConvertAll(events, static added => added.Entry.Recorded);
        _names.TypedValue = Array.ConvertAll(events, static added => StoredText.Write(added.Name));
        _regions.TypedValue = Array.ConvertAll(events, static added => StoredText.Write(added.Entry.Region));
        _keyIds.TypedValue = Array.ConvertAll(events, static added => StoredText.Write(added.Entry.KeyId));
        _secondKeyIds.TypedValue = Array.ConvertAll(events, static added => StoredText.Write(added.Entry.SecondKeyId));
        _uses.TypedValue = Array.ConvertAll(events, static added => added.Entry.IsUse ? 1L : 0L);
        _bodies.TypedValue = Array.ConvertAll(events, static added => added.Body);
        _hashes.TypedValue = Array.ConvertAll(events, static added => added.Hash);
        if (isAsync)
        {
            await using NpgsqlDataReader reader = await _command.ExecuteReaderAsync().ConfigureAwait(false);
            await reader.ReadAsync().ConfigureAwait(false);
            AppendOutcome outcome = Read(reader, known);

            // The statement has committed only when it has ended.
            await reader.NextResultAsync().ConfigureAwait(false);
            return outcome;
        }
        else
        {
            using NpgsqlDataReader reader = _command.ExecuteReader();
            reader.Read();
            AppendOutcome outcome = Read(reader, known);
            reader.NextResult();
            return outcome;
        }
    }

    public void Dispose()
    {
        _command.Dispose();
        _connection.Dispose();
    }

    public async ValueTask DisposeAsync()
    {
        await _command.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }

    private static AppendOutcome Read(NpgsqlDataReader reader, KnownCommits known)
    {
        long newest = reader.GetInt64(2);
        ImmutableArray<StateCommit> commits = reader.IsDBNull(3)
            ? []
            :
            [
                .. reader.GetFieldValue<long[]>(3).Zip(
                    Array.ConvertAll(reader.GetFieldValue<string[]>(4), StoredText.Read),
                    reader.GetFieldValue<long[]>(5))
                    .Select(static row => new StateCommit(row.First, CommitsTable.ReadItems(row.Second)) { Nonce = row.Third }),
            ];
        return new AppendOutcome(
            reader.GetInt64(0) > 0,
            reader.GetInt64(1) > 0,
            new CommitNews(
                known.Newest,
                reader.GetInt64(6) > 0,
                new StateChanges(newest, commits.Length == newest - known.Newest.Number, commits)));
    }

    private NpgsqlParameter<T> Add<T>(string name, NpgsqlDbType type)
    {
        NpgsqlParameter<T> parameter = new(name, type);
        _command.Parameters.Add(parameter);
        return parameter;
    }
}

/// <summary>What an <see cref="AppendStatement"/> has done.</summary>
/// <param name="IsAppended">Whether the events are appended.</param>
/// <param name="IsStale">Whether it is because of newer commits that they are not; otherwise the segment is not as it was.</param>
/// <param name="News">The commits that were not known.</param>
internal sealed record AppendOutcome(bool IsAppended, bool IsStale, CommitNews News);
