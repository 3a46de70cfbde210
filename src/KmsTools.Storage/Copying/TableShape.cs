using System.Collections.Immutable;
using System.Security.Cryptography;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Copying;

/// <summary>What a column contains.</summary>
internal enum ColumnKind
{
    /// <summary>Numbers of 64 bits.</summary>
    Number,

    /// <summary>Texts.</summary>
    Text,

    /// <summary>Bytes.</summary>
    Bytes,
}

/// <summary>A column of a table, whatever database it is in.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Kind">What it contains.</param>
internal sealed record TableColumn(string Name, ColumnKind Kind);

/// <summary>
/// A table as it is in every database of a store: its columns, in the order of the rows that are read and written here, and its key.
/// </summary>
internal sealed class TableShape
{
    private readonly ImmutableArray<int> _covered;
    private readonly ImmutableArray<int> _keyAt;

    /// <summary>Describes a table.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="columns">All of its columns.</param>
    /// <param name="key">The columns of its primary key.</param>
    public TableShape(string name, ImmutableArray<TableColumn> columns, ImmutableArray<string> key)
    {
        Name = name;
        Columns = columns;
        Key = key;
        MacAt = Find(RowAuthenticator.Column);
        _keyAt = [.. key.Select(Find)];
        _covered =
        [
            .. Enumerable.Range(0, columns.Length).Where(index => index != MacAt)
                .OrderBy(index => columns[index].Name, StringComparer.Ordinal),
        ];
    }

    public string Name { get; }

    public ImmutableArray<TableColumn> Columns { get; }

    /// <summary>The columns of its primary key.</summary>
    public ImmutableArray<string> Key { get; }

    /// <summary>Where the MAC of a row is; -1 if its rows have none.</summary>
    public int MacAt { get; }

    /// <summary>Whether its rows have a MAC.</summary>
    public bool IsAuthenticated => MacAt >= 0;

    /// <summary>The names of the columns, for statements.</summary>
    public string Names => string.Join(", ", Columns.Select(static column => column.Name));

    /// <summary>Reads all rows in the order of their keys.</summary>
    public string Select => $"SELECT {Names} FROM {Name} ORDER BY {string.Join(", ", Key)}";

    /// <summary>Whether the MAC of a row is that of its content, or it has none.</summary>
    /// <param name="row">The values, in the order of the columns.</param>
    /// <param name="rows">What authenticates rows.</param>
    public bool IsAuthentic(object[] row, RowAuthenticator rows) => !IsAuthenticated
        || (row[MacAt] is byte[] mac && CryptographicOperations.FixedTimeEquals(Authenticate(row, rows), mac));

    /// <summary>The MAC of the content of a row.</summary>
    public byte[] Authenticate(object[] row, RowAuthenticator rows)
    {
        rows.Begin(Name);
        foreach (int index in _covered)
        {
            rows.Add(Columns[index].Name, row[index]);
        }

        return rows.End();
    }

    /// <summary>The columns of the primary key of a row with their values, for people.</summary>
    public string KeyOf(object[] row) => string.Join(", ", _keyAt.Select(index => $"{Columns[index].Name}={row[index]}"));

    /// <summary>Refuses a row whose MAC is not that of its content.</summary>
    /// <exception cref="StateStoreException">The row was changed, or is damaged.</exception>
    public void RequireAuthentic(object[] row, RowAuthenticator rows)
    {
        if (!IsAuthentic(row, rows))
        {
            throw RowAuthenticator.Refusal(Name, KeyOf(row));
        }
    }

    /// <summary>Where a column is; -1 if there is none.</summary>
    public int Find(string column)
    {
        for (int i = 0; i < Columns.Length; i++)
        {
            if (Columns[i].Name == column)
            {
                return i;
            }
        }

        return -1;
    }
}
