using System.Collections;
using System.Reflection;
using KmsTools.Storage.PostgreSql;
using KmsTools.Storage.Sql;
using Npgsql;
using NpgsqlTypes;

namespace KmsTools.Storage.Tests.PostgreSql;

public sealed class TablesTests : DatabaseFixture
{
    private const BindingFlags Fields = BindingFlags.Instance | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    // The role of the fixture has no more rights than a node has.
    [Fact]
    public void EveryStatement_OfEveryTable_IsExecuted()
    {
        using StateConnection state = PostgreSqlConnection.Open(Node, NewMac());
        string[] statements = [.. Statements(state).Distinct()];
        Assert.True(statements.Length > 150, $"{statements.Length} statements");
        Assert.Contains("SELECT count FROM key_counts WHERE scope = @scope", statements);
        using NpgsqlConnection connection = Node.Open();
        foreach (string sql in statements)
        {
            Execute(connection, sql);
        }
    }

    [Fact]
    public void ListWithPolicyText_PagesOfAnySize_FindTheSame()
    {
        using StateConnection state = PostgreSqlConnection.Open(Node, NewMac());
        for (int i = 0; i < 6; i++)
        {
            state.Keys.Insert(StoreFixture.NewKey($"key-{i}") with
            {
                Region = i < 4 ? "us-east-1" : "us-west-2",
                Policy = i % 3 == 1 ? "{}" : "{\"AWS\":\"Alice\"}",
            });
        }

        for (int page = 1; page < 8; page++)
        {
            Assert.Equal(
                [("us-east-1", "key-0"), ("us-east-1", "key-2"), ("us-east-1", "key-3"), ("us-west-2", "key-5")],
                state.Keys.ListWithPolicyText("Alice", page));
        }
    }

    private static void Execute(NpgsqlConnection connection, string sql)
    {
        using NpgsqlTransaction transaction = connection.BeginTransaction();
        using NpgsqlCommand command = new(sql, connection);
        if (sql.Contains("length(@prefix)", StringComparison.Ordinal))
        {
            // Its value, which is never NULL, says what it is; the server would take it for a text.
            foreach (string name in StatementText.Of(sql).Parameters)
            {
                NpgsqlDbType type = name switch
                {
                    "prefix" => NpgsqlDbType.Bytea,
                    "position" or "limit" => NpgsqlDbType.Bigint,
                    _ => NpgsqlDbType.Text,
                };
                command.Parameters.Add(new NpgsqlParameter(name, type));
            }
        }
        else
        {
            NpgsqlCommandBuilder.DeriveParameters(command);
        }

        foreach (NpgsqlParameter parameter in command.Parameters)
        {
            parameter.Value = parameter.NpgsqlDbType switch
            {
                NpgsqlDbType.Bigint => 1L,
                NpgsqlDbType.Text => "a",
                NpgsqlDbType.Bytea => new byte[] { 1 },
                _ => throw new InvalidOperationException($"@{parameter.ParameterName} is {parameter.NpgsqlDbType} in: {sql}"),
            };
        }

        try
        {
            command.ExecuteNonQuery();
        }
        catch (PostgresException exception)
        {
            // Rows that belong to others, or are not possible: the statement was executed.
            Assert.True(exception.SqlState is "23503" or "23514", $"{exception.MessageText}: {sql}");
        }

        transaction.Rollback();
    }

    private static IEnumerable<string> Statements(object owner)
    {
        for (Type? type = owner.GetType(); type is not null && type != typeof(object); type = type.BaseType)
        {
            foreach (object? value in type.GetFields(Fields).Select(field => field.GetValue(owner)))
            {
                if (value is Statement statement)
                {
                    yield return (string)typeof(Statement).GetFields(Fields).Single(static field => field.FieldType == typeof(string))
                        .GetValue(statement)!;
                }
                else if (value is not null and not IEnumerable && value.GetType().Namespace == "KmsTools.Storage.Tables")
                {
                    foreach (string sql in Statements(value))
                    {
                        yield return sql;
                    }
                }
            }
        }
    }
}
