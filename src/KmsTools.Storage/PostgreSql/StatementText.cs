using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Text;
using Npgsql;
using NpgsqlTypes;

namespace KmsTools.Storage.PostgreSql;

/// <summary>
/// The text of a statement as PostgreSQL has it: its parameters are numbers in place of names. Each is made once in a process.
/// </summary>
internal sealed class StatementText
{
    private static readonly ConcurrentDictionary<string, StatementText> s_known = new(StringComparer.Ordinal);

    private readonly string _sql;
    private readonly int[] _types;

    private StatementText(string sql)
    {
        _sql = sql;
        ImmutableArray<string>.Builder parameters = ImmutableArray.CreateBuilder<string>();
        Numbered = Number(sql, parameters);
        Parameters = parameters.DrainToImmutable();
        _types = new int[Parameters.Length];
        Array.Fill(_types, (int)NpgsqlDbType.Unknown);
    }

    /// <summary>The statement, with $1 in place of the first parameter.</summary>
    public string Numbered { get; }

    /// <summary>The names of the parameters in the order of their numbers.</summary>
    public ImmutableArray<string> Parameters { get; }

    /// <summary>The text of a statement whose parameters are written as @name.</summary>
    public static StatementText Of(string sql) => s_known.GetOrAdd(sql, static text => new StatementText(text));

    /// <summary>
    /// The command that executes the statement. The type of a parameter is that of its column at every execution, also where it is NULL: a
    /// prepared statement with other types would be another one.
    /// </summary>
    /// <param name="values">The values of all parameters: numbers, texts, bytes or <see cref="DBNull"/>.</param>
    /// <param name="derive">Opens a connection, to ask the database for types that no value has shown yet.</param>
    public NpgsqlBatchCommand Command(object[] values, Func<NpgsqlConnection> derive)
    {
        NpgsqlBatchCommand command = new(Numbered);
        for (int i = 0; i < values.Length; i++)
        {
            NpgsqlDbType type = values[i] switch
            {
                long => NpgsqlDbType.Bigint,
                string => NpgsqlDbType.Text,
                byte[] => NpgsqlDbType.Bytea,
                DBNull => KnownType(i, derive),
                _ => throw new InvalidOperationException($"A {values[i].GetType()} cannot be stored."),
            };
            Volatile.Write(ref _types[i], (int)type);
            object value = values[i] is string text ? StoredText.Write(text) : values[i];
            command.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = type, Value = value });
        }

        return command;
    }

    private NpgsqlDbType KnownType(int index, Func<NpgsqlConnection> derive)
    {
        NpgsqlDbType type = (NpgsqlDbType)Volatile.Read(ref _types[index]);
        if (type != NpgsqlDbType.Unknown)
        {
            return type;
        }

        using NpgsqlCommand command = new(_sql, derive());
        NpgsqlCommandBuilder.DeriveParameters(command);
        for (int i = 0; i < _types.Length; i++)
        {
            Volatile.Write(ref _types[i], (int)command.Parameters[Parameters[i]].NpgsqlDbType);
        }

        return (NpgsqlDbType)_types[index];
    }

    private static string Number(string sql, ImmutableArray<string>.Builder parameters)
    {
        StringBuilder text = new(sql.Length);
        char quote = '\0';
        for (int i = 0; i < sql.Length; i++)
        {
            char character = sql[i];
            if (quote != '\0')
            {
                quote = character == quote ? '\0' : quote;
            }
            else if (character is '\'' or '"')
            {
                quote = character;
            }
            else if (character == '@' && i + 1 < sql.Length && IsOfName(sql[i + 1]))
            {
                int end = i + 1;
                while (end < sql.Length && IsOfName(sql[end]))
                {
                    end++;
                }

                string name = sql[(i + 1)..end];
                if (!parameters.Contains(name))
                {
                    parameters.Add(name);
                }

                text.Append('$').Append(parameters.IndexOf(name) + 1);
                i = end - 1;
                continue;
            }

            text.Append(character);
        }

        return text.ToString();
    }

    private static bool IsOfName(char character) => char.IsAsciiLetterOrDigit(character) || character == '_';
}
