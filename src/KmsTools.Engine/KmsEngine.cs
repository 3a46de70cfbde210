using System.Collections.Immutable;
using System.Globalization;
using KmsTools.AccessKeys;
using KmsTools.Alarms;
using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using KmsTools.Quotas;
using KmsTools.Sts;

namespace KmsTools;

/// <summary>
/// The key management service: one store with its calls, its HSMs and its settings. Every call of the API goes through the call
/// pipeline; every other action that changes something is recorded as an event too. Safe for use by many threads.
/// </summary>
public sealed partial class KmsEngine : IDisposable
{
    private readonly StoreClock _clock;
    private readonly SnapshotCache _snapshots;
    private readonly Maintenance _maintenance;
    private readonly CallPipeline _pipeline;
    private readonly SimulatedClock _simulatedClock;
    private readonly EventualConsistency _consistency;
    private Caller? _localUser;

    /// <summary>Creates the engine on a store.</summary>
    /// <param name="store">The store; disposed with the engine.</param>
    /// <param name="hsmProvider">Provides access to HSMs when one is first needed.</param>
    /// <param name="signatures">Provides the signature algorithms that .NET lacks when a key first needs one.</param>
    /// <param name="clock">The clock of stores without a simulated one; null for the system's.</param>
    /// <param name="xksClient">Provides the client of external key store proxies when one is first called; null for none.</param>
    public KmsEngine(
        IStateStore store,
        Func<IHsmProvider> hsmProvider,
        Func<ISignatureProvider> signatures,
        TimeProvider? clock = null,
        Func<IXksClient>? xksClient = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(hsmProvider);
        ArgumentNullException.ThrowIfNull(signatures);
        clock ??= TimeProvider.System;
        _clock = new StoreClock(clock, store);
        SoftwareKeyStore software = new(
            store.RootKey,
            store.Secrets,
            store.Properties.InstallationId,
            signatures,
            (key, materialId, isNow) => _snapshots!.FindBytes(key, materialId, isNow));
        HsmConnections hsms = new(store, hsmProvider);
        _snapshots = new SnapshotCache(store, software.Forget);
        StoreAccessCache access = new();
        Administration administration = new(store, _clock, access);
        HsmClusters = new HsmClusterRegistry(store, hsms, administration);
        Services = new KmsServices
        {
            Store = store,
            Software = software,
            Cipher = new SymmetricCipher(store.Secrets, software, new HsmKeyStore(hsms, store)),
            Signatures = signatures,
            Hsms = hsms,
            Proxies = new XksProxies(store, xksClient ?? NoXksClient),
            Clusters = HsmClusters,
            ManagedKeys = new ManagedKeyCreation(store, _clock, _snapshots, software),
            Administration = administration,
            Access = access,
        };
        ExternalKeyStores = new ExternalKeyStoreRegistry(store, _snapshots, Services.Proxies, administration);
        AlarmStates alarms = new(store, _clock, _snapshots);
        BackupFolder backupFolder = new(store, hsms);
        BackupSource backupSource = new(store, hsms, HsmClusters);
        TimeGuard guard = new(clock);
        DueWork dueWork = new(software, guard, store.Properties);
        RootKeyRotation rotation = new(store, software);
        _maintenance = new Maintenance(
            store, _clock, _snapshots, guard, dueWork, new BackingKeyDeletion(store, hsms), rotation, alarms);
        _pipeline = new CallPipeline(Services, _clock, _snapshots, _maintenance, new RequestQuotas(store.Requests, _clock), alarms);
        HsmTokens = new HsmTokens(store.IsTemporary, hsms, administration);
        HsmMembers = new HsmMembers(store, hsms, HsmClusters, administration);
        KeyMaterial = new KeyMaterialReconciler(store, hsms, _clock, _maintenance, administration);
        HsmBackups = new HsmBackups(store, hsms, backupFolder, backupSource, _clock, _maintenance, administration);
        HsmRestorer = new HsmRestorer(store, hsms, HsmClusters, HsmMembers, HsmBackups, backupFolder, backupSource, administration);
        Quotas = new QuotaRegistry(store.Properties, _snapshots, administration);
        AccessKeys = new AccessKeyRegistry(store.Properties, store.RootKey, _snapshots, administration);
        Principals = new PrincipalRegistry(store, _snapshots, administration);
        Authorization = new AuthorizationRegistry(store, _snapshots, administration);
        AccessSimulator = new AccessSimulator(store, _snapshots, _pipeline);
        Authenticator = new Authenticator(Services, _snapshots, _clock);
        RefusedSignatures = new RefusedSignatures(store, _snapshots, _clock);
        Sts = new SecurityTokenService(Services, _snapshots, _clock);
        Alarms = new AlarmRegistry(store.Properties, _snapshots, _pipeline, _maintenance, administration, alarms);
        ClockTrust = new ClockTrust(store.Properties, _clock, _snapshots, guard, _maintenance, administration);
        EventLog = new EventLogRegistry(store, _clock, administration);
        RootKey = new RootKeyRegistry(store, _snapshots, rotation, hsms, administration);
        Verifier = new StoreVerifier(store, software, KeyMaterial, RootKey);
        _simulatedClock = new SimulatedClock(_snapshots, _maintenance, administration);
        _consistency = new EventualConsistency(_snapshots, administration);
    }

    /// <summary>What was fixed when the store was created.</summary>
    public StateStoreProperties Properties => Store.Properties;

    /// <summary>The tokens of PKCS#11 libraries.</summary>
    public HsmTokens HsmTokens { get; }

    /// <summary>The clusters of HSMs that custom key stores can be created on.</summary>
    public HsmClusterRegistry HsmClusters { get; }

    /// <summary>The HSMs of the clusters.</summary>
    public HsmMembers HsmMembers { get; }

    /// <summary>How external key store proxies are reached, and the VPC endpoint services.</summary>
    public ExternalKeyStoreRegistry ExternalKeyStores { get; }

    /// <summary>Compares what HSMs hold with what the store knows.</summary>
    public KeyMaterialReconciler KeyMaterial { get; }

    /// <summary>The backups of the clusters.</summary>
    public HsmBackups HsmBackups { get; }

    /// <summary>Creates clusters and HSMs from backups.</summary>
    public HsmRestorer HsmRestorer { get; }

    /// <summary>The event log of the store.</summary>
    public EventLogRegistry EventLog { get; }

    /// <summary>The root key of the store.</summary>
    public RootKeyRegistry RootKey { get; }

    /// <summary>Verifies the whole store.</summary>
    public StoreVerifier Verifier { get; }

    /// <summary>The quotas of the store.</summary>
    public QuotaRegistry Quotas { get; }

    /// <summary>The access keys that callers over HTTP sign with.</summary>
    public AccessKeyRegistry AccessKeys { get; }

    /// <summary>The users, roles and groups of the store.</summary>
    public PrincipalRegistry Principals { get; }

    /// <summary>How the store authorizes calls.</summary>
    public AuthorizationRegistry Authorization { get; }

    /// <summary>Tells who may do what, and why.</summary>
    public AccessSimulator AccessSimulator { get; }

    /// <summary>Finds out who calls with given credentials.</summary>
    public Authenticator Authenticator { get; }

    /// <summary>Counts and records the signatures that are refused.</summary>
    public RefusedSignatures RefusedSignatures { get; }

    /// <summary>AWS STS for the account of the store.</summary>
    public SecurityTokenService Sts { get; }

    /// <summary>The alarms of the store.</summary>
    public AlarmRegistry Alarms { get; }

    /// <summary>How far the store trusts its clock.</summary>
    public ClockTrust ClockTrust { get; }

    /// <summary>The current time (UTC): that of the simulated clock if the store has one.</summary>
    public DateTimeOffset UtcNow
    {
        get
        {
            using IStateReader state = _snapshots.Open();
            return _clock.Now(state);
        }
    }

    /// <summary>A number that changes when any process has committed a change of state.</summary>
    public long StateVersion => Store.ReadVersion();

    /// <summary>
    /// How many seconds pass on the store's clock until calls that read see a change of a key, an alias or a grant; 0, as in a new store: none.
    /// </summary>
    public int ConsistencyDelayInSeconds => _consistency.Delay;

    internal KmsServices Services { get; }

    internal IStateStore Store => Services.Store;

    // The operating system is queried once: it reads a file to answer.
    private Caller LocalUser => _localUser ??= Caller.LocalUser(Properties.AccountId);

    /// <summary>Executes one call.</summary>
    /// <typeparam name="TResponse">The response type.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="observer">Follows the call; null for no observer.</param>
    /// <returns>The response, once the event of the call is committed.</returns>
    /// <exception cref="KmsException">The call is refused, and nothing is changed.</exception>
    public TResponse Execute<TResponse>(IKmsRequest<TResponse> request, Caller? caller = null, CallObserver? observer = null)
        where TResponse : class
    {
        ArgumentNullException.ThrowIfNull(request);
        return (TResponse)Execute(OperationCatalog.ForRequest(request), request, caller, observer);
    }

    /// <summary>
    /// Executes one call as <see cref="Execute{TResponse}"/> does, without the consistency delay of the store: part of an act of several calls
    /// that depend on one another.
    /// </summary>
    internal TResponse ExecuteInPresent<TResponse>(IKmsRequest<TResponse> request, Caller caller)
        where TResponse : class =>
        (TResponse)_pipeline.Execute(OperationCatalog.ForRequest(request), request, caller, null, seesPresent: true);

    /// <summary>Executes one call whose types are known at run time only.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="request">The request, of the operation's request type.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="observer">Follows the call; null for no observer.</param>
    /// <returns>The response, of the operation's response type, once the event of the call is committed.</returns>
    /// <exception cref="KmsException">The call is refused, and nothing is changed.</exception>
    public object Execute(Operation operation, object request, Caller? caller = null, CallObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(request);
        return _pipeline.Execute(operation, request, caller ?? LocalUser, observer);
    }

    /// <summary>
    /// Executes one call as <see cref="Execute(Operation, object, Caller?, CallObserver?)"/> does, without blocking a thread until its
    /// event or its change is durable. Everything before that is done before the method returns.
    /// </summary>
    /// <param name="operation">The operation.</param>
    /// <param name="request">The request, of the operation's request type.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="observer">Follows the call; null for no observer.</param>
    /// <returns>The response, of the operation's response type, once the event of the call is committed.</returns>
    /// <exception cref="KmsException">The call is refused, and nothing is changed.</exception>
    public Task<object> ExecuteAsync(Operation operation, object request, Caller? caller = null, CallObserver? observer = null)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(request);
        return _pipeline.ExecuteAsync(operation, request, caller ?? LocalUser, observer);
    }

    /// <summary>
    /// The keys that a call would use, after every check that needs no work: all that refuse the call itself, except request quotas and
    /// what only HSMs, ciphertexts and imported bytes can show.
    /// Does nothing and records nothing, so that a question to the user can name what is at stake. Sees the present, whatever the consistency
    /// delay of the store.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <param name="isTried">
    /// Whether the caller has asked for the call, rather than what it would do: if it is refused, its event is recorded, because it is not
    /// made.
    /// </param>
    /// <exception cref="KmsException">The call would be refused.</exception>
    public ImmutableArray<KeyTarget> Preview(object request, Caller? caller = null, bool isTried = false)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _pipeline.Preview(request, caller ?? LocalUser, isTried);
    }

    /// <summary>
    /// The key that a reference names, for acts that are not calls of AWS KMS and so need no permission. Records nothing.
    /// </summary>
    /// <param name="reference">Key ID, key ARN, alias name or alias ARN.</param>
    /// <param name="caller">Who asks, whose Region the key is in; null for the user of the operating system.</param>
    /// <exception cref="KmsException">NotFoundException or InvalidArnException.</exception>
    public Key FindKey(string reference, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(reference);
        return _pipeline.FindKey(reference, caller ?? LocalUser);
    }

    /// <inheritdoc cref="CallPipeline.Decide(object, Caller)"/>
    internal ImmutableArray<(Permission Permission, AccessDecision Decision)> Decide(object request, Caller caller) =>
        _pipeline.Decide(request, caller);

    /// <summary>
    /// The rates of the custom key stores that a call uses, to explain throttling: none where request quotas are off. Records nothing.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="caller">The caller; null for the user of the operating system.</param>
    /// <exception cref="KmsException">The call would be refused.</exception>
    public ImmutableArray<CustomKeyStoreRate> FindRates(object request, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        return _pipeline.FindRates(request, caller ?? LocalUser);
    }

    /// <summary>The newest successful cryptographic use of a key, or null.</summary>
    public KeyUse? FindLastUsage(Key key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return Store.Events.FindLastUsage(key.Region, key.KeyId);
    }

    /// <summary>A view of the current state, for completion and questions to the user. Records nothing.</summary>
    public IStateReader OpenReader() => _snapshots.Open();

    /// <summary>Finds out whether the store can be read and written now. Records nothing.</summary>
    /// <exception cref="StateStoreException">It cannot; the message says why.</exception>
    public void RequireHealth() => Store.Probe();

    /// <summary>Events of calls and of what KMS did on its own, oldest first.</summary>
    public IEnumerable<AuditEvent> FindEvents(EventQuery query)
    {
        ProcessDue();
        return Store.Events.Query(query).Select(AuditEvent.Parse);
    }

    /// <summary>Performs everything that has become due.</summary>
    /// <returns>The number of items.</returns>
    public int ProcessDue() => _maintenance.Run();

    /// <summary>Performs everything that has become due, and records that a user requested it.</summary>
    /// <param name="caller">The caller who requests it; null for the user of the operating system.</param>
    /// <returns>The number of items.</returns>
    public int InvokeMaintenance(Caller? caller = null)
    {
        return Services.Administration.Do(new AdministrativeAct(AuditNames.InvokeMaintenance, caller), context =>
        {
            int done = ProcessDue();
            context.ResponseElements[AuditNames.Members.Items] = done.ToString(CultureInfo.InvariantCulture);
            return done;
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Services.Hsms.Dispose();
        Services.Proxies.Dispose();
        Services.Software.Dispose();
        Store.Dispose();
    }

    private static IXksClient NoXksClient() =>
        throw new InvalidOperationException("This engine was created without a client of external key store proxies.");
}
