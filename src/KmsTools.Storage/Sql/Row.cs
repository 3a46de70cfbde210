using System.Data.Common;

namespace KmsTools.Storage.Sql;

/// <summary>The row that a statement is at. Its columns are read by name, fastest in the order in which the statement lists them.</summary>
internal sealed class Row(DbDataReader reader, string sql)
{
    private readonly string[] _columns = [.. Enumerable.Range(0, reader.FieldCount).Select(reader.GetName)];
    private DbDataReader _reader = reader;
    private int _last = -1;

    /// <summary>The same columns in another execution of the statement.</summary>
    public Row At(DbDataReader reader)
    {
        _reader = reader;
        return this;
    }

    public string Text(string column) => _reader.GetString(Find(column));

    public string? TextOrNull(string column) => IsNull(column) ? null : Text(column);

    public long Number(string column) => _reader.GetInt64(Find(column));

    public long? NumberOrNull(string column) => IsNull(column) ? null : Number(column);

    /// <exception cref="OverflowException">The number has more than 32 bits.</exception>
    public int SmallNumber(string column) => checked((int)Number(column));

    public int? SmallNumberOrNull(string column) => IsNull(column) ? null : SmallNumber(column);

    public bool Flag(string column) => Number(column) != 0;

    public byte[] Bytes(string column) => _reader.GetFieldValue<byte[]>(Find(column));

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

    public bool IsNull(string column) => _reader.IsDBNull(Find(column));

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

        throw new InvalidOperationException($"There is no column '{column}' in: {sql}");
    }
}
