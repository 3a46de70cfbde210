using System.Collections.Immutable;
using KmsTools.Alarms;
using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.KeyStates;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Quotas;
using KmsTools.Validation;

namespace KmsTools.Pipeline;

/// <summary>
/// The steps that every call of the API goes through: shape of the request, what became due, keys, authorization, key usage, key state,
/// request quotas, the operation itself, its event, the response. Safe for use by many threads.
/// </summary>
internal sealed class CallPipeline(
    KmsServices services,
    StoreClock clock,
    SnapshotCache snapshots,
    Maintenance maintenance,
    RequestQuotas requestQuotas,
    AlarmStates alarms)
{
    private int _startedUp;

    /// <inheritdoc cref="KmsEngine.Execute(Operation, object, Caller?, CallObserver?)"/>
    public object Execute(Operation operation, object request, Caller caller, CallObserver? observer, bool seesPresent = false)
    {
        using OperationContext context = new(services, operation, request, caller)
        {
            Observer = observer ?? CallObserver.None,
            SeesPast = operation.ReadOnly && !seesPresent,
        };
        try
        {
            object response = operation.Run(this, request, context);
            if (context.UsageEvent is { } usage)
            {
                context.WhenSyncedAsync().GetAwaiter().GetResult();
                services.Store.Events.Append(usage);
            }
            else
            {
                context.Transaction.Commit();
                Conclude(operation, request, context);
            }

            return response;
        }
        catch (Exception exception) when (exception is KmsException or StateStoreException or HsmException)
        {
            throw RecordRefusal(context, exception);
        }
    }

    /// <inheritdoc cref="KmsEngine.ExecuteAsync"/>
    public async Task<object> ExecuteAsync(Operation operation, object request, Caller caller, CallObserver? observer)
    {
        using OperationContext context = new(services, operation, request, caller)
        {
            Observer = observer ?? CallObserver.None,
            SeesPast = operation.ReadOnly,
        };
        try
        {
            object response = operation.Run(this, request, context);
            if (context.UsageEvent is { } usage)
            {
                await context.WhenSyncedAsync().ConfigureAwait(false);
                await services.Store.Events.AppendAsync(usage).ConfigureAwait(false);
            }
            else
            {
                await context.Transaction.CommitAsync().ConfigureAwait(false);
                Conclude(operation, request, context);
            }

            return response;
        }
        catch (Exception exception) when (exception is KmsException or StateStoreException or HsmException)
        {
            throw RecordRefusal(context, exception);
        }
    }

    /// <inheritdoc cref="KmsEngine.Preview"/>
    public ImmutableArray<KeyTarget> Preview(object request, Caller caller)
    {
        using OperationContext context = BeginPreview(request, caller);
        return [.. context.Operation.Preview(this, request, context)];
    }

    /// <inheritdoc cref="KmsEngine.FindKey"/>
    public Key FindKey(string reference, Caller caller)
    {
        DescribeKeyRequest request = new() { KeyId = reference };
        using OperationContext context = BeginPreview(request, caller);
        OpenSnapshot(context);
        context.Operation.Shape.Validate(request);
        return context.ResolveKey(reference, KeyReferenceForms.Any).Key;
    }

    /// <inheritdoc cref="KmsEngine.FindRates"/>
    public ImmutableArray<CustomKeyStoreRate> FindRates(object request, Caller caller)
    {
        using OperationContext context = BeginPreview(request, caller);
        _ = context.Operation.Preview(this, request, context);
        return [.. requestQuotas.Rates(context)];
    }

    /// <summary>Runs an operation up to its commit, for <see cref="Operation"/>, which knows the types.</summary>
    public TResponse Run<TRequest, TResponse>(Operation<TRequest, TResponse> operation, TRequest request, OperationContext context)
        where TRequest : class, IKmsRequest<TResponse>
        where TResponse : class
    {
        OpenSnapshot(context);
        KeyResolver.RefuseAlias(operation.Shape, request);
        operation.Shape.Validate(request);
        GrantToken.Require(request, context);
        operation.Validate(request, context);
        if (operation.Prepares)
        {
            Admit(context);
            operation.Prepare(request, context);
        }

        if (!operation.ReadOnly)
        {
            OpenTransaction(context);
        }

        if (!operation.Prepares)
        {
            Admit(context);
        }

        requestQuotas.Require(context);
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
        }

        return response;
    }

    // After the commit.
    private void Conclude(Operation operation, object request, OperationContext context)
    {
        context.EndTransaction();
        operation.Conclude(request, context);
        if (context.HasDoneDueWork)
        {
            maintenance.FinishDeletions();
        }
    }

    /// <summary>The steps of <see cref="Run"/> that change nothing.</summary>
    public List<KeyTarget> Preview<TRequest, TResponse>(
        Operation<TRequest, TResponse> operation,
        TRequest request,
        OperationContext context)
        where TRequest : class, IKmsRequest<TResponse>
        where TResponse : class
    {
        OpenSnapshot(context);
        KeyResolver.RefuseAlias(operation.Shape, request);
        operation.Shape.Validate(request);
        GrantToken.Require(request, context);
        operation.Validate(request, context);
        List<KeyTarget> targets = [];
        Admit(context, targets);
        operation.Check(request, context);
        return targets;
    }

    /// <summary>
    /// Decides about the permissions that a call needs, one after the other as far as the first denial: what
    /// <see cref="Execute"/> would do in a store that enforces them. Does nothing and records nothing.
    /// </summary>
    /// <exception cref="KmsException">The call is refused before that.</exception>
    public ImmutableArray<(Permission Permission, AccessDecision Decision)> Decide(object request, Caller caller)
    {
        using OperationContext context = BeginPreview(request, caller);
        OpenSnapshot(context);
        context.Operation.Shape.Validate(request);
        return DecideAll(context, null);
    }

    /// <summary>As <see cref="Decide(object, Caller)"/>, for a request that lacks what permissions do not depend on.</summary>
    /// <param name="makeRequest">Makes the request, given the state.</param>
    /// <param name="caller">The caller.</param>
    /// <param name="action">The only action to decide about; null for all that the call needs.</param>
    /// <exception cref="KmsException">The call is refused before that.</exception>
    public ImmutableArray<(Permission Permission, AccessDecision Decision)> Simulate(
        Func<IStateReader, object> makeRequest, Caller caller, string? action)
    {
        object request;
        using (IStateReader state = snapshots.Open())
        {
            request = makeRequest(state);
        }

        using OperationContext context = BeginPreview(request, caller);
        OpenSnapshot(context);
        return DecideAll(context, action);
    }

    private ImmutableArray<(Permission Permission, AccessDecision Decision)> DecideAll(OperationContext context, string? action)
    {
        GrantToken.Require(context.Request, context);
        List<(Permission, AccessDecision)> decisions = [];
        foreach (Permission permission in context.Operation.FindPermissions(context))
        {
            if (permission is { Key: { } key, IsTarget: true })
            {
                context.Add(key);
            }

            if (action is not null && permission.Action != action)
            {
                continue;
            }

            AccessDecision decision = services.Authorizer.Decide(context, permission);
            decisions.Add((permission, decision));
            if (!decision.IsAllowed)
            {
                break;
            }
        }

        return [.. decisions];
    }

    /// <summary>
    /// Checks that the caller has the permissions which the call needs, and that its keys are in a state that permits it; adds the keys to
    /// the call.
    /// </summary>
    private void Admit(OperationContext context, List<KeyTarget>? targets = null)
    {
        foreach (Permission permission in context.Operation.FindPermissions(context))
        {
            if (permission is not { Key: { } key, IsTarget: true })
            {
                services.Authorizer.Require(context, permission);
                continue;
            }

            context.Add(key);
            targets?.Add(new KeyTarget(key, permission.Action, permission.Usage));
            services.Authorizer.Require(context, permission);
            if (permission.Usage is { } usage && key.KeyUsage != usage)
            {
                throw KmsErrors.InvalidKeyUsage(key, permission.Action);
            }

            KeyStateTable.Require(context.Operation.Name, key);
        }
    }

    private OperationContext BeginPreview(object request, Caller caller) =>
        new(services, OperationCatalog.ForRequest(request), request, caller) { IsPreview = true };

    private void OpenSnapshot(OperationContext context)
    {
        context.Use(snapshots.Open());
        context.Now = clock.Now(context.State);
        context.Quotas = context.State.ReadQuotas();
        if (Maintenance.IsNeeded(context.State, context.Now) || Interlocked.Exchange(ref _startedUp, 1) == 0)
        {
            // The first call also takes over what a process that died has left.
            maintenance.Run();
            context.Use(snapshots.Open());
        }

        if (context.SeesPast && context.State.ReadConsistencyDelay() > 0)
        {
            context.Use(snapshots.OpenPast(context.Now, context.Operation.UsesMaterial));
        }
    }

    private void OpenTransaction(OperationContext context)
    {
        int done = 0;
        while (true)
        {
            IStateTransaction transaction = services.Store.BeginTransaction();
            context.Use(transaction);
            context.Now = clock.Now(transaction);

            // Only what became due since the snapshot was opened; it commits, or is rolled back and repeated, with the call.
            (int items, bool hasMore) = maintenance.ApplyDue(transaction, context.Now);
            done += items;
            if (!hasMore)
            {
                transaction.ChangeTime = context.Now;
                context.HasDoneDueWork = done > 0;
                return;
            }

            transaction.Commit();
        }
    }

    /// <summary>Records that a call is refused.</summary>
    /// <returns>The refusal as the caller receives it.</returns>
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
            context.WhenSyncedAsync().GetAwaiter().GetResult();
            AuditRecord record = AuditWriter.Refused(context, error);
            services.Store.Events.Append(record);
            if (context.Keys.Count > 0 && AlarmRules.IsUseWhilePendingDeletion(error))
            {
                alarms.NoteUse(context.Keys[^1], record);
            }

            return error;
        }
        catch (StateStoreException exception)
        {
            return KmsErrors.Internal(exception.Message, exception);
        }
    }
}
