using KmsTools.Persistence;

namespace KmsTools.Storage;

/// <summary>
/// What the verification of records finds, in whatever database they are, and how their numbers are compared: in SQL that all know.
/// </summary>
internal static class RecordFindings
{
    /// <summary>
    /// The numbers that differ: the name of what was counted, the number that was counted, the number that is there. Both directions:
    /// what was
    /// counted and is not there, and what is there and was not counted.
    /// </summary>
    public const string WrongCounts =
        """
        WITH counted AS (SELECT scope AS name, count FROM key_counts WHERE count <> 0
                UNION ALL SELECT 'grants of ' || region || ' ' || key_id, count FROM grant_counts WHERE count <> 0),
            present AS (SELECT 'region ' || region AS name, count(*) AS count FROM keys WHERE key_manager = 'CUSTOMER' GROUP BY region
                UNION ALL SELECT 'store ' || custom_key_store_id, count(*) FROM keys WHERE custom_key_store_id IS NOT NULL
                    GROUP BY custom_key_store_id
                UNION ALL SELECT 'grants of ' || region || ' ' || key_id, count(*) FROM grants GROUP BY region, key_id)
        SELECT coalesce(counted.name, present.name), coalesce(counted.count, 0), coalesce(present.count, 0)
        FROM counted FULL JOIN present ON counted.name = present.name
        WHERE coalesce(counted.count, 0) <> coalesce(present.count, 0) ORDER BY 1
        """;

    /// <summary>What is wrong, in a sentence.</summary>
    public static string Describe(string name, long counted, long present) =>
        $"There were {counted} records ({name}), and {present} are there.";

    /// <summary>The finding about numbers that differ.</summary>
    public static StoreFinding Find(string name, long counted, long present)
    {
        string table = name.StartsWith("grants", StringComparison.Ordinal) ? "grants" : "keys";
        return new StoreFinding(StoreFindingKind.RECORDS_MISSING, table, Describe(name, counted, present)) { Table = table };
    }

    /// <summary>The finding about records that belong to others which do not exist.</summary>
    public static StoreFinding FindOrphan(string table, string parent) => new(
        StoreFindingKind.RECORDS_MISSING, table, $"A record in table '{table}' belongs to one in table '{parent}' that does not exist.")
    {
        Table = table,
    };

    /// <summary>The finding about a record on a page that cannot be read.</summary>
    /// <param name="table">The table.</param>
    /// <param name="key">The record.</param>
    public static StoreFinding FindUnreadable(string table, string key) => new(
        StoreFindingKind.FILE_DAMAGED,
        $"{table}: {key}",
        $"The record {key} in table '{table}' of the store cannot be read. Restore the folder of the store from a backup.")
    {
        Table = table,
        Record = key,
    };

    /// <summary>The finding about all records of a table between two that can be read, of which not even the number is known.</summary>
    /// <param name="table">The table.</param>
    /// <param name="after">The last record before; null if there is none.</param>
    /// <param name="before">The first record behind; null if there is none.</param>
    public static StoreFinding FindUnreadable(string table, string? after, string? before)
    {
        string place = (after, before) switch
        {
            (null, null) => "",
            (null, _) => $" before {before}",
            (_, null) => $" after {after}",
            _ => $" between {after} and {before}",
        };
        return new StoreFinding(
            StoreFindingKind.FILE_DAMAGED,
            table,
            $"Records in table '{table}' of the store{place} cannot be read. Restore the folder of the store from a backup.")
        {
            Table = table,
        };
    }

    /// <summary>The finding about a record whose MAC is not that of its content.</summary>
    public static StoreFinding FindChanged(string table, string key) => new(
        StoreFindingKind.RECORD_CHANGED, $"{table}: {key}", Sql.RowAuthenticator.Refusal(table, key).Message)
    {
        Table = table,
        Record = key,
    };
}
