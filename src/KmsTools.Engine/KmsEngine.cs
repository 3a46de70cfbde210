using System.Collections.Immutable;
using KmsTools.AccessKeys;
using KmsTools.Alarms;
using KmsTools.Auditing;
using KmsTools.Cryptography;
using KmsTools.Keys;
using KmsTools.KeyStates;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Quotas;

namespace KmsTools;

/// <summary>
/// The key management service. Every call takes the one pipeline of <see cref="Execute{TResponse}"/>: shape of the request, what fell
/// due, keys, authorization, key state, request quotas, the operation itself, its event, the answer. Safe for use by many threads.
/// </summary>
public sealed class KmsEngine : IDisposable
{
    private readonly IStateStore _store;
    private readonly TimeProvider _clock;
    private readonly SnapshotCache _snapshots;
    private readonly DueWork _dueWork;
    private readonly BackingKeyDeletion _backingKeyDeletion;
    private readonly RequestQuotas _requestQuotas;
    private Caller? _localUser;
    private int _startedUp;

    /// <summary>Makes the engine over a store.</summary>
    /// <param name="store">The store; disposed with the engine.</param>
    /// <param name="hsmProvider">Gives the way to HSMs when one is first needed.</param>
    /// <param name="signatures">Gives the signature algorithms that .NET lacks when a key first needs one.</param>
    /// <param name="clock">The clock of stores without a simulated one; null for the system's.</param>
    public KmsEngine(IStateStore store, Func<IHsmProvider> hsmProvider, Func<ISignatureProvider> signatures, TimeProvider? clock = null)
    {
        ArgumentNullException.ThrowIfNull(store);
        ArgumentNullException.ThrowIfNull(hsmProvider);
        ArgumentNullException.ThrowIfNull(signatures);
        _store = store;
        _clock = clock ?? TimeProvider.System;
        Signatures = signatures;
        Software = new SoftwareKeyStore(store.RootKey, store.Properties.InstallationId, signatures);
        Hsms = new HsmConnections(store, hsmProvider);
        Cipher = new SymmetricCipher(store.RootKey, Software, new HsmKeyStore(Hsms, store));
        HsmClusters = new HsmClusterRegistry(store, Hsms, this);
        HsmMembers = new HsmMembers(store, Hsms, this);
        KeyMaterial = new KeyMaterialReconciler(store, Hsms, this);
        HsmBackups = new HsmBackups(store, Hsms, this);
        _snapshots = new SnapshotCache(store, Software.Forget);
        _dueWork = new DueWork(Software);
        _backingKeyDeletion = new BackingKeyDeletion(store, Hsms);
        _requestQuotas = new RequestQuotas(store.Requests, _clock);
        Quotas = new QuotaRegistry(store);
        AccessKeys = new AccessKeyRegistry(store, this);
        Alarms = new AlarmRegistry(store, this);
    }

    /// <summary>What was fixed when the store was created.</summary>
    public StateStoreProperties Properties => _store.Properties;

    /// <summary>The folder of the store.</summary>
    public string Folder => _store.Folder;

    /// <summary>Whether the store is gone once the engine is disposed.</summary>
    public bool IsTemporary => _store.IsTemporary;

    /// <summary>The clusters of HSMs that custom key stores can be made on.</summary>
    public HsmClusterRegistry HsmClusters { get; }

    /// <summary>The HSMs of the clusters.</summary>
    public HsmMembers HsmMembers { get; }

    /// <summary>Compares what HSMs hold with what the store knows.</summary>
    public KeyMaterialReconciler KeyMaterial { get; }

    /// <summary>The backups of the clusters.</summary>
    public HsmBackups HsmBackups { get; }

    /// <summary>The quotas of the store.</summary>
    public QuotaRegistry Quotas { get; }

    /// <summary>The access keys that callers over HTTP sign with.</summary>
    public AccessKeyRegistry AccessKeys { get; }

    /// <summary>The alarms of the store.</summary>
    public AlarmRegistry Alarms { get; }

    /// <summary>The time now (UTC): of the simulated clock where the store has one.</summary>
    public DateTimeOffset UtcNow
    {
        get
        {
            using IStateReader state = _snapshots.Open();
            return Now(state);
        }
    }

    internal Func<ISignatureProvider> Signatures { get; }

    internal SoftwareKeyStore Software { get; }

    internal HsmConnections Hsms { get; }

    internal SymmetricCipher Cipher { get; }

    internal IStateStore Store => _store;

    // The operating system is asked once: it reads a file to answer.
    private Caller LocalUser => _localUser ??= Caller.LocalUser(Properties.AccountId);

    /// <summary>Executes one call.</summary>
    /// <typeparam name="TResponse">The response type.</typeparam>
    /// <param name="request">The request.</param>
    /// <param name="caller">Who calls; null for the user of the operating system.</param>
    /// <returns>The response, once the event of the call is committed.</returns>
    /// <exception cref="KmsException">The call is refused, and nothing is changed.</exception>
    public TResponse Execute<TResponse>(IKmsRequest<TResponse> request, Caller? caller = null)
        where TResponse : class
    {
        ArgumentNullException.ThrowIfNull(request);
        return (TResponse)Execute(OperationCatalog.ForRequest(request), request, caller);
    }

    /// <summary>Executes one call whose types are known at run time only.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="request">The request, of the operation's request type.</param>
    /// <param name="caller">Who calls; null for the user of the operating system.</param>
    /// <returns>The response, of the operation's response type, once the event of the call is committed.</returns>
    /// <exception cref="KmsException">The call is refused, and nothing is changed.</exception>
    public object Execute(Operation operation, object request, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(request);
        using var context = new OperationContext(this, operation, request, caller ?? LocalUser);
        try
        {
            object response = operation.Run(this, request, context);
            if (context.UsageEvent is { } usage)
            {
                _store.Events.Append(usage);
            }

            return response;
        }
        catch (Exception fault) when (fault is KmsException or StateStoreException or HsmException)
        {
            throw RecordRefusal(context, fault);
        }
    }

    /// <summary>
    /// Executes one call as <see cref="Execute(Operation, object, Caller?)"/> does, without a thread that waits for the commit of a
    /// usage event. Everything before that, and management calls as a whole, is done before the method returns.
    /// </summary>
    /// <param name="operation">The operation.</param>
    /// <param name="request">The request, of the operation's request type.</param>
    /// <param name="caller">Who calls; null for the user of the operating system.</param>
    /// <returns>The response, of the operation's response type, once the event of the call is committed.</returns>
    /// <exception cref="KmsException">The call is refused, and nothing is changed.</exception>
    public async Task<object> ExecuteAsync(Operation operation, object request, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(operation);
        ArgumentNullException.ThrowIfNull(request);
        using var context = new OperationContext(this, operation, request, caller ?? LocalUser);
        try
        {
            object response = operation.Run(this, request, context);
            if (context.UsageEvent is { } usage)
            {
                await _store.Events.AppendAsync(usage).ConfigureAwait(false);
            }

            return response;
        }
        catch (Exception fault) when (fault is KmsException or StateStoreException or HsmException)
        {
            throw RecordRefusal(context, fault);
        }
    }

    /// <summary>
    /// The keys that a call would use, after every check that needs no work: all that refuse the call itself, but for request quotas and
    /// what only HSMs, ciphertexts and imported bytes tell.
    /// Does nothing and records nothing, so that a question to the user can name what is at stake.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="caller">Who would call; null for the user of the operating system.</param>
    /// <exception cref="KmsException">The call would be refused.</exception>
    public ImmutableArray<KeyTarget> Preview(object request, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        Operation operation = OperationCatalog.ForRequest(request);
        using var context = new OperationContext(this, operation, request, caller ?? LocalUser) { IsPreview = true };
        return [.. operation.Preview(this, request, context)];
    }

    /// <summary>
    /// The rates of the custom key stores that a call uses, to explain throttling: none where request quotas are off. Records nothing.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="caller">Who calls; null for the user of the operating system.</param>
    /// <exception cref="KmsException">The call would be refused.</exception>
    public ImmutableArray<CustomKeyStoreRate> FindRates(object request, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(request);
        Operation operation = OperationCatalog.ForRequest(request);
        using var context = new OperationContext(this, operation, request, caller ?? LocalUser) { IsPreview = true };
        _ = operation.Preview(this, request, context);
        return [.. _requestQuotas.Rates(context)];
    }

    /// <summary>The event of the newest successful cryptographic use of a key, or null.</summary>
    public AuditEvent? FindLastUsage(Key key)
    {
        ArgumentNullException.ThrowIfNull(key);
        return _store.Events.FindLastUsage(key.Region, key.KeyId) is { } record ? AuditEvent.Parse(record) : null;
    }

    /// <summary>A view of the state as it is now, for completion and questions to the user. Records nothing.</summary>
    public IStateReader OpenReader() => _snapshots.Open();

    /// <summary>Events of calls and of what KMS did by itself, oldest first.</summary>
    public IEnumerable<AuditEvent> FindEvents(EventQuery query)
    {
        ProcessDue();
        return _store.Events.Query(query).Select(AuditEvent.Parse);
    }

    /// <summary>Does all that has fallen due.</summary>
    /// <returns>How much there was.</returns>
    public int ProcessDue()
    {
        int done = 0;
        using (IStateReader state = _snapshots.Open())
        {
            if (state.ReadEarliestDue() <= Now(state))
            {
                using IStateTransaction transaction = _store.BeginTransaction();
                done = _dueWork.Apply(transaction, Now(transaction));
                transaction.Commit();
            }
        }

        _backingKeyDeletion.Finish();
        Alarms.Evaluate();
        return done;
    }

    /// <summary>Moves a simulated clock and does what falls due on the way.</summary>
    /// <param name="to">The new time; not before the present one.</param>
    /// <exception cref="InvalidOperationException">The store has the real clock, or the time is in the past.</exception>
    public void StepClock(DateTimeOffset to)
    {
        using (IStateTransaction transaction = _store.BeginTransaction())
        {
            RequireStep(transaction, to);
            transaction.WriteSimulatedTime(to);
            transaction.Commit();
        }

        ProcessDue();
    }

    /// <summary>Refuses what <see cref="StepClock"/> would refuse, and does nothing.</summary>
    /// <param name="to">The new time.</param>
    /// <exception cref="InvalidOperationException">The store has the real clock, or the time is in the past.</exception>
    public void PreviewStepClock(DateTimeOffset to)
    {
        using IStateReader state = _snapshots.Open();
        RequireStep(state, to);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Hsms.Dispose();
        Software.Dispose();
        _store.Dispose();
    }

    internal TResponse Run<TRequest, TResponse>(Operation<TRequest, TResponse> operation, TRequest request, OperationContext context)
        where TRequest : class, IKmsRequest<TResponse>
        where TResponse : class
    {
        OpenSnapshot(context);
        operation.Shape.Validate(request);
        GrantToken.Require(request, context);
        operation.Validate(request, context);
        operation.Prepare(request, context);
        int dueDone = operation.ReadOnly ? 0 : OpenTransaction(context);

        foreach (KeyTarget target in operation.Targets(request, context))
        {
            context.Add(target.Key);
            Require(operation, target, context);
        }

        _requestQuotas.Require(context);
        operation.Check(request, context);
        TResponse response = operation.Handle(request, context);
        AuditRecord record = AuditWriter.Answered(context, operation, response);
        if (operation.ReadOnly)
        {
            context.UsageEvent = record;
        }
        else
        {
            context.Transaction.Append(record);
            context.Transaction.Commit();
            context.EndTransaction();
            operation.Conclude(request, context);
            if (dueDone > 0)
            {
                _backingKeyDeletion.Finish();
            }
        }

        return response;
    }

    // The steps of Run that change nothing.
    internal List<KeyTarget> Preview<TRequest, TResponse>(Operation<TRequest, TResponse> operation, TRequest request, OperationContext context)
        where TRequest : class, IKmsRequest<TResponse>
        where TResponse : class
    {
        OpenSnapshot(context);
        operation.Shape.Validate(request);
        GrantToken.Require(request, context);
        operation.Validate(request, context);
        List<KeyTarget> targets = [];
        foreach (KeyTarget target in operation.Targets(request, context))
        {
            context.Add(target.Key);
            targets.Add(target);
            Require(operation, target, context);
        }

        operation.Check(request, context);
        return targets;
    }

    internal IStateReader CreateAwsManagedKey(string region, string aliasName)
    {
        using (IStateTransaction transaction = _store.BeginTransaction())
        {
            // Another process may have been first.
            if (transaction.FindAlias(region, aliasName) is null)
            {
                DateTimeOffset now = Now(transaction);
                Key key = AwsManagedKeys.Create(
                    transaction, Software, Properties.AccountId, region, aliasName, Properties.AwsManagedKeyRotationPeriodInDays, now);
                transaction.Append(AuditWriter.Service("CreateKey", key, now, new Dictionary<string, string?> { ["keyId"] = key.KeyId }));
                transaction.Commit();
            }
        }

        return _snapshots.Open();
    }

    internal DateTimeOffset Now(IStateReader state) => state.ReadSimulatedTime() ?? ToMilliseconds(_clock.GetUtcNow());

    // The store keeps milliseconds; a time that is compared with stored ones must not be finer.
    private static DateTimeOffset ToMilliseconds(DateTimeOffset time) => new(time.UtcTicks - (time.UtcTicks % TimeSpan.TicksPerMillisecond), TimeSpan.Zero);

    private static void RequireStep(IStateReader state, DateTimeOffset to)
    {
        if (state.ReadSimulatedTime() is not { } now)
        {
            throw new StoreClockException(ErrorCause.RealClock, "This store uses the real clock, which cannot be moved. A store gets a simulated clock when it is created.");
        }

        if (to < now)
        {
            throw new StoreClockException(ErrorCause.ClockBackwards, $"The simulated clock stands at {now:O} and cannot go back.");
        }
    }

    private static void Require(Operation operation, KeyTarget target, OperationContext context)
    {
        Authorizer.Require(context.Caller, operation, target);
        KeyStateTable.Require(operation.Name, target.Key);
        if (target.Usage is { } usage && target.Key.KeyUsage != usage)
        {
            throw KmsErrors.InvalidKeyUsage(target.Key, target.Action);
        }
    }

    private void OpenSnapshot(OperationContext context)
    {
        context.Use(_snapshots.Open());
        context.Now = Now(context.State);
        context.Quotas = context.State.ReadQuotas();
        if (context.State.ReadEarliestDue() <= context.Now || Interlocked.Exchange(ref _startedUp, 1) == 0)
        {
            // The first call also takes up what a process that died has left.
            ProcessDue();
            context.Use(_snapshots.Open());
        }
    }

    private int OpenTransaction(OperationContext context)
    {
        IStateTransaction transaction = _store.BeginTransaction();
        context.Use(transaction);
        context.Now = Now(transaction);

        // Only what fell due since the snapshot was opened; it commits, or is undone and done again, with the call.
        return _dueWork.Apply(transaction, context.Now);
    }

    /// <summary>Records that a call is refused.</summary>
    /// <returns>The refusal as the caller gets it.</returns>
    private KmsException RecordRefusal(OperationContext context, Exception fault)
    {
        KmsException error = fault switch
        {
            KmsException refusal => refusal,
            HsmException hsm => HsmKeyStore.Error(null, hsm),
            _ => KmsErrors.Internal(fault.Message, fault),
        };
        context.EndTransaction();
        try
        {
            AuditRecord record = AuditWriter.Refused(context, error);
            _store.Events.Append(record);
            if (context.Keys.Count > 0 && AlarmRules.IsUseWhilePendingDeletion(error))
            {
                Alarms.NoteUse(context.Keys[^1], record);
            }

            return error;
        }
        catch (StateStoreException unrecorded)
        {
            return KmsErrors.Internal(unrecorded.Message, unrecorded);
        }
    }
}
