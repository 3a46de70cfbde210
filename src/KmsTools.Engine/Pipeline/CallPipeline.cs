using KmsTools.AccessKeys;
using KmsTools.Alarms;
using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.KeyStates;
using KmsTools.KeyStores;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Quotas;

namespace KmsTools.Pipeline;

/// <summary>
/// The steps that every call of the API goes through: shape of the request, what became due, keys, authorization, key usage, key state,
/// request quotas, the operation itself, its event, the response. Safe for use by many threads.
/// </summary>
internal sealed partial class CallPipeline(
    KmsServices services,
    StoreClock clock,
    SnapshotCache snapshots,
    Maintenance maintenance,
    RequestQuotas requestQuotas,
    AlarmStates alarms)
{
    private int _startedUp;

    /// <inheritdoc cref="KmsEngine.Execute(Operation, object, Caller?, CallObserver?)"/>
    public object Execute(Operation operation, object request, Caller caller, CallObserver? observer, bool seesPresent = false) =>
        Execute(Begin(operation, request, caller, observer, seesPresent));

    /// <inheritdoc cref="KmsEngine.ExecuteAsync"/>
    public Task<object> ExecuteAsync(Operation operation, object request, Caller caller, CallObserver? observer) =>
        ExecuteAsync(Begin(operation, request, caller, observer, seesPresent: false));

    private OperationContext Begin(Operation operation, object request, Caller caller, CallObserver? observer, bool seesPresent) =>
        new(services, operation, request, caller)
        {
            Observer = observer ?? CallObserver.None,
            SeesPast = operation.ReadOnly && !seesPresent,
            Shared = services.Store.IsShared ? new SharedCall(operation.GoesByKnownState) : null,
        };

    // At most twice: what the second time goes by is not outdated.
    private object Execute(OperationContext context)
    {
        using (context)
        {
            try
            {
                object response = context.Operation.Run(this, context.Request, context);
                if (context.UsageEvent is not { } usage)
                {
                    context.Transaction.Commit();
                    Conclude(context);
                    return response;
                }

                context.WhenSyncedAsync().GetAwaiter().GetResult();
                if (TryRecord(usage, context))
                {
                    return response;
                }

                SharedCall.Discard(response);
            }
            catch (Exception exception) when (IsAnswered(exception))
            {
                if (TryRecordRefusal(context, exception) is { } refusal)
                {
                    throw refusal;
                }
            }
        }

        return Execute(context.Again());
    }

    private async Task<object> ExecuteAsync(OperationContext context)
    {
        using (context)
        {
            try
            {
                object response = context.Operation.Run(this, context.Request, context);
                if (context.UsageEvent is not { } usage)
                {
                    await context.Transaction.CommitAsync().ConfigureAwait(false);
                    Conclude(context);
                    return response;
                }

                await context.WhenSyncedAsync().ConfigureAwait(false);
                if (context.Shared?.Reads is not { } reads)
                {
                    await services.Store.Events.AppendAsync(usage).ConfigureAwait(false);
                    return response;
                }

                if (await services.Store.Events.TryAppendAsync(usage, reads).ConfigureAwait(false))
                {
                    return response;
                }

                SharedCall.Discard(response);
            }
            catch (Exception exception) when (IsAnswered(exception))
            {
                if (TryRecordRefusal(context, exception) is { } refusal)
                {
                    throw refusal;
                }
            }
        }

        return await ExecuteAsync(context.Again()).ConfigureAwait(false);
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
    private void Conclude(OperationContext context)
    {
        context.EndTransaction();
        context.Operation.Conclude(context.Request, context);
        if (context.HasDoneDueWork)
        {
            maintenance.FinishDeletions();
        }
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
            targets?.Add(new KeyTarget(key, permission.Action, permission.Usage) { AliasOfDraft = permission.AliasOfDraft });
            services.Authorizer.Require(context, permission);
            if (permission.Usage is { } usage && key.KeyUsage != usage)
            {
                throw KmsErrors.InvalidKeyUsage(key, permission);
            }

            KeyStateTable.Require(context.Operation.Name, key);
        }
    }

    private void OpenSnapshot(OperationContext context)
    {
        context.Use(OpenView(context));
        RequireCaller(context);
        context.Now = clock.Now(context.State);
        context.Quotas = context.State.ReadQuotas();
        if (Maintenance.IsNeeded(context.State, context.Now) || Interlocked.Exchange(ref _startedUp, 1) == 0)
        {
            // The first call also takes over what a process that died has left.
            maintenance.Run();
            context.Use(OpenView(context));
        }

        if (context.SeesPast && context.State.ReadConsistencyDelay() > 0)
        {
            context.Use(snapshots.OpenPast(context.Now, context.Operation.UsesMaterial));
        }
    }

    private IStateReader OpenView(OperationContext context) =>
        context.Shared is { GoesByKnownState: true } call ? snapshots.OpenKnown(call) : snapshots.Open();

    // The caller was found out by what this node knew, so that this needs no look at the store of its own.
    private void RequireCaller(OperationContext context)
    {
        if (context.Shared is { } call && !CredentialCheck.AreValid(context.Caller, context.State, services.Store, services.Access))
        {
            call.IsCallerUnknown = true;
            throw KmsErrors.UnrecognizedClient();
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

    // Unexpected exceptions too: every call is recorded. A store that is closed takes no event, a call that is cancelled needs no answer,
    // and without memory there is none.
    private static bool IsAnswered(Exception exception) =>
        exception is not (ObjectDisposedException or OperationCanceledException or OutOfMemoryException);

    /// <summary>Records that a call is refused.</summary>
    /// <returns>The refusal as the caller receives it; null if what it goes by was outdated, and the call is to be made again.</returns>
    private KmsException? TryRecordRefusal(OperationContext context, Exception fault)
    {
        KmsException error = fault switch
        {
            KmsException refusal => refusal,
            HsmException hsm => HsmKeyStore.Error(null, null, hsm),
            StateStoreException => KmsErrors.Internal(fault.Message, fault),
            _ => KmsErrors.Unexpected(fault),
        };
        context.EndTransaction();
        if (context.Shared is { IsCallerUnknown: true } call)
        {
            // Not a call of anyone: as one whose credentials were not found at first.
            return call.GoesByKnownState ? null : error;
        }

        if (fault is StateStoreException { SharedFault: SharedStoreFault.DatabaseAway } && context.Shared is { HasWaitedTooLong: true })
        {
            return error;
        }

        try
        {
            context.WhenSyncedAsync().GetAwaiter().GetResult();
            AuditRecord record = AuditWriter.Refused(context, error);
            if (!TryRecord(record, context))
            {
                return null;
            }

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
        catch (Exception exception) when (IsAnswered(exception))
        {
            return KmsErrors.Unexpected(exception);
        }
    }

    // False: what the call went by was outdated, and nothing is recorded.
    private bool TryRecord(AuditRecord record, OperationContext context)
    {
        if (context.Shared?.Reads is { } reads)
        {
            return services.Store.Events.TryAppend(record, reads);
        }

        services.Store.Events.Append(record);
        return true;
    }
}
