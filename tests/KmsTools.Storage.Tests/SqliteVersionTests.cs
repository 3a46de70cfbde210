using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tests;

public sealed class SqliteVersionTests : StoreFixture
{
    // SQLite 3.7.0 to 3.51.2 may lose commits when a log is started again between two checkpoints (sqlite.org/wal.html, "the WAL-reset
    // bug").
    [Fact]
    public void Version_OfTheLoadedLibrary_HasNoWalResetBug()
    {
        Open().Dispose();
        using Database database = new(Path.Combine(Folder, "state.db"));
        Assert.Equal("3.53.4", new Statement(database, "SELECT sqlite_version() AS version").Find(static row => row.Text("version")));
    }
}
