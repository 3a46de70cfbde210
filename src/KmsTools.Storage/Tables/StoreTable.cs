using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Tables;

/// <summary>The single row about the store itself.</summary>
internal sealed class StoreTable(Database database)
{
    private const string RootKeyContext = "store check ";

    private readonly Statement _insert = database.Prepare(
        """
        INSERT INTO store (id, installation_id, account_id, region, is_simulated_clock, creation_date, aws_managed_key_rotation_period,
            simulated_time, root_key_check)
        VALUES (1, ?, ?, ?, ?, ?, ?, ?, ?)
        """);

    private readonly Statement _read = database.Prepare(
        "SELECT installation_id, account_id, region, is_simulated_clock, creation_date, aws_managed_key_rotation_period FROM store");

    private readonly Statement _readCheck = database.Prepare("SELECT root_key_check, installation_id FROM store");
    private readonly Statement _readSimulatedTime = database.Prepare("SELECT simulated_time FROM store");

    private readonly Statement _readConsistencyDelay = database.Prepare("SELECT consistency_delay FROM store");
    private readonly Statement _writeConsistencyDelay = database.Prepare("UPDATE store SET consistency_delay = ?");

    private readonly Statement _writeSimulatedTime = database.Prepare(
        "UPDATE store SET simulated_time = ? WHERE is_simulated_clock");

    public void Insert(StateStoreProperties store, RootKey rootKey) => _insert.Start()
        .Bind(store.InstallationId)
        .Bind(store.AccountId)
        .Bind(store.Region)
        .Bind(store.IsSimulatedClock)
        .Bind(store.CreationDate)
        .Bind(store.AwsManagedKeyRotationPeriodInDays)
        .Bind(store.IsSimulatedClock ? store.CreationDate : (DateTimeOffset?)null)
        .Bind(rootKey.Wrap([], RootKeyContext + store.InstallationId))
        .Run();

    /// <summary>What was fixed when the store was created.</summary>
    /// <exception cref="StateStoreException">The account or the Region is malformed.</exception>
    public StateStoreProperties Read()
    {
        using Statement row = _read.Start();
        row.Step();
        return new StateStoreProperties(row.Text(0), ReadAccountId(row), ReadRegion(row), row.Flag(3), row.Time(4), (int)row.Number(5));
    }

    /// <summary>Verifies that the store was created with this root key.</summary>
    /// <exception cref="System.Security.Cryptography.CryptographicException">It was not.</exception>
    public void RequireRootKey(RootKey rootKey)
    {
        using Statement row = _readCheck.Start();
        row.Step();
        rootKey.Unwrap(row.Span(0), RootKeyContext + row.Text(1)).Dispose();
    }

    public DateTimeOffset? ReadSimulatedTime()
    {
        using Statement row = _readSimulatedTime.Start();
        row.Step();
        return row.TimeOrNull(0);
    }

    public void WriteSimulatedTime(DateTimeOffset now) => _writeSimulatedTime.Start().Bind(now).Run();

    public int ReadConsistencyDelay()
    {
        using Statement row = _readConsistencyDelay.Start();
        row.Step();
        return (int)row.Number(0);
    }

    public void WriteConsistencyDelay(int seconds) => _writeConsistencyDelay.Start().Bind((long)seconds).Run();

    private static AccountId ReadAccountId(Statement row) =>
        AccountId.TryParse(row.Text(1), out AccountId accountId) ? accountId : throw Malformed(AccountId.Refusal(row.Text(1)));

    private static RegionName ReadRegion(Statement row) =>
        RegionName.TryParse(row.Text(2), out RegionName region) ? region : throw Malformed(RegionName.Refusal(row.Text(2)));

    // Earlier versions let a line feed at the end pass.
    private static StateStoreException Malformed(string refusal) => new(
        $"The store was created with an account or a Region that makes invalid ARNs. {refusal} Create a new store in another folder.");
}
