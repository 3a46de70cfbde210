using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Identifiers;
using KmsTools.Keys;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using KmsTools.Validation;

namespace KmsTools;

/// <summary>One call on its way through the pipeline: the caller, the time, the state, and what is to be recorded about it.</summary>
public sealed class OperationContext : IDisposable
{
    private readonly List<Key> _keys = [];
    private IStateReader? _state;
    private bool _seesUnsynced;

    internal OperationContext(KmsServices services, Operation operation, object request, Caller caller)
    {
        Services = services;
        Operation = operation;
        Request = request;
        Caller = caller;
        Region = caller.Region ?? services.Properties.Region;
        RequestId = caller.RequestId ?? CallId.New();
    }

    /// <summary>The operation.</summary>
    public Operation Operation { get; }

    /// <summary>The caller.</summary>
    public Caller Caller { get; }

    /// <summary>The Region of the call.</summary>
    public RegionName Region { get; }

    /// <summary>The account.</summary>
    public AccountId AccountId => Services.Properties.AccountId;

    /// <summary>The time of the call (UTC), read once.</summary>
    public DateTimeOffset Now { get; internal set; }

    /// <summary>UUID of the request.</summary>
    public string RequestId { get; private init; }

    /// <summary>UUID of the event that records the call.</summary>
    public string EventId { get; } = CallId.New();

    /// <summary>Follows the call.</summary>
    internal CallObserver Observer { get; init; } = CallObserver.None;

    /// <summary>Whether the call is only checked and must change nothing.</summary>
    internal bool IsPreview { get; init; }

    /// <summary>
    /// The key that a simulated call would create, which is decided about as if it were there; null for one that exists, and in all other
    /// calls.
    /// </summary>
    internal ResolvedKey? SimulatedDraft { get; init; }

    /// <summary>Whether the call sees changes only after the consistency delay of the store.</summary>
    internal bool SeesPast { get; init; }

    /// <summary>What the call keeps because the store is shared; null in a store that is not.</summary>
    internal SharedCall? Shared { get; init; }

    /// <summary>The services that the operation uses.</summary>
    internal KmsServices Services { get; }

    internal object Request { get; }

    /// <summary>The state as this call sees it: cached values, or the call's write transaction.</summary>
    internal IStateReader State => _state ?? throw new InvalidOperationException("The call has no view of the state yet.");

    /// <summary>The quotas of the store.</summary>
    internal QuotaLimits Quotas { get; set; } = QuotaLimits.Default;

    /// <summary>What the store says about access, besides its keys.</summary>
    internal StoreAccess Access => field ??= Services.Access.Read(State);

    /// <summary>Who calls.</summary>
    internal CallerIdentity Identity
    {
        get => field ??= CallerIdentity.Of(Caller, _state is null ? new StoreAccess(AuthorizationSettings.Default, []) : Access);
        private init;
    }

    /// <summary>The account of the caller; that of the store for services.</summary>
    internal AccountId CallerAccountId => CallerIdentity.Parse(Caller.PrincipalArn)?.AccountId ?? AccountId;

    /// <summary>The write transaction of a call that changes state.</summary>
    internal IStateTransaction Transaction => (IStateTransaction)State;

    /// <summary>The keys of the call, in the order in which they were checked.</summary>
    internal IReadOnlyList<Key> Keys => _keys;

    /// <summary>The key of a call that has one.</summary>
    internal Key Key => _keys[0];

    /// <summary>What the event contains besides parameters and response.</summary>
    internal Dictionary<string, string> AdditionalEventData { get; } = [];

    /// <summary>The materials that the call uses, which its event names beside <see cref="AdditionalEventData"/>.</summary>
    internal UsedMaterials Materials { get; set; }

    /// <summary>Resources of the event that are not keys: aliases.</summary>
    internal List<string> OtherResources { get; } = [];

    /// <summary>Whether something that had become due was performed in the transaction of the call.</summary>
    internal bool HasDoneDueWork { get; set; }

    /// <summary>The event of a call that leaves the state as it is: must be committed before the response is returned.</summary>
    internal AuditRecord? UsageEvent { get; set; }

    /// <summary>What Prepare generated for the key that Handle creates; disposed with the call.</summary>
    internal INewKeyMaterial? NewMaterial { get; set; }

    /// <summary>The external key store as Prepare has asked its proxy, for Handle to save.</summary>
    internal CustomKeyStore? PreparedKeyStore { get; set; }

    /// <summary>Keeps a custom key store from being connected by another process until the call ends.</summary>
    internal IDisposable? Connecting { get; set; }

    /// <inheritdoc/>
    public void Dispose()
    {
        _state?.Dispose();
        NewMaterial?.Dispose();
        Connecting?.Dispose();
    }

    internal void Use(IStateReader state)
    {
        Leave();
        _state = state;
    }

    /// <summary>Completes when the answer may leave: when everything that the call may have seen is synced.</summary>
    internal Task WhenSyncedAsync() =>
        _seesUnsynced || _state is { SeesUnsynced: true } ? Services.Store.WhenSyncedAsync() : Task.CompletedTask;

    /// <summary>Releases the write lock; rolls back what is not committed.</summary>
    internal void EndTransaction()
    {
        if (_state is not null)
        {
            // The event of a call that is refused early names the caller too.
            _ = Identity;
        }

        Leave();
    }

    private void Leave()
    {
        _seesUnsynced |= _state is { SeesUnsynced: true };
        _state?.Dispose();
        _state = null;
    }

    internal void Add(Key key) => _keys.Add(key);

    /// <summary>Removes keys that do not exist, so that the event of a call names none.</summary>
    internal void RemoveDrafts() => _keys.RemoveAll(AwsManagedKeys.IsDraft);

    /// <summary>This call from the beginning, once what it went by was outdated: the same request, of which nothing is recorded yet.</summary>
    internal OperationContext Again() => new(Services, Operation, Request, Caller)
    {
        Observer = Observer,
        SeesPast = SeesPast,
        RequestId = RequestId,
        Shared = Shared!.Again(),
    };

    /// <summary>This call as recorded in another Region: the same request, with a separate event.</summary>
    internal OperationContext InRegion(RegionName region, Operation operation, object request, Key key)
    {
        OperationContext other = new(Services, operation, request, Caller with { Region = region })
        {
            Now = Now,
            RequestId = RequestId,
            Identity = Identity,
        };
        other.Add(key);
        return other;
    }

    internal ResolvedKey ResolveKey(string reference, KeyReferenceForms forms, string? action = null) =>
        KeyResolver.Resolve(reference, forms, this, action);

    /// <summary>Makes the event name the custom key store of a key, if it is in one.</summary>
    internal void DescribeCustomKeyStore(Key key)
    {
        if (key.CustomKeyStoreId is { } id)
        {
            AdditionalEventData[AuditNames.Members.CustomKeyStoreId] = id;
            if (key.XksKeyId is { } xksKeyId)
            {
                AdditionalEventData[AuditNames.Members.XksKeyId] = xksKeyId;
            }
        }
    }

    /// <summary>The custom key store with this ID, in the Region of the call.</summary>
    /// <exception cref="KmsException">CustomKeyStoreNotFoundException.</exception>
    internal CustomKeyStore RequireCustomKeyStore(string customKeyStoreId) =>
        State.FindCustomKeyStore(Region, customKeyStoreId) ?? throw KmsErrors.CustomKeyStoreNotFound(customKeyStoreId);

    /// <summary>The custom key store with this ID, in the Region of the call, if it is connected.</summary>
    /// <exception cref="KmsException">CustomKeyStoreNotFoundException or CustomKeyStoreInvalidStateException.</exception>
    internal CustomKeyStore RequireConnectedKeyStore(string customKeyStoreId)
    {
        CustomKeyStore store = RequireCustomKeyStore(customKeyStoreId);
        return store.ConnectionState == ConnectionStateType.CONNECTED
            ? store
            : throw KmsErrors.CustomKeyStoreNotConnected(store, Operation.Name);
    }

    /// <summary>Saves the key of the call after a change, and makes it the one that the rest of the call sees.</summary>
    internal Key Update(Key changed)
    {
        Transaction.UpdateKey(changed);
        _keys[0] = changed;
        return changed;
    }

    /// <summary>The last step before the work: ends a dry run.</summary>
    /// <exception cref="KmsException">DryRunOperationException: the call is a dry run and would have succeeded.</exception>
    internal void EndDryRun()
    {
        if (Request is IDryRunRequest { DryRun: true })
        {
            throw KmsErrors.DryRun();
        }
    }

    /// <summary>Refuses a call that may not use a key, before that exists. Where permissions are not enforced, that has time.</summary>
    /// <exception cref="KmsException">AccessDeniedException.</exception>
    internal void RequireOnDraft(Key draft, string aliasName, string action)
    {
        if (Access.Settings.Mode == AuthorizationMode.Enforce)
        {
            Services.Authorizer.Require(
                this, new Permission(action, draft.Arn, Permission.RuleOf(action), draft)
                {
                    RequestAlias = aliasName,
                    AliasOfDraft = KeyIdentifier.AliasArn(draft.Region, draft.AccountId, aliasName),
                });
        }
    }

    /// <summary>Creates the managed key of a service, which is a separate change of state.</summary>
    internal Key CreateAwsManagedKey(AliasName aliasName)
    {
        Use(Services.ManagedKeys.Create(Region, aliasName));
        return State.FindKey(Region, State.FindAlias(Region, aliasName)!.TargetKeyId)!;
    }
}
