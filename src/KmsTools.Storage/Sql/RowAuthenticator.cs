using System.Buffers;
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sql;

/// <summary>
/// Computes the MACs of rows for one connection: over the name of the table, and of each column that is not NULL its name and its value, in
/// the ordinal order of the names. A column that is added later and is NULL changes no MAC.
/// </summary>
/// <param name="mac">The key.</param>
internal sealed class RowAuthenticator(RowMac mac)
{
    /// <summary>The column that has the MAC. A table that has it is authenticated.</summary>
    public const string Column = "mac";

    private const int InitialSize = 2048;

    private enum Kind : byte
    {
        Number = 1,
        Text = 2,
        Bytes = 3,
        Other = 4,
    }

    private readonly ArrayBufferWriter<byte> _row = new(InitialSize);

    /// <summary>Begins a row.</summary>
    public RowAuthenticator Begin(string table)
    {
        _row.ResetWrittenCount();
        AddText(table);
        return this;
    }

    /// <summary>Adds a column. They come in the ordinal order of their names.</summary>
    /// <param name="name">The name of the column.</param>
    /// <param name="value">The value as it is stored: a number, a text, bytes, or none.</param>
    public void Add(string name, object? value)
    {
        switch (value)
        {
            case null or DBNull:
                return;
            case string text:
                AddName(name, Kind.Text);
                AddText(text);
                return;
            case byte[] bytes:
                AddName(name, Kind.Bytes);
                AddLength(bytes.Length);
                _row.Write(bytes);
                return;
            case long or int:
                AddName(name, Kind.Number);
                BinaryPrimitives.WriteInt64LittleEndian(_row.GetSpan(sizeof(long)), Convert.ToInt64(value, null));
                _row.Advance(sizeof(long));
                return;
            default:
                // Nothing that is written: damage can make a number one with a fraction.
                AddName(name, Kind.Other);
                AddText(Convert.ToString(value, CultureInfo.InvariantCulture) ?? "");
                return;
        }
    }

    /// <summary>The MAC of the row.</summary>
    public byte[] End()
    {
        byte[] result = new byte[RowMac.Size];
        mac.Compute(_row.WrittenSpan, result);
        return result;
    }

    /// <summary>The error about a row whose MAC is not that of its content.</summary>
    /// <param name="table">The table.</param>
    /// <param name="key">The columns of the primary key with their values.</param>
    public static StateStoreException Refusal(string table, string key) => new(
        $"The record {key} in table '{table}' of the store was changed outside of KmsTools, or is damaged. It is not used. Verify the "
            + "store, and restore its folder from a backup.")
    {
        Damage = new StoreDamage(table, key),
    };

    /// <summary>The error about a table that always has exactly one row, and has none: no store can be used without it.</summary>
    /// <param name="table">The table.</param>
    public static StateStoreException Missing(string table) => new(
        $"The only record in table '{table}' of the store is missing: the store was changed outside of KmsTools, or is damaged. Restore it "
            + "from a backup.")
    {
        Damage = new StoreDamage(table, "id=1") { IsMissing = true },
    };

    private void AddName(string name, Kind kind)
    {
        AddText(name);
        _row.GetSpan(1)[0] = (byte)kind;
        _row.Advance(1);
    }

    private void AddText(string text)
    {
        AddLength(Encoding.UTF8.GetByteCount(text));
        Encoding.UTF8.GetBytes(text, _row);
    }

    private void AddLength(int length)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_row.GetSpan(sizeof(int)), length);
        _row.Advance(sizeof(int));
    }
}
