using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>
/// The newest commits, a row for each: what it touched, for the caches of all processes; and its events, until they are in the event log
/// and on the disk. The numbers are consecutive, except behind changes that the state has lost, and the newest row is never deleted.
/// </summary>
internal sealed class CommitsTable(IDatabase database)
{
    // A process whose caches know less forgets all of them.
    private const long MinKept = 256;

    // More would take longer to read than everything that caches hold.
    private const int MaxItems = 1000;

    private readonly Statement _newest = new(
        database, "SELECT coalesce(max(number), 0) AS number FROM commits", isHot: true);

    private readonly Statement _insert = new(
        database, "INSERT INTO commits (number, touched, segment, events) VALUES (@number, @touched, @segment, @events)", isHot: true);

    private readonly Statement _insertWithNonce = new(
        database, "INSERT INTO commits (number, touched, nonce) VALUES (@number, @touched, @nonce)", isHot: true);

    private readonly Statement _list = new(
        database, $"SELECT {ColumnsOf(database)} FROM commits WHERE number > @after ORDER BY number", isHot: true);

    private readonly Statement _listFrom = new(
        database, $"SELECT {ColumnsOf(database)} FROM commits WHERE number >= @from ORDER BY number", isHot: true);

    private readonly bool _hasNonces = database.HasNonces;

    private readonly Func<Row, StateCommit> _read = database.HasNonces
        ? static row => new StateCommit(row.Number("number"), ReadItems(row.Text("touched"))) { Nonce = row.Number("nonce") }
        : static row => new StateCommit(row.Number("number"), ReadItems(row.Text("touched")));

    private readonly Statement _deleteWithoutEvents = new(database, "DELETE FROM commits WHERE number <= @number AND segment IS NULL");

    private readonly Statement _deleteOfSegment = new(
        database,
        """
        DELETE FROM commits
        WHERE number <= @number AND segment = @segment AND number <= (SELECT max(number) FROM commits) - @kept
        """);

    private readonly Statement _clearEvents = new(
        database, "UPDATE commits SET segment = NULL, events = NULL WHERE segment = @segment AND number <= @number");

    private readonly Statement _listEvents = new(
        database, "SELECT number, segment, events FROM commits WHERE segment IS NOT NULL ORDER BY number");

    /// <summary>
    /// The highest number that was used before, if it is not in the table: that of changes which the state has lost, so that no number is
    /// used twice.
    /// </summary>
    public long LastUsed { get; set; }

    /// <summary>
    /// The commit of the transaction in progress: its number, and what it reports, which is everything in place of too many items.
    /// </summary>
    /// <param name="touched">What it has touched.</param>
    /// <param name="newest">The number of the newest commit; null to look.</param>
    public StateCommit Next(IReadOnlyCollection<StateItem> touched, long? newest) => new(
        Math.Max(newest ?? ReadNewest(), LastUsed) + 1, touched.Count > MaxItems ? [StateItem.Everything] : [.. touched])
    {
        Nonce = _hasNonces ? NewNonce() : 0,
    };

    /// <summary>Adds the row of a transaction, its last change. From time to time it deletes old rows.</summary>
    public void Insert(StateCommit commit, OutboxItem? events)
    {
        string touched = string.Join('\n', commit.Touched.Select(WriteItem));
        if (_hasNonces)
        {
            _insertWithNonce.Run(("number", commit.Number), ("touched", touched), ("nonce", commit.Nonce));
        }
        else
        {
            _insert.Run(
                ("number", commit.Number),
                ("touched", touched),
                ("segment", events?.Segment),
                ("events", events is null ? null : Save(events)));
        }

        if (commit.Number % MinKept == 0)
        {
            _deleteWithoutEvents.Run(("number", commit.Number - MinKept));
        }
    }

    /// <summary>What has changed since a commit.</summary>
    /// <param name="after">The number of that commit; null for none, when nothing is known.</param>
    public StateChanges Read(long? after)
    {
        if (after is null)
        {
            return new StateChanges(ReadNewest(), IsComplete: false, []);
        }

        ImmutableArray<StateCommit> commits = _list.List(_read, ("after", after));
        return commits.IsEmpty
            ? new StateChanges(after.Value, IsComplete: true, [])
            : new StateChanges(commits[^1].Number, commits[^1].Number - after == commits.Length, commits);
    }

    /// <summary>What has changed since a commit, and whether that commit is still there.</summary>
    /// <param name="known">The commit.</param>
    public CommitNews ReadFrom(CommitMark known)
    {
        ImmutableArray<StateCommit> commits = _listFrom.List(_read, ("from", known.Number));
        bool isThere = !commits.IsEmpty && commits[0].Number == known.Number;
        return new CommitNews(
            known,
            isThere && commits[0].Nonce != known.Nonce,
            commits.IsEmpty ? new StateChanges(0, IsComplete: known.Number == 0, [])
                : isThere ? new StateChanges(commits[^1].Number, IsComplete: true, commits.RemoveAt(0))
                : new StateChanges(commits[^1].Number, IsComplete: known.Number == 0 && commits[0].Number == 1, commits));
    }

    /// <summary>
    /// Deletes old rows of a segment up to one, whose events are in it and on the disk. The newest rows stay: caches need them, and to
    /// delete a row at once is cheaper than to change it first.
    /// </summary>
    public void DeleteOld(int segment, long number) =>
        _deleteOfSegment.Run(("number", number), ("segment", segment), ("kept", MinKept));

    /// <summary>Removes the events of commits up to one, which are in a segment and on the disk.</summary>
    public void ClearEvents(int segment, long number) => _clearEvents.Run(("segment", segment), ("number", number));

    /// <summary>The commits whose events are kept, in their order.</summary>
    public ImmutableArray<OutboxItem> ListEvents() => _listEvents.List(static row =>
    {
        long number = row.Number("number");
        int segment = row.SmallNumber("segment");
        byte[] saved = row.Bytes("events");
        return new OutboxItem(number, segment, BinaryPrimitives.ReadInt64LittleEndian(saved), saved[sizeof(long)..]);
    });

    private static string ColumnsOf(IDatabase database) => database.HasNonces ? "number, touched, nonce" : "number, touched";

    // Positive, so that a number below zero is that of no commit.
    private static long NewNonce() => 1 + (BitConverter.ToInt64(RandomNumberGenerator.GetBytes(sizeof(long))) & (long.MaxValue >> 1));

    private static byte[] Save(OutboxItem item)
    {
        byte[] saved = new byte[sizeof(long) + item.Events.Length];
        BinaryPrimitives.WriteInt64LittleEndian(saved, item.SegmentLength);
        item.Events.CopyTo(saved, sizeof(long));
        return saved;
    }

    /// <summary>An item as the rows have it, on a line of its own.</summary>
    public static string WriteItem(StateItem item) => $"{item.Kind} {item.Region} {item.Name}";

    /// <summary>The items that a row has.</summary>
    public static ImmutableArray<StateItem> ReadItems(string touched) =>
        touched.Length == 0 ? [] : [.. touched.Split('\n').Select(ReadItem)];

    private static StateItem ReadItem(string line)
    {
        // What is damaged may have been anything.
        return line.Split(' ', 3) is [var kind, var region, var name] && Enum.TryParse(kind, out StateItemKind parsed)
            ? new StateItem(parsed, region, name)
            : StateItem.Everything;
    }

    /// <summary>The number of the newest commit; 0 if there is none.</summary>
    public long ReadNewest() => _newest.Find(static row => row.Number("number"));
}

/// <summary>The events of a commit.</summary>
/// <param name="Number">The number of the commit.</param>
/// <param name="Segment">The segment in which they are, or will be.</param>
/// <param name="SegmentLength">A length that the segment had before they were appended.</param>
/// <param name="Events">The events as records whose hashes are missing.</param>
internal sealed record OutboxItem(long Number, int Segment, long SegmentLength, byte[] Events);

/// <summary>What a look at the commits has shown.</summary>
/// <param name="Known">The newest commit that was known before.</param>
/// <param name="IsReplaced">Whether another commit has its number now.</param>
/// <param name="Changes">What has changed since then. Its number is below that of the known commit if that is not there any more.</param>
internal sealed record CommitNews(CommitMark Known, bool IsReplaced, StateChanges Changes);
