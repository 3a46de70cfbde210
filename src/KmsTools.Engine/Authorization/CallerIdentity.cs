using System.Collections.Concurrent;
using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.Keys;

namespace KmsTools.Authorization;

/// <summary>Who makes a call: its principal, and the policies that are attached to it.</summary>
internal sealed class CallerIdentity
{
    private const int MaxArns = 10_000;
    private const int MaxSessionPolicies = 1000;

    /// <summary>What a principal may do that a store does not know: whatever key policies leave to its account.</summary>
    public static readonly ImmutableArray<PolicyDocument> Administrator =
    [
        PolicyDocument.Parse(
            """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}""",
            PolicyForm.Identity,
            PolicyKind.IdentityBased,
            "AdministratorAccess"),
    ];

    private static readonly ConcurrentDictionary<string, PrincipalArn?> Arns = new(StringComparer.Ordinal);
    private static readonly ConcurrentDictionary<string, PolicyDocument> SessionDocuments = new(StringComparer.Ordinal);

    private CallerIdentity(Caller caller, StoreAccess access)
    {
        Caller = caller;
        Arn = Parse(caller.PrincipalArn);
        Service = Arn is null && Principals.IsService(caller.PrincipalArn) ? caller.PrincipalArn : null;
        if (Arn is null)
        {
            return;
        }

        Principal? registered = access.Find(Arn) is { } principal && principal.AccountId == Arn.AccountId ? principal : null;
        Issuer = Arn.Kind switch
        {
            PrincipalKind.AssumedRole => Parse(registered?.Arn ?? caller.Session?.IssuerArn)
                ?? Parse($"arn:aws:iam::{Arn.AccountId}:role/{Arn.Name}"),
            PrincipalKind.FederatedUser => Parse(caller.Session?.IssuerArn),
            _ => null,
        };
        if (Arn.Kind == PrincipalKind.FederatedUser)
        {
            registered = Issuer is null ? null : access.Find(Issuer);
        }

        Attach(registered, access);
    }

    /// <summary>The caller.</summary>
    public Caller Caller { get; }

    /// <summary>The principal; null for a service, and for what cannot be a principal.</summary>
    public PrincipalArn? Arn { get; }

    /// <summary>The service that calls for itself, or null.</summary>
    public string? Service { get; }

    /// <summary>The role of a session, or the user who federated; null for all others.</summary>
    public PrincipalArn? Issuer { get; }

    /// <summary>The user or role as the store knows it, or null.</summary>
    public Principal? Principal { get; private set; }

    /// <summary>The identity policies.</summary>
    public ImmutableArray<PolicyDocument> Policies { get; private set; } = [];

    /// <summary>The permissions boundary, or null.</summary>
    public PolicyDocument? Boundary { get; private set; }

    /// <summary>The session policies; default when the session has none, which does not limit it.</summary>
    public ImmutableArray<PolicyDocument> SessionPolicies { get; private set; }

    /// <summary>The ARN of the user, the role or the account whose tags and conditions count: a session has that of its role.</summary>
    public string? PrincipalArn => Arn?.Kind == PrincipalKind.AssumedRole ? Issuer!.Text : Arn?.Text;

    /// <summary>Finds out who calls.</summary>
    public static CallerIdentity Of(Caller caller, StoreAccess access) => new(caller, access);

    /// <summary>The principal that an ARN names, or null.</summary>
    public static PrincipalArn? Parse(string? arn)
    {
        if (arn is null)
        {
            return null;
        }

        if (Arns.TryGetValue(arn, out PrincipalArn? principal))
        {
            return principal;
        }

        _ = Identifiers.PrincipalArn.TryParse(arn, out principal);
        if (Arns.Count < MaxArns)
        {
            Arns[arn] = principal;
        }

        return principal;
    }

    private void Attach(Principal? registered, StoreAccess access)
    {
        // Names are unique regardless of case and path: an ARN that differs there names nobody, who has no policies.
        bool isExact = registered is null || registered.Arn == (Issuer ?? Arn)!.Text;
        Principal = isExact ? registered : null;
        if (Arn!.Kind != PrincipalKind.Account && registered is null)
        {
            Policies = Administrator;
        }
        else if (Principal is not null)
        {
            PrincipalPolicies policies = access.PoliciesOf(Principal);
            Policies = policies.Identity;
            Boundary = policies.Boundary;
        }

        if (Caller.Session is { Policies.IsEmpty: false } session)
        {
            SessionPolicies = [.. session.Policies.Select(CompileSession)];
        }
    }

    // A session makes many calls, and each brings its policies along.
    private static PolicyDocument CompileSession(string policy)
    {
        if (SessionDocuments.Count >= MaxSessionPolicies)
        {
            SessionDocuments.Clear();
        }

        return SessionDocuments.GetOrAdd(
            policy, static text => PolicyDocument.Parse(text, PolicyForm.Identity, PolicyKind.Session, "session policy"));
    }
}
