using KmsTools.Storage.PostgreSql;

namespace KmsTools.Storage.Copying;

/// <summary>
/// What the database of a shared store does by itself when records change: its triggers, their functions and rewrite rules. One that another
/// program added changes records as if the store had done it.
/// </summary>
internal static class DatabaseProgram
{
    private const string DisabledTrigger = "D";

    /// <summary>Compares it with what the scripts of the schema make.</summary>
    /// <returns>For each difference what the database has, lacks or has in another form: "has a trigger 't' on ...".</returns>
    public static IEnumerable<string> FindDifferences(DatabaseSession session)
    {
        const string triggers =
            """
            SELECT tgname::text, relname::text, tgenabled::text FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid
            WHERE relnamespace = current_schema()::regnamespace AND NOT tgisinternal ORDER BY tgname, relname
            """;
        const string rules = "SELECT rulename::text, tablename::text FROM pg_rules WHERE schemaname = current_schema() ORDER BY 1, 2";
        const string functions =
            "SELECT proname::text, prosrc FROM pg_proc WHERE pronamespace = current_schema()::regnamespace ORDER BY proname";
        HashSet<(string Name, string Table)> missing = [.. PostgreSqlSchema.Triggers];
        foreach ((string name, string table, string enabled) in session.Read(
            triggers, null, static reader => (reader.GetString(0), reader.GetString(1), reader.GetString(2))))
        {
            if (!PostgreSqlSchema.Triggers.Contains((name, table)))
            {
                yield return $"has a trigger '{name}' on '{table}' that KmsTools did not make.";
            }
            else if (enabled != DisabledTrigger)
            {
                missing.Remove((name, table));
            }
        }

        foreach ((string name, string table) in missing.Order())
        {
            yield return $"lacks a trigger '{name}' on '{table}', or it is disabled.";
        }

        foreach ((string name, string table) in session.Read(rules, null, static reader => (reader.GetString(0), reader.GetString(1))))
        {
            yield return $"has a rule '{name}' on '{table}' that KmsTools did not make.";
        }

        foreach ((string name, string body) in session.Read(
            functions, null, static reader => (reader.GetString(0), reader.GetString(1))))
        {
            if (PostgreSqlSchema.Functions.TryGetValue(name, out string? known) && known != body)
            {
                yield return $"has a function '{name}' that is not as KmsTools made it.";
            }
        }
    }
}
