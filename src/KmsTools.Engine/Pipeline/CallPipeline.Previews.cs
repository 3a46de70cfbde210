using System.Collections.Immutable;
using KmsTools.Authorization;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Validation;

namespace KmsTools.Pipeline;

/// <content>What calls would do: nothing is done or recorded.</content>
internal sealed partial class CallPipeline
{
    /// <inheritdoc cref="KmsEngine.Preview"/>
    public ImmutableArray<KeyTarget> Preview(object request, Caller caller, bool isTried)
    {
        using OperationContext context = BeginPreview(request, caller);
        try
        {
            return [.. context.Operation.Preview(this, request, context)];
        }
        catch (Exception exception) when (isTried && IsAnswered(exception))
        {
            context.RemoveDrafts();
            throw TryRecordRefusal(context, exception) ?? exception;
        }
    }

    /// <inheritdoc cref="KmsEngine.FindKey"/>
    public Key FindKey(string reference, Caller caller)
    {
        DescribeKeyRequest request = new() { KeyId = reference };
        using OperationContext context = BeginPreview(request, caller);
        OpenSnapshot(context);
        context.Operation.Shape.Validate(request);
        ResolvedKey found = context.ResolveKey(reference, KeyReferenceForms.Any);
        return found.AliasOfDraft is { } alias ? throw KmsErrors.AliasNotFound(alias) : found.Key;
    }

    /// <summary>As <see cref="FindKey"/>, and also the key of a service that the first call which names it would create.</summary>
    public ResolvedKey FindKeyOrDraft(string reference, Caller caller)
    {
        using (OperationContext context = BeginPreview(new DescribeKeyRequest { KeyId = reference }, caller))
        {
            OpenSnapshot(context);
            if (KeyResolver.FindDraft(reference, context) is { } draft)
            {
                return draft;
            }
        }

        return new ResolvedKey(FindKey(reference, caller));
    }

    /// <inheritdoc cref="KmsEngine.FindRates"/>
    public ImmutableArray<CustomKeyStoreRate> FindRates(object request, Caller caller)
    {
        using OperationContext context = BeginPreview(request, caller);
        _ = context.Operation.Preview(this, request, context);
        return [.. requestQuotas.Rates(context)];
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
    /// <see cref="Execute(Operation, object, Caller, CallObserver?, bool)"/> would do in a store that enforces them. Does nothing and records nothing.
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
    /// <param name="draft">The key that the call would create, or null.</param>
    /// <exception cref="KmsException">The call is refused before that.</exception>
    public ImmutableArray<(Permission Permission, AccessDecision Decision)> Simulate(
        Func<IStateReader, object> makeRequest, Caller caller, string? action, ResolvedKey? draft)
    {
        object request;
        using (IStateReader state = snapshots.Open())
        {
            request = makeRequest(state);
        }

        using OperationContext context = BeginPreview(request, caller, draft);
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

    private OperationContext BeginPreview(object request, Caller caller, ResolvedKey? draft = null) =>
        new(services, OperationCatalog.ForRequest(request), request, caller) { IsPreview = true, SimulatedDraft = draft };
}
