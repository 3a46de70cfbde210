using KmsTools.Databases;
using KmsTools.Persistence;
using KmsTools.Storage.PostgreSql;

namespace KmsTools.Storage.Tests.PostgreSql;

public sealed class PostgreSqlSchemaTests : DatabaseFixture
{
    // Of all nodes, or what SQLite has in files: nothing of state.db.
    private static readonly string[] s_own =
        ["schema_version", "store_lock", "lock_rows", "request_counts", "root_key_file", "root_key_handover", "root_key_nodes",
            "event_segments", "events", "last_uses"];

    private PostgreSqlServer Server => TestStores.Server;

    private string Database => TestStores.DatabaseOf(Folder);

    [Fact]
    public void Tables_AndTheirColumnsAndKeys_AreThoseOfSqlite()
    {
        _ = Options;
        string folder = Directory.CreateTempSubdirectory("kmstools-schema-").FullName;
        List<string> sqlite;
        using (SqliteStateStore.Open(new StateStoreOptions { Folder = folder, Temporary = true }))
        {
            using Database database = new(Path.Combine(folder, "state.db"));
            sqlite = database.ReadAll(
                """
                SELECT tables.name || '.' || columns.name || ' ' || CASE columns.type WHEN 'INTEGER' THEN 'bigint' WHEN 'TEXT' THEN 'text'
                    ELSE 'bytea' END || CASE WHEN columns."notnull" + columns.pk > 0 THEN ' not null' ELSE '' END || ' ' || columns.pk
                FROM sqlite_schema AS tables JOIN pragma_table_info(tables.name) AS columns
                WHERE tables.type = 'table' AND tables.name NOT LIKE 'sqlite%'
                """,
                static row => row.Text());
        }

        string[] here = Query(
            """
            SELECT columns.table_name || '.' || columns.column_name || ' ' || data_type
                || CASE is_nullable WHEN 'NO' THEN ' not null' ELSE '' END || ' ' || coalesce(keys.ordinal_position, 0)
            FROM information_schema.columns AS columns
            LEFT JOIN information_schema.table_constraints AS constraints ON constraints.table_schema = columns.table_schema
                AND constraints.table_name = columns.table_name AND constraint_type = 'PRIMARY KEY'
            LEFT JOIN information_schema.key_column_usage AS keys ON keys.constraint_name = constraints.constraint_name
                AND keys.table_schema = columns.table_schema AND keys.column_name = columns.column_name
            WHERE columns.table_schema = 'public'
            """).Split('\n');

        // There no server takes over that uses a number again.
        sqlite.Add("commits.nonce bigint not null 0");
        Assert.Equal(
            sqlite.Order(StringComparer.Ordinal),
            here.Where(static column => !s_own.Contains(column.Split('.')[0])).Order(StringComparer.Ordinal));
        Assert.Equal("0", Query(
            "SELECT count(*) FROM information_schema.columns WHERE table_schema = 'public' AND data_type = 'text' AND collation_name <> 'C'"));
    }

    [Fact]
    public void Indices_AreThoseOfSqlite()
    {
        _ = Options;
        string folder = Directory.CreateTempSubdirectory("kmstools-schema-").FullName;
        List<string> sqlite;
        using (SqliteStateStore.Open(new StateStoreOptions { Folder = folder, Temporary = true }))
        {
            using Database database = new(Path.Combine(folder, "state.db"));
            sqlite = database.ReadAll(
                "SELECT name FROM sqlite_schema WHERE type = 'index' AND name NOT LIKE 'sqlite%'", static row => row.Text());
        }

        string[] here = Query("SELECT indexname FROM pg_indexes WHERE schemaname = 'public' AND indexname NOT LIKE '%_pkey'").Split('\n');

        // In SQLite it belongs to the constraint of the table.
        sqlite.Add("principals_by_name");
        Assert.Empty(sqlite.Except(here));
    }

    [Fact]
    public void Initialize_Again_ChangesNothingAndGivesRights()
    {
        Server.CreateDatabase(Database);
        Assert.Equal(new DatabaseInitialization(Location(""), null, 17, null), Initialize(null));
        Assert.Equal(SharedStoreFault.AccessDenied, Refusal().SharedFault);
        Assert.Equal(new DatabaseInitialization(Location(""), 17, 17, PostgreSqlServer.User), Initialize(PostgreSqlServer.User));
        PostgreSqlSchema.Require(Of(PostgreSqlServer.User));
        Assert.Equal(
            "SELECT", Query($"SELECT privilege_type FROM information_schema.role_table_grants WHERE grantee = 'kms' AND table_name = 'schema_version'"));
        Assert.Equal(
            "DELETE,INSERT,SELECT,UPDATE",
            Query("SELECT string_agg(privilege_type, ',' ORDER BY privilege_type) FROM information_schema.role_table_grants WHERE grantee = 'kms' AND table_name = 'keys'"));
        StateStoreException missing = Assert.Throws<StateStoreException>(() => Initialize("nobody\"s"));
        Assert.Equal(
            $"The server of the database {Location("")} has no role 'nobody\"s'. Create it first: CREATE ROLE \"nobody\"\"s\" LOGIN", missing.Message);
    }

    [Fact]
    public void Initialize_TablesOfTheVersionBefore_AreBroughtToThisOne()
    {
        Server.CreateDatabase(Database);
        Initialize(PostgreSqlServer.User);
        Query("ALTER TABLE keys DROP COLUMN material_count");
        Query("UPDATE schema_version SET version = 16");
        Assert.Equal(SharedStoreFault.OlderSchema, Refusal().SharedFault);
        Assert.Equal(new DatabaseInitialization(Location(""), 16, 17, null), Initialize(null));
        PostgreSqlSchema.Require(Of(PostgreSqlServer.User));
        Assert.Equal("1", Query("SELECT count(*) FROM information_schema.columns WHERE column_name = 'material_count'"));
    }

    [Fact]
    public void Initialize_SearchPath_MakesTheSchema()
    {
        Server.CreateDatabase(Database);
        const string path = ";Search Path=kms_keys";
        Assert.Equal(Location(path), Initialize(PostgreSqlServer.User, path).Location);
        Assert.Equal("kms_keys", Query("SELECT table_schema FROM information_schema.tables WHERE table_name = 'schema_version'"));
        PostgreSqlSchema.Require(Of(PostgreSqlServer.User, path));
        StateStoreException other = Assert.Throws<StateStoreException>(() => PostgreSqlSchema.Require(Of(PostgreSqlServer.User)));
        Assert.Equal(SharedStoreFault.NotInitialized, other.SharedFault);
        Assert.Equal(
            $"The search path of the database {Location(";Search Path=a,b")} names no schema that exists. Name one (Search Path=...) in the connection string.",
            Assert.Throws<StateStoreException>(() => Initialize(null, ";Search Path=a,b")).Message);
    }

    [Fact]
    public async Task Initialize_ByFourAtOnce_OneDoesIt()
    {
        Server.CreateDatabase(Database);
        DatabaseInitialization[] done = await Task.WhenAll(
            Enumerable.Range(0, 4).Select(_ => Task.Run(() => Initialize(PostgreSqlServer.User), Cancellation)));
        Assert.Equal([null, 17, 17, 17], done.Select(static one => one.FormerVersion).Order());
        Assert.Equal("1", Query("SELECT count(*) FROM store_lock"));
    }

    [Fact]
    public void Initialize_TablesOfOthers_AreLeftAlone()
    {
        Server.CreateDatabase(Database);
        Query("CREATE TABLE grants (a integer)");
        Assert.Equal(
            $"The database {Location("")} has tables of another application (relation \"grants\" already exists). Choose another database, or another schema (Search Path=... in the connection string).",
            Assert.Throws<StateStoreException>(() => Initialize(null)).Message);
        Assert.Equal("grants", Query("SELECT string_agg(table_name, ',') FROM information_schema.tables WHERE table_schema = 'public'"));
    }

    [Fact]
    public void Initialize_RoleThatMayNot_IsRefused()
    {
        Server.CreateDatabase(Database);
        Query("REVOKE CREATE ON SCHEMA public FROM PUBLIC");
        using Connections user = Of(PostgreSqlServer.User);
        StateStoreException denied = Assert.Throws<StateStoreException>(() => PostgreSqlSchema.Initialize(user, null));
        Assert.Equal(SharedStoreFault.AccessDenied, denied.SharedFault);
        Assert.Equal(
            $"In the database {Location("")} the role 'kms' has no right to do this: permission denied for schema public.", denied.Message);
    }

    [Theory]
    [InlineData(16, SharedStoreFault.OlderSchema)]
    [InlineData(18, SharedStoreFault.NewerSchema)]
    public void Require_OtherVersion_IsRefused(int version, SharedStoreFault fault)
    {
        _ = Options;
        Query($"UPDATE schema_version SET version = {version}");
        Assert.Equal(fault, Refusal().SharedFault);
    }

    [Fact]
    public void Require_NoSuchDatabase_SaysSo()
    {
        StateStoreException missing = Refusal();
        Assert.Equal($"There is no database {Location("")}. Create it in the server first, then its tables.", missing.Message);
    }

    private StateStoreException Refusal()
    {
        using Connections user = Of(PostgreSqlServer.User);
        return Assert.Throws<StateStoreException>(() => PostgreSqlSchema.Require(user));
    }

    private string Location(string more) => $"Host={Server.Folder};Port={Server.Port};Database={Database}{more}";

    private Connections Of(string role, string more = "") =>
        new(new SharedStoreOptions { ConnectionString = Server.ConnectionString(Database, role) + PostgreSqlServer.Patiently + more });

    private DatabaseInitialization Initialize(string? role, string more = "")
    {
        using Connections owner = Of(PostgreSqlServer.Owner, more);
        return PostgreSqlSchema.Initialize(owner, role);
    }
}
