using KmsTools.Storage.Sql;

namespace KmsTools.Storage.PostgreSql;

/// <summary>Which commits a database has, of one connection.</summary>
internal sealed class CommitRows(IDatabase database)
{
    private readonly Statement _newest = new(database, "SELECT number, nonce FROM commits ORDER BY number DESC LIMIT 1");
    private readonly Statement _find = new(database, "SELECT nonce FROM commits WHERE number = @number");
    private readonly Statement _id = new(database, "SELECT database_id FROM schema_version WHERE id = 1");

    /// <summary>The newest commit.</summary>
    public CommitMark ReadNewest() => _newest.Find(static row => new CommitMark(row.Number("number"), row.Number("nonce")));

    /// <summary>The nonce of the commit with a number; null if that is not there, or not any more.</summary>
    public long? FindNonce(long number) => _find.Find(static row => (long?)row.Number("nonce"), ("number", number));

    /// <summary>Names the database, and what servers have of it that follow its own or were made from a dump.</summary>
    public string ReadDatabaseId() => _id.Find(static row => row.Text("database_id"))!;
}
