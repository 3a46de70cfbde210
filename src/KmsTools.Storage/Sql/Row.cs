using System.Security.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sql;

/// <summary>The row that a statement is at. Its columns are read by name, fastest in the order in which the statement lists them.</summary>
internal sealed class Row(ICursor cursor, string sql, IDatabase database)
{
    private readonly string[] _columns = [.. Enumerable.Range(0, cursor.ColumnCount).Select(cursor.Name)];
    private readonly object[] _values = new object[cursor.ColumnCount];
    private bool _isLoaded;
    private int _last = -1;

    // The positions of the columns in the order in which the MAC covers them.
    private int[] Covered => field ??=
    [
        .. Enumerable.Range(0, _columns.Length).Where(index => _columns[index] != RowAuthenticator.Column)
            .OrderBy(index => _columns[index], StringComparer.Ordinal),
    ];

    /// <summary>The same columns, in the row that the statement is at now.</summary>
    public Row Next()
    {
        _isLoaded = false;
        return this;
    }

    /// <summary>Refuses a row whose MAC is not that of its content. The statement must list all columns of the table.</summary>
    /// <param name="table">The table.</param>
    /// <param name="key">The columns of its primary key.</param>
    /// <exception cref="StateStoreException">The row was changed, or is damaged.</exception>
    public void RequireAuthentic(string table, string[] key)
    {
        for (int i = 0; i < _values.Length; i++)
        {
            _values[i] = cursor.Value(i);
        }

        _isLoaded = true;
        RowAuthenticator content = database.Rows.Begin(table);
        foreach (int index in Covered)
        {
            content.Add(_columns[index], _values[index]);
        }

        // Damage can make a value one of another type.
        if (_values[Find(RowAuthenticator.Column)] is not byte[] mac || !CryptographicOperations.FixedTimeEquals(content.End(), mac))
        {
            throw RowAuthenticator.Refusal(table, string.Join(", ", key.Select(column => $"{column}={_values[Find(column)]}")));
        }
    }

    public string Text(string column) => Find(column) is var index && _isLoaded ? (string)_values[index] : cursor.Text(index);

    public string? TextOrNull(string column) => IsNull(column) ? null : Text(column);

    public long Number(string column) => Find(column) is var index && _isLoaded ? (long)_values[index] : cursor.Number(index);

    public long? NumberOrNull(string column) => IsNull(column) ? null : Number(column);

    /// <exception cref="OverflowException">The number has more than 32 bits.</exception>
    public int SmallNumber(string column) => checked((int)Number(column));

    public int? SmallNumberOrNull(string column) => IsNull(column) ? null : SmallNumber(column);

    public bool Flag(string column) => Number(column) != 0;

    public byte[] Bytes(string column) =>
        Find(column) is var index && _isLoaded ? (byte[])_values[index] : cursor.Bytes(index);

    // The cast is needed: without it null becomes memory without bytes.
    public ReadOnlyMemory<byte>? BytesOrNull(string column) => IsNull(column) ? null : (ReadOnlyMemory<byte>?)Bytes(column);

    public DateTimeOffset Time(string column) => DateTimeOffset.FromUnixTimeMilliseconds(Number(column));

    public DateTimeOffset? TimeOrNull(string column) => IsNull(column) ? null : Time(column);

    // Not through dictionaries of names: each of those is compiled for each enumeration when a process first reads a key, and costs more
    // than all the keys it will read.
    public TEnum Name<TEnum>(string column)
        where TEnum : struct, Enum => Enum.Parse<TEnum>(Text(column));

    public TEnum? NameOrNull<TEnum>(string column)
        where TEnum : struct, Enum => IsNull(column) ? null : Name<TEnum>(column);

    public bool IsNull(string column) => Find(column) is var index && _isLoaded ? _values[index] is DBNull : cursor.IsNull(index);

    private int Find(string column)
    {
        // A nullable column is found twice: first whether it is null, then its value.
        int start = Math.Max(_last, 0);
        for (int i = 0; i < _columns.Length; i++)
        {
            int index = (start + i) % _columns.Length;
            if (_columns[index] == column)
            {
                return _last = index;
            }
        }

        // Tests read every column of a schema that is whole.
        throw new StateStoreException(
            $"The tables of the store were changed outside of KmsTools, or are damaged: the column '{column}' is missing in: {sql}. Restore "
                + "the store from a backup.")
        {
            IsDamage = true,
        };
    }
}
