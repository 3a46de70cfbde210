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
        using Statement statement = database.Prepare("SELECT sqlite_version()").Start();
        Assert.True(statement.Step());
        Assert.Equal("3.53.4", statement.Text(0));
    }
}
