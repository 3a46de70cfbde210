using System.Collections.Concurrent;
using KmsTools.Identifiers;
using KmsTools.KeyStores;
using KmsTools.Labs;
using KmsTools.Loading;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Sessions;
using KmsTools.Sts;

namespace KmsTools;

/// <summary>The store that the cmdlets of a session use.</summary>
public sealed class KmsConnection
{
    private readonly StateStoreOptions _options;
    private readonly StateStoreException? _refusal;
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<RegionName, bool> _used = new();
    private readonly Lazy<IHsmProvider> _hsms;
    private volatile KmsEngine? _engine;
    private int _closed;

    private KmsConnection(StateStoreOptions options, KmsEngine? engine, StateStoreException? refusal, Lazy<IHsmProvider> hsms)
    {
        _options = options with { Unlock = null };
        _engine = engine;
        _refusal = refusal;
        Folder = engine?.Folder ?? System.IO.Path.GetFullPath(options.Folder);
        Location = engine?.Location ?? StoreChoice.Location(options);
        GivenRegion = options.Region?.ToString();
        _hsms = hsms;
    }

    /// <summary>The folder of the store; null for a store in a database.</summary>
    public string? Path => IsShared ? null : Folder;

    /// <summary>The connection string of the database that several machines share the store in; null for a store in a folder.</summary>
    public string? ConnectionString => _options.Shared?.ConnectionString;

    /// <summary>The file with the root key of a store in a database; null if it is sealed and needs none, or is in a folder.</summary>
    public string? RootKeyFile => _options.Shared?.RootKeyFile;

    /// <summary>The file with the password of the database; null if there is none.</summary>
    public string? PasswordFile => _options.Shared?.PasswordFile;

    /// <summary>
    /// The folder for what only this machine has of a store in a database, such as copies of the tokens of HSMs; null for a store in a
    /// folder.
    /// </summary>
    public string? LocalFolder => IsShared ? Folder : null;

    /// <summary>Where the store is: its folder, or the hosts and the name of its database.</summary>
    public string Location { get; }

    /// <summary>
    /// Whether the store is sealed and was not unlocked yet. Nothing else is known of it then, and all cmdlets that use it fail until
    /// Unlock-KmsStore.
    /// </summary>
    public bool IsSealed => _engine is null;

    /// <summary>The account, 12 digits.</summary>
    public string? AccountId => _engine?.Properties.AccountId;

    /// <summary>
    /// The Region of calls that name none: of $StoredAWSRegion, else what Connect-Kms was given, else of the environment variables
    /// AWS_REGION and AWS_DEFAULT_REGION, or else of the store.
    /// </summary>
    public string? Region => IsSealed ? null : RegionChoice.Of(this).Name;

    /// <summary>Where the Region comes from: the name of the variable or the parameter, or "the store".</summary>
    public string? RegionSource => IsSealed ? null : RegionChoice.Of(this).Source;

    /// <summary>
    /// The ARN of the caller of calls for which no credentials are given: the user of the operating system, unless it was chosen.
    /// </summary>
    public string? Caller => IsSealed ? null : CallerChoice.Of(this, RegionChoice.ReadVariable).PrincipalArn;

    /// <summary>Where the caller comes from: the command that chose it, or "the operating system".</summary>
    public string? CallerSource => IsSealed ? null : CallerChoice.Of(this, RegionChoice.ReadVariable).Source;

    /// <summary>Whether the store is deleted when the connection closes.</summary>
    public bool IsTemporary => _engine is { IsTemporary: true };

    /// <summary>Whether the clock of the store stands still until Step-KmsClock moves it.</summary>
    public bool IsSimulatedClock => _engine is { Properties.IsSimulatedClock: true };

    /// <summary>Days between the rotations of AWS managed keys.</summary>
    public int? AwsManagedKeyRotationPeriodInDays => _engine?.Properties.AwsManagedKeyRotationPeriodInDays;

    /// <summary>What the store does with calls that are not allowed; null once the connection is closed.</summary>
    public AuthorizationMode? AuthorizationMode => IsOpen ? _engine?.Authorization.Read().Mode : null;

    /// <summary>
    /// How many seconds pass until calls that read see a change; set with Set-KmsConsistencyDelay. Null once the connection is closed.
    /// </summary>
    public int? ConsistencyDelayInSeconds => IsOpen ? _engine?.ConsistencyDelayInSeconds : null;

    /// <summary>Whether the connection can be used.</summary>
    public bool IsOpen => Volatile.Read(ref _closed) == 0;

    /// <summary>The time of the store's clock now (UTC); null once the connection is closed.</summary>
    public DateTime? UtcNow => IsOpen ? _engine?.UtcNow.UtcDateTime : null;

    /// <summary>The engine.</summary>
    /// <exception cref="StateStoreException">The store is sealed.</exception>
    internal KmsEngine Engine => _engine ?? throw new StateStoreException(_refusal!.Message, _refusal) { SealFault = SealFault.Locked };

    /// <summary>The Region that Connect-Kms was given, or null.</summary>
    internal string? GivenRegion { get; }

    /// <summary>The Region that the store was created with.</summary>
    internal string StoreRegion => Engine.Properties.Region;

    /// <summary>The callers that were chosen for it.</summary>
    internal CallerSettings Callers { get; } = new();

    /// <summary>The sessions of roles that profiles name, by who assumed them.</summary>
    internal ConcurrentDictionary<(string PrincipalArn, AssumeRoleRequest Request), TemporaryCredentials> ProfileSessions { get; } = new();

    /// <summary>The provider of its HSMs: in the lab of the store, if it uses one.</summary>
    internal IHsmProvider HsmProvider => _hsms.Value;

    /// <summary>Whether several machines share the store.</summary>
    internal bool IsShared => _options.Shared is not null;

    /// <summary>The folder of the store, or for what only this machine has of it.</summary>
    internal string Folder { get; }

    /// <summary>How another process opens the store; nothing in it opens a seal.</summary>
    internal StateStoreOptions Options => _options with { Folder = Folder, OnlyExisting = false };

    /// <summary>Where the store is.</summary>
    public override string ToString() => Location;

    /// <summary>Opens a store. One that is sealed, and that nothing was given to unlock, has a connection too.</summary>
    internal static KmsConnection Open(StateStoreOptions options)
    {
        KmsConnection? connection = null;
        Lazy<IHsmProvider> hsms = new(() => DependencyLoadContext.CreateHsmProvider(
            () => connection is null ? null : SoftHsmLab.ConfigurationOf(connection.Folder)));
        if (options.Shared is not null)
        {
            SharedStoreFolder.MakeFolderOfUser(options.Folder);
        }

        try
        {
            connection = new KmsConnection(options, OpenEngine(options, hsms), refusal: null, hsms);
        }
        catch (StateStoreException exception) when (exception.SealFault == SealFault.Locked)
        {
            connection = new KmsConnection(options, engine: null, exception, hsms);
        }

        try
        {
            SoftHsmLab.Enter(connection.Folder);
        }
        catch
        {
            connection.Close();
            throw;
        }

        return connection;
    }

    /// <summary>Unlocks a sealed store.</summary>
    /// <param name="unlock">Opens its seal.</param>
    /// <exception cref="StateStoreException">The seal was not opened; the connection is as it was.</exception>
    internal void Unlock(Func<Seal, SealKey> unlock)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(!IsOpen, this);
            if (_engine is { } engine)
            {
                engine.RootKey.Unlock(unlock);
            }
            else
            {
                _engine = OpenEngine(_options with { Unlock = unlock }, _hsms);
            }
        }
    }

    /// <summary>Whether a Region is asked about for the first time since the connection was opened.</summary>
    internal bool IsFirstUse(RegionName region) => _used.TryAdd(region, true);

    internal void Close()
    {
        if (Interlocked.Exchange(ref _closed, 1) == 0)
        {
            KmsEndpoints.RestoreEnvironment(Location);
            SoftHsmLab.Leave(Folder);
            if (IsTemporary)
            {
                // They would continue to use deleted files.
                KmsEndpoints.StopOfStore(Location);
            }

            lock (_gate)
            {
                _engine?.Dispose();
            }
        }
    }

    private static KmsEngine OpenEngine(StateStoreOptions options, Lazy<IHsmProvider> hsms)
    {
        try
        {
            return new KmsEngine(
                DependencyLoadContext.CreateStoreFactory().Open(options),
                () => hsms.Value,
                static () => DependencyLoadContext.SignatureProvider,
                xksClient: DependencyLoadContext.CreateXksClient);
        }
        catch (StateStoreException exception) when (exception.IsDamage && options.Shared is null)
        {
            exception.RefusedFolder = System.IO.Path.GetFullPath(options.Folder);
            throw;
        }
    }
}
