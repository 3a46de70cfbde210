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
        .Changing("simulated_time", static row => row.Settings.SimulatedTime)
        .Changing("consistency_delay", static row => row.Settings.ConsistencyDelay)
        .Changing("request_quotas_enabled", static row => row.Settings.RequestQuotasEnabled)
        .Changing("syncs_events", static row => row.EventLog.SyncsEveryGroup)
        .Changing("max_event_age_in_days", static row => row.EventLog.MaxAgeInDays)
        .Changing("max_event_size", static row => row.EventLog.MaxSizeInBytes);

    private static readonly Func<Row, StoreSettings> s_readSettings = s_columns.Authentic(ReadSettings);

    private readonly Statement _readCheck;
    private readonly Statement _readId;
    private readonly Statement _select;

    public StoreTable(IDatabase database)
        : base(database, s_columns)
    {
        _readCheck = Prepare("SELECT root_key_check, installation_id FROM store");
        _readId = Prepare("SELECT installation_id FROM store");
        _select = Select("");
    }

    /// <summary>The context in which the check of the root key is wrapped.</summary>
    /// <param name="installationId">Identifies the store.</param>
    public static string ContextOfCheck(string installationId) => RootKeyContext + installationId;

    public void Insert(StateStoreProperties store, RootKey rootKey) => Insert(new StoreRow(
        store,
        rootKey.Wrap([], ContextOfCheck(store.InstallationId)),
        new StoreSettings(store.IsSimulatedClock ? store.CreationDate : null, 0, RequestQuotasEnabled: false),
        new EventLogSettings()));

    /// <summary>Wraps what <see cref="RequireRootKey"/> unwraps by the generation of the root key that wraps now.</summary>
    public void WrapCheckAgain(RootKey rootKey)
    {
        StoreRow row = ReadRow();
        Update(row with { RootKeyCheck = rootKey.Wrap([], ContextOfCheck(row.Store.InstallationId)) });
    }

    /// <summary>What was fixed when the store was created.</summary>
    /// <exception cref="StateStoreException">The account or the Region is malformed.</exception>
    public StateStoreProperties Read() => ReadRow().Store;

    /// <summary>The ID of the store, which may be one of an earlier version.</summary>
    /// <exception cref="StateStoreException">The row is missing.</exception>
    public string ReadInstallationId() => _readId.Find(static row => row.Text("installation_id")) ?? throw MissingRow();

    /// <summary>Verifies that the store was created with this root key. The store may be one of an earlier version.</summary>
    /// <exception cref="CryptographicException">It was not.</exception>
    /// <exception cref="StateStoreException">The row is missing.</exception>
    public void RequireRootKey(RootKey rootKey)
    {
        (byte[] check, string installationId) =
            _readCheck.Find<(byte[], string)?>(static row => (row.Bytes("root_key_check"), row.Text("installation_id")))
                ?? throw MissingRow();
        rootKey.Unwrap(check, ContextOfCheck(installationId)).Dispose();
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

    /// <summary>What transactions and snapshots need of the store.</summary>
    public StoreSettings ReadSettings() => _select.Find(s_readSettings) ?? throw MissingRow();

    public void WriteSimulatedTime(DateTimeOffset now) => WriteSettings(
        settings => settings.SimulatedTime is null ? settings : settings with { SimulatedTime = now });

    public void WriteConsistencyDelay(int seconds) => WriteSettings(settings => settings with { ConsistencyDelay = seconds });

    public void WriteRequestQuotas(bool isEnabled) => WriteSettings(settings => settings with { RequestQuotasEnabled = isEnabled });

    public EventLogSettings ReadEventLog() => ReadRow().EventLog;

    public void WriteEventLog(EventLogSettings settings) => Update(ReadRow() with { EventLog = settings });

    private static StoreRow Read(Row row) => new(
        new StateStoreProperties(
            row.Text("installation_id"),
            ReadAccountId(row.Text("account_id")),
            ReadRegion(row.Text("region")),
            row.Flag("is_simulated_clock"),
            row.Time("creation_date"),
            row.SmallNumber("aws_managed_key_rotation_period")),
        row.Bytes("root_key_check"),
        ReadSettings(row),
        new EventLogSettings
        {
            SyncsEveryGroup = row.Flag("syncs_events"),
            MaxAgeInDays = row.SmallNumberOrNull("max_event_age_in_days"),
            MaxSizeInBytes = row.NumberOrNull("max_event_size"),
        });

    private static StoreSettings ReadSettings(Row row) =>
        new(row.TimeOrNull("simulated_time"), row.SmallNumber("consistency_delay"), row.Flag("request_quotas_enabled"));

    private StoreRow ReadRow() => ReadOnlyRow();

    private void WriteSettings(Func<StoreSettings, StoreSettings> change)
    {
        StoreRow row = ReadRow();
        Update(row with { Settings = change(row.Settings) });
    }

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
    /// <param name="RequestQuotasEnabled">Whether request quotas throttle.</param>
    internal sealed record StoreSettings(DateTimeOffset? SimulatedTime, int ConsistencyDelay, bool RequestQuotasEnabled);

    /// <summary>The row.</summary>
    /// <param name="Store">What was fixed when the store was created.</param>
    /// <param name="RootKeyCheck">Nothing, wrapped under the root key.</param>
    /// <param name="Settings">What changes.</param>
    /// <param name="EventLog">What the event log keeps.</param>
    internal sealed record StoreRow(
        StateStoreProperties Store, byte[] RootKeyCheck, StoreSettings Settings, EventLogSettings EventLog);
}
