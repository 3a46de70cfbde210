using System.Text.RegularExpressions;
using KmsTools.Storage.Tables;

namespace KmsTools.Storage.Tests.PostgreSql;

/// <summary>What is due is asked all the time: it costs the same however many keys there are, as the plans of a real server show.</summary>
public sealed partial class DueKeysTests : DatabaseFixture
{
    private const int KeyCount = 100_000;
    private const string Types = "bigint, text, bigint";

    // A few pages of an index, and one of the table for each of the three keys that are due.
    private const int MaxPages = 10;

    [Fact]
    public void DueKeys_OfManyKeys_AreReadFromAnIndexAlone()
    {
        OpenDatabase().Dispose();

        // Others are due later, or never. The triggers would count them one by one.
        Query(
            $"""
            SET session_replication_role = replica;
            INSERT INTO keys (region, key_id, account_id, creation_date, description, key_spec, key_usage, origin, key_manager, is_enabled,
                reserved_messages, next_due, tags, policy, is_deletion_held, is_rotation_held, mac)
            SELECT CASE n % 4 WHEN 0 THEN 'us-west-2' ELSE 'us-east-1' END, 'key-' || n, '111122223333', 1, '', 'SYMMETRIC_DEFAULT',
                'ENCRYPT_DECRYPT', 'AWS_KMS', 'CUSTOMER', 1, 0, CASE WHEN n % 3 = 0 THEN n END, '[]', repeat('p', 300), 0, 0, '\x00'
            FROM generate_series(1, {KeyCount}) AS n
            """);
        foreach (bool isAnalyzed in new[] { false, true })
        {
            if (isAnalyzed)
            {
                Query("ANALYZE keys");
            }

            // The first executions of a prepared statement have a plan for their values, later ones often one for any.
            foreach (string mode in new[] { "force_custom_plan", "force_generic_plan" })
            {
                AssertPlan(mode, KeysTable.EarliestDueSql, rows: 1);
                AssertPlan(mode, KeysTable.FindDueSql, rows: 1);
                AssertPlan(mode, KeysTable.ListDueSql, rows: 3);
                AssertPlan(mode, KeysTable.ListDueOfAllSql, rows: 3);
                AssertPlan(mode, KeysTable.ListDueOfRegionSql, rows: 3);
            }
        }
    }

    // Of the keys due until 9, which are 3, 6 and 9, none is in us-west-2: all others there are due later.
    private void AssertPlan(string mode, string sql, int rows)
    {
        string text = sql.Replace("@now", "$1").Replace("@region", "$2").Replace("@limit", "$3");
        string plan = Query(
            $"""
            SET plan_cache_mode = {mode};
            PREPARE due ({Types}) AS {text};
            EXPLAIN (ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF) EXECUTE due (9, 'us-east-1', 100)
            """);
        string log = $"{mode}: {sql}\n{plan}";
        Assert.True(plan.Contains("keys_by_next_due", StringComparison.Ordinal), log);
        Assert.False(plan.Contains("Seq Scan", StringComparison.Ordinal), log);
        Assert.True(plan.Contains($"(actual rows={rows}", StringComparison.Ordinal), log);
        Assert.True(!plan.Contains("Rows Removed", StringComparison.Ordinal), log);
        int pages = Pages().Match(plan).Groups["hit"].Value is { Length: > 0 } hit ? int.Parse(hit) : 0;
        Assert.True(pages is > 0 and <= MaxPages, log);
    }

    [GeneratedRegex("Buffers: shared hit=(?<hit>[0-9]+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Pages();
}
