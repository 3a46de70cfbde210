using KmsTools.Persistence;
using SQLitePCL;

namespace KmsTools.Storage.Sqlite;

/// <summary>The error of SQLite itself; the inner exception of a <see cref="StateStoreException"/>.</summary>
internal sealed class SqliteError(int code, string message) : Exception($"SQLite error {code}: {message}")
{
    /// <summary>The extended result code.</summary>
    public int Code { get; } = code;

    /// <summary>Whether SQLite found less data than the file should contain.</summary>
    public bool IsIncomplete => (Code & 0xFF) is raw.SQLITE_CORRUPT or raw.SQLITE_IOERR;

    /// <summary>Whether the file does not begin as a database does.</summary>
    public bool IsNoDatabase => (Code & 0xFF) is raw.SQLITE_NOTADB;

    /// <summary>Whether SQLite found that the file is damaged, or no database.</summary>
    public bool IsDamage => (Code & 0xFF) is raw.SQLITE_CORRUPT or raw.SQLITE_NOTADB;

    /// <summary>The exception for users: what is wrong with the file, and what to do.</summary>
    /// <param name="code">The extended result code.</param>
    /// <param name="message">What SQLite says.</param>
    /// <param name="path">The file.</param>
    /// <param name="isWhole">
    /// Whether the file turns out to be whole when it is opened once more, which is found out where damage would be reported.
    /// </param>
    public static StateStoreException Explain(int code, string message, string path, Func<bool> isWhole)
    {
        SqliteError error = new(code, message);
        bool isMisread = error.IsDamage && isWhole();
        return new StateStoreException(isMisread ? Misread(path) : Describe(code, path), error)
        {
            IsDamage = error.IsDamage && !isMisread,
        };
    }

    /// <summary>Whether another connection blocks the call, so that it may succeed later.</summary>
    public static bool IsBusy(int code) => (code & 0xFF) is raw.SQLITE_BUSY or raw.SQLITE_LOCKED or raw.SQLITE_PROTOCOL;

    private static string Describe(int code, string path) => (code & 0xFF) switch
    {
        raw.SQLITE_FULL => $"The disk of '{path}' is full. Nothing of the last change was saved. Free some space and try again.",
        raw.SQLITE_IOERR => $"'{path}' could not be read or written. Nothing of the last change was saved. Check the disk.",
        raw.SQLITE_READONLY => $"'{path}' cannot be written. Check who owns it and its permissions.",
        raw.SQLITE_CANTOPEN or raw.SQLITE_PERM or raw.SQLITE_AUTH => $"'{path}' cannot be opened. Check who owns it and its permissions.",
        raw.SQLITE_NOTADB => $"'{path}' is damaged: it is not a SQLite database. Restore the folder of the store from a backup.",
        raw.SQLITE_CORRUPT => $"'{path}' is damaged. Restore the folder of the store from a backup.",
        raw.SQLITE_CONSTRAINT => $"A record that '{path}' does not allow was refused.",
        _ when IsBusy(code) => Busy(path),
        _ => $"'{path}' failed.",
    };

    // A library in the same process may have closed a descriptor of ours, so that its number belongs to another file now.
    private static string Misread(string path) =>
        $"'{path}' could not be read correctly, but the file itself is whole. Nothing of the last change was saved. Start this process "
            + "again: another library in it, such as a PKCS#11 module, may have closed a file that the store has open.";

    private static string Busy(string path) =>
        $"'{path}' is busy: another process kept it locked for too long. Find the process that uses the store and let it end, then try "
            + "again.";
}
