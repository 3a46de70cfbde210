using KmsTools.AccessKeys;
using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Identifiers;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using KmsTools.Validation;

namespace KmsTools.Sts;

/// <summary>
/// AWS STS for the account of a store: issues temporary credentials, which the store does not keep. Every call leaves an event, except
/// GetCallerIdentity, which every client makes all the time.
/// </summary>
public sealed class SecurityTokenService
{
    private readonly KmsServices _services;
    private readonly SnapshotCache _snapshots;
    private readonly StoreClock _clock;

    internal SecurityTokenService(KmsServices services, SnapshotCache snapshots, StoreClock clock)
    {
        _services = services;
        _snapshots = snapshots;
        _clock = clock;
    }

    /// <summary>Issues credentials of a role, if its trust policy lets the caller have them.</summary>
    /// <exception cref="KmsException">
    /// AccessDenied, ValidationError, MalformedPolicyDocument, InvalidParameterValue, PackedPolicyTooLarge.
    /// </exception>
    public AssumeRoleResponse AssumeRole(AssumeRoleRequest request, Caller? caller = null) => Do(new AssumeRole(), request, caller);

    /// <summary>Issues temporary credentials of the caller, a user or the root user.</summary>
    /// <exception cref="KmsException">AccessDenied, ValidationError.</exception>
    public GetSessionTokenResponse GetSessionToken(GetSessionTokenRequest request, Caller? caller = null) =>
        Do(new GetSessionToken(), request, caller);

    /// <summary>Issues credentials that the caller, a user or the root user, hands to others.</summary>
    /// <exception cref="KmsException">
    /// AccessDenied, ValidationError, MalformedPolicyDocument, InvalidParameterValue, PackedPolicyTooLarge.
    /// </exception>
    public GetFederationTokenResponse GetFederationToken(GetFederationTokenRequest request, Caller? caller = null) =>
        Do(new GetFederationToken(), request, caller);

    /// <summary>Who a caller is. Needs no permission, and leaves no event.</summary>
    public GetCallerIdentityResponse GetCallerIdentity(Caller? caller = null)
    {
        StsCall call = Begin(caller);
        PrincipalArn principal = call.Principal;
        return new GetCallerIdentityResponse(
            principal.Text, principal.AccountId, UserId.Of(principal, call.Identity.Principal?.UniqueId));
    }

    private TResponse Do<TRequest, TResponse>(StsOperation<TRequest, TResponse> operation, TRequest request, Caller? caller)
        where TRequest : class
        where TResponse : class
    {
        ArgumentNullException.ThrowIfNull(request);
        StsCall call = Begin(caller);
        try
        {
            RequestShape.Of(typeof(TRequest)).Validate(request);
            TResponse response = operation.Handle(request, call);
            _services.Store.Events.Append(AuditWriter.SecurityToken(
                call, operation.Name, request, writer => operation.WriteResponseElements(writer, response), null));
            return response;
        }
        catch (KmsException exception)
        {
            KmsException error = ErrorOf(exception);
            _services.Store.Events.Append(AuditWriter.SecurityToken(call, operation.Name, request, null, error));
            throw error;
        }
    }

    private StsCall Begin(Caller? caller)
    {
        caller ??= Caller.LocalUser(_services.Properties.AccountId);
        using IStateReader state = _snapshots.Open();
        CredentialCheck.Require(caller, state, _services.Store, _services.Access);
        return new StsCall(
            _services,
            caller,
            _services.Access.Read(state),
            _clock.Now(state),
            _clock.RealNow);
    }

    // Some errors have other names in AWS STS than in AWS KMS.
    private static KmsException ErrorOf(KmsException error) => error.ErrorCode switch
    {
        "ValidationException" => KmsErrors.StsValidation(error.Message),
        "MalformedPolicyDocumentException" => KmsErrors.StsMalformedPolicy(error.Message),
        _ => error,
    };
}
