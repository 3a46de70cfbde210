using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using KmsTools.Storage.Sql;

namespace KmsTools.Storage.Tables;

/// <summary>The single row about the store itself.</summary>
internal sealed class StoreTable : Table<StoreTable.StoreRow>
{
    private const string RootKeyContext = "store check ";

    private static readonly Columns<StoreRow> s_columns = new Columns<StoreRow>("store", Read)
        .Key("id", static _ => 1L)
        .Fixed("installation_id", static row => row.Store.InstallationId)
        .Fixed("account_id", static row => row.Store.AccountId.ToString())
        .Fixed("region", static row => row.Store.Region.ToString())
        .Fixed("is_simulated_clock", static row => row.Store.IsSimulatedClock)
        .Fixed("creation_date", static row => row.Store.CreationDate)
        .Fixed("aws_managed_key_rotation_period", static row => row.Store.AwsManagedKeyRotationPeriodInDays)
        .Changing("root_key_check", static row => row.RootKeyCheck)
        .Changing("simulated_time", static row => row.Store.IsSimulatedClock ? row.Store.CreationDate : null);

    private readonly Statement _readCheck;
    private readonly Statement _writeCheck;
    private readonly Statement _readSettings;
    private readonly Statement _writeSimulatedTime;
    private readonly Statement _writeConsistencyDelay;
    private readonly Statement _readEventLog;
    private readonly Statement _writeEventLog;

    public StoreTable(IDatabase database)
        : base(database, s_columns)
    {
        _readCheck = Prepare("SELECT root_key_check, installation_id FROM store");
        _writeCheck = Prepare("UPDATE store SET root_key_check = @root_key_check");
        _readSettings = Prepare(
            """
            SELECT simulated_time, consistency_delay, (SELECT revision FROM authorization_settings) AS authorization_revision
            FROM store
            """);
        _writeSimulatedTime = Prepare("UPDATE store SET simulated_time = @simulated_time WHERE is_simulated_clock = 1");
        _writeConsistencyDelay = Prepare("UPDATE store SET consistency_delay = @consistency_delay");
        _readEventLog = Prepare("SELECT syncs_events, max_event_age_in_days, max_event_size FROM store");
        _writeEventLog = Prepare(
            """
            UPDATE store SET
                syncs_events = @syncs_events, max_event_age_in_days = @max_event_age_in_days, max_event_size = @max_event_size
            """);
    }

    public void Insert(StateStoreProperties store, RootKey rootKey) =>
        Insert(new StoreRow(store, rootKey.Wrap([], RootKeyContext + store.InstallationId)));

    /// <summary>Wraps what <see cref="RequireRootKey"/> unwraps by the generation of the root key that wraps now.</summary>
    public void WrapCheckAgain(RootKey rootKey)
    {
        (_, string installationId) = ReadCheck();
        _writeCheck.Run(("root_key_check", rootKey.Wrap([], RootKeyContext + installationId)));
    }

    /// <summary>What was fixed when the store was created.</summary>
    /// <exception cref="StateStoreException">The account or the Region is malformed.</exception>
    public StateStoreProperties Read() => FindByKey(("id", 1L))!.Store;

    /// <summary>Verifies that the store was created with this root key. The store may be one of an earlier version.</summary>
    /// <exception cref="CryptographicException">It was not.</exception>
    public void RequireRootKey(RootKey rootKey)
    {
        (byte[] check, string installationId) = ReadCheck();
        rootKey.Unwrap(check, RootKeyContext + installationId).Dispose();
    }

    /// <summary>Whether this root key unwraps what the store wraps with its own.</summary>
    public bool IsOf(RootKey rootKey)
    {
        try
        {
            RequireRootKey(rootKey);
            return true;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }

    /// <summary>What transactions and snapshots need of the store, in one statement.</summary>
    public StoreSettings ReadSettings() => _readSettings.Find(static row => new StoreSettings(
        row.TimeOrNull("simulated_time"), row.SmallNumber("consistency_delay"), row.Number("authorization_revision")))!;

    public void WriteSimulatedTime(DateTimeOffset now) => _writeSimulatedTime.Run(("simulated_time", now));

    public void WriteConsistencyDelay(int seconds) => _writeConsistencyDelay.Run(("consistency_delay", seconds));

    public EventLogSettings ReadEventLog() => _readEventLog.Find(static row => new EventLogSettings
    {
        SyncsEveryGroup = row.Flag("syncs_events"),
        MaxAgeInDays = row.SmallNumberOrNull("max_event_age_in_days"),
        MaxSizeInBytes = row.NumberOrNull("max_event_size"),
    })!;

    public void WriteEventLog(EventLogSettings settings) => _writeEventLog.Run(
        ("syncs_events", settings.SyncsEveryGroup),
        ("max_event_age_in_days", settings.MaxAgeInDays),
        ("max_event_size", settings.MaxSizeInBytes));

    private (byte[] Check, string InstallationId) ReadCheck() =>
        _readCheck.Find(static row => (row.Bytes("root_key_check"), row.Text("installation_id")));

    private static StoreRow Read(Row row) => new(
        new StateStoreProperties(
            row.Text("installation_id"),
            ReadAccountId(row.Text("account_id")),
            ReadRegion(row.Text("region")),
            row.Flag("is_simulated_clock"),
            row.Time("creation_date"),
            row.SmallNumber("aws_managed_key_rotation_period")),
        row.Bytes("root_key_check"));

    private static AccountId ReadAccountId(string text) =>
        AccountId.TryParse(text, out AccountId accountId) ? accountId : throw Malformed(AccountId.Refusal(text));

    private static RegionName ReadRegion(string text) =>
        RegionName.TryParse(text, out RegionName region) ? region : throw Malformed(RegionName.Refusal(text));

    // Earlier versions let a line feed at the end pass.
    private static StateStoreException Malformed(string refusal) => new(
        $"The store was created with an account or a Region that makes invalid ARNs. {refusal} Create a new store in another folder.");

    /// <summary>What changes of the store.</summary>
    /// <param name="SimulatedTime">The time of the simulated clock (UTC); null with the real clock.</param>
    /// <param name="ConsistencyDelay">In seconds.</param>
    /// <param name="AuthorizationRevision">Grows with every change of authorization.</param>
    internal sealed record StoreSettings(DateTimeOffset? SimulatedTime, int ConsistencyDelay, long AuthorizationRevision);

    /// <summary>The row.</summary>
    /// <param name="Store">What was fixed when the store was created.</param>
    /// <param name="RootKeyCheck">Nothing, wrapped under the root key.</param>
    internal sealed record StoreRow(StateStoreProperties Store, byte[] RootKeyCheck);
}
