using System.Collections.Immutable;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>What the newest commits have touched: one row for each.</summary>
internal sealed class CommitsTable(IDatabase database)
{
    // A process whose caches know less forgets all of them.
    private const long MinKept = 256;

    // More would take longer to read than everything that caches hold.
    private const int MaxItems = 1000;

    private readonly Statement _insert = new(
        database,
        "INSERT INTO commits (number, touched) SELECT coalesce(max(number), 0) + 1, @touched FROM commits RETURNING number");

    private readonly Statement _list = new(
        database, "SELECT number, touched FROM commits WHERE number > @after ORDER BY number");

    private readonly Statement _newest = new(database, "SELECT coalesce(max(number), 0) AS number FROM commits");
    private readonly Statement _deleteUntil = new(database, "DELETE FROM commits WHERE number <= @number");

    /// <summary>Adds the row of a transaction, its last change. From time to time it deletes old rows.</summary>
    /// <returns>The number of the commit, and what it reports: everything in place of too many items.</returns>
    public StateCommit Insert(IReadOnlyCollection<StateItem> touched)
    {
        ImmutableArray<StateItem> items = touched.Count > MaxItems ? [StateItem.Everything] : [.. touched];
        long number = _insert.Find(static row => row.Number("number"), ("touched", string.Join('\n', items.Select(Write))));
        if (number % MinKept == 0)
        {
            _deleteUntil.Run(("number", number - MinKept));
        }

        return new StateCommit(number, items);
    }

    /// <summary>What has changed since a commit.</summary>
    /// <param name="after">The number of that commit; null for none, when nothing is known.</param>
    public StateChanges Read(long? after)
    {
        if (after is null)
        {
            return new StateChanges(_newest.Find(static row => row.Number("number")), IsComplete: false, []);
        }

        ImmutableArray<StateCommit> commits = _list.List(
            static row => new StateCommit(row.Number("number"), Read(row.Text("touched"))), ("after", after));
        return commits.IsEmpty
            ? new StateChanges(after.Value, IsComplete: true, [])
            : new StateChanges(commits[^1].Number, commits[0].Number == after + 1, commits);
    }

    private static string Write(StateItem item) => $"{item.Kind} {item.Region} {item.Name}";

    private static ImmutableArray<StateItem> Read(string touched) =>
        touched.Length == 0 ? [] : [.. touched.Split('\n').Select(ReadItem)];

    private static StateItem ReadItem(string line)
    {
        string[] parts = line.Split(' ', 3);
        return new StateItem(Enum.Parse<StateItemKind>(parts[0]), parts[1], parts[2]);
    }
}
