using System.Collections.Concurrent;
using System.Data.Common;
using KmsTools.Persistence;
using Npgsql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// Counters in the database that all nodes share. A node reserves requests in blocks, of an eighth of what is left of the limit within the
/// second, so that most requests need no round trip. What a node has reserved and does not use is lost to the others: close to its limit,
/// a quota may refuse a little early, and never lets more pass.
/// </summary>
/// <param name="connections">The connections of the node.</param>
internal sealed class PostgreSqlRequestCounters(Connections connections) : IRequestCounters, IDisposable
{
    // Of what is left, one part in so many is reserved at a time.
    private const int Parts = 8;

    // In seconds. Clocks of nodes may differ by some.
    private const long Kept = 60;

    // Returns what all nodes have reserved together, and no row where that would be more than the limit. What is reserved at once is never
    // more than the limit itself.
    private const string Reserve =
        """
        INSERT INTO request_counts (name, second, count) VALUES ($1, $2, $3)
        ON CONFLICT (name, second) DO UPDATE SET count = request_counts.count + $3 WHERE request_counts.count + $3 <= $4
        RETURNING count
        """;

    private readonly ConcurrentDictionary<string, Block> _blocks = new(StringComparer.Ordinal);
    private long _deleted;

    public bool TryCount(string name, long second, int requests, long limit)
    {
        Block block = _blocks.GetOrAdd(name, static _ => new Block());
        lock (block)
        {
            // A thread that read the clock just before the second ended must not set the counter back; a clock may be set back.
            if (block.Second != second && block.Second != second + 1)
            {
                block.Begin(second);
            }

            if (requests > block.Reserved && !block.IsFull(requests))
            {
                Fill(name, block, requests, limit);
            }

            if (requests > block.Reserved)
            {
                return false;
            }

            block.Reserved -= requests;
            return true;
        }
    }

    public long Read(string name, long second) => Execute(connection =>
    {
        using NpgsqlCommand command = new("SELECT count FROM request_counts WHERE name = $1 AND second = $2", connection);
        Add(command, name);
        Add(command, second);
        long counted = command.ExecuteScalar() as long? ?? 0;
        return counted - (_blocks.TryGetValue(name, out Block? block) && block.Second == second ? block.Reserved : 0);
    });

    public void Dispose() => _blocks.Clear();

    private static void Add(NpgsqlCommand command, object value) => command.Parameters.Add(new NpgsqlParameter { Value = value });

    private static long? TryReserve(NpgsqlConnection connection, string name, long second, long count, long limit)
    {
        using NpgsqlCommand command = new(Reserve, connection);
        Add(command, name);
        Add(command, second);
        Add(command, count);
        Add(command, limit);
        return command.ExecuteScalar() as long?;
    }

    // First a block; where not so much is left, just what is needed.
    private void Fill(string name, Block block, int requests, long limit)
    {
        if (requests > limit)
        {
            return;
        }

        long missing = requests - block.Reserved;
        long wanted = Math.Max(missing, (limit - block.Counted) / Parts);
        Execute(connection =>
        {
            DeleteOld(connection, block.Second);
            foreach (long count in wanted > missing ? [wanted, missing] : new[] { missing })
            {
                if (TryReserve(connection, name, block.Second, count, limit) is { } counted)
                {
                    block.Reserved += count;
                    block.Counted = counted;
                    return true;
                }
            }

            block.RefusedFrom = missing;
            return false;
        });
    }

    private void DeleteOld(NpgsqlConnection connection, long second)
    {
        long before = Interlocked.Read(ref _deleted);
        if (second - before >= Kept && Interlocked.CompareExchange(ref _deleted, second, before) == before)
        {
            using NpgsqlCommand command = new("DELETE FROM request_counts WHERE second < $1", connection);
            Add(command, second - Kept);
            command.ExecuteNonQuery();
        }
    }

    private T Execute<T>(Func<NpgsqlConnection, T> execute)
    {
        using NpgsqlConnection connection = connections.Open();
        try
        {
            return execute(connection);
        }
        catch (Exception exception) when (exception is DbException or IOException or TimeoutException)
        {
            throw connections.Explain(exception);
        }
    }

    /// <summary>What this node has reserved of a second. Locked while it is used.</summary>
    private sealed class Block
    {
        public long Second { get; private set; }

        /// <summary>How many requests are reserved and not used.</summary>
        public long Reserved { get; set; }

        /// <summary>How many all nodes had reserved when this one looked last.</summary>
        public long Counted { get; set; }

        /// <summary>So many were refused: there is no need to ask again within the second.</summary>
        public long RefusedFrom { get; set; }

        public void Begin(long second)
        {
            Second = second;
            Reserved = 0;
            Counted = 0;
            RefusedFrom = long.MaxValue;
        }

        public bool IsFull(int requests) => requests - Reserved >= RefusedFrom;
    }
}
