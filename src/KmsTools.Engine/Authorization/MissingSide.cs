using System.Collections.Immutable;
using KmsTools.Identifiers;

namespace KmsTools.Authorization;

/// <summary>A side that would have to allow, and does not.</summary>
/// <param name="DeniedBy">The kind of policy.</param>
/// <param name="Reason">The reason that decisions give.</param>
/// <param name="Sentence">What would have to allow what, for people.</param>
/// <param name="Policies">The policies of that side, none of which allows.</param>
internal sealed record MissingSide(PolicyKind DeniedBy, string Reason, string Sentence, ImmutableArray<PolicyDocument> Policies)
{
    /// <summary>All sides that are missing, in the order in which AWS names them; at least one.</summary>
    public static IEnumerable<MissingSide> Of(AccessRequest request) => OfLevels(request).Concat(request.Rule switch
    {
        AccessRule.IdentityOnly => OfIdentity(request).Concat(OfLimits(request)),
        AccessRule.Retirement => OfRetirement(request),
        _ => OfKey(request),
    });

    private static IEnumerable<MissingSide> OfLevels(AccessRequest request)
    {
        if (Evaluator.ServiceControlPoliciesAllow(request))
        {
            yield break;
        }

        for (int i = 0; i < request.ServiceControlPolicies.Length; i++)
        {
            if (Evaluator.FirstAllow(request.ServiceControlPolicies[i], request) is null)
            {
                yield return new MissingSide(
                    PolicyKind.ServiceControl,
                    "service control policy (implicit)",
                    $"A policy of level {i + 1} of the service control policies has to allow {What(request)}.",
                    request.ServiceControlPolicies[i]);
            }
        }
    }

    private static IEnumerable<MissingSide> OfKey(AccessRequest request)
    {
        bool isOther = CallerSide.IsOfOtherAccount(request);
        if (isOther && request.Rule == AccessRule.KeyOfOwnAccount)
        {
            return
            [
                new MissingSide(
                    PolicyKind.ResourceBased,
                    "cross-account: operation not supported",
                    $"{request.Action} works only for principals of the account of the key, {request.ResourceAccount}.",
                    []),
            ];
        }

        PrincipalMatch match = Evaluator.OfResourcePolicy(request, out _, out _);
        PrincipalMatch granted = request.Rule == AccessRule.Key && request.Grants is { } grants
            ? grants().Select(grant => GrantAccess.Match(grant, request)).Append(PrincipalMatch.None).Max()
            : PrincipalMatch.None;
        if (CallerSide.IsExemptFromLimits(request, match) || CallerSide.IsExemptFromLimits(request, granted))
        {
            return [];
        }

        // A key policy that names the caller itself is enough within one account. All else is limited by the caller's side.
        bool isKeySide = match != PrincipalMatch.None || granted != PrincipalMatch.None;
        bool needsIdentity = granted == PrincipalMatch.None && (isOther || match == PrincipalMatch.Account);
        bool isLimited = isOther || isKeySide || CallerSide.IsRole(request);
        return
        [
            .. isKeySide ? [] : OfResource(request, isOther),
            .. needsIdentity ? OfIdentity(request) : [],
            .. isLimited ? OfLimits(request) : [],
        ];
    }

    private static IEnumerable<MissingSide> OfResource(AccessRequest request, bool isOther)
    {
        string policy = request.ResourcePolicy is { Form: PolicyForm.Trust } ? "trust policy" : "key policy";
        yield return new MissingSide(
            PolicyKind.ResourceBased,
            isOther ? "cross-account: no resource-based policy" : "no resource-based policy",
            $"The {policy} has to allow {request.Action} to {Grantable(request)}.",
            request.ResourcePolicy is null ? [] : [request.ResourcePolicy]);
    }

    private static IEnumerable<MissingSide> OfIdentity(AccessRequest request)
    {
        if (!CallerSide.IdentityAllows(request, out _))
        {
            yield return new MissingSide(
                PolicyKind.IdentityBased,
                "no identity-based policy",
                $"A policy of {Grantable(request)} has to allow {What(request)}.",
                request.IdentityPolicies);
        }
    }

    private static IEnumerable<MissingSide> OfLimits(AccessRequest request)
    {
        if (!CallerSide.BoundaryAllows(request))
        {
            yield return new MissingSide(
                PolicyKind.PermissionsBoundary,
                "no permissions boundary",
                $"The permissions boundary of {Grantable(request)} has to allow {What(request)}.",
                [request.PermissionsBoundary!]);
        }

        if (!CallerSide.SessionAllows(request))
        {
            yield return new MissingSide(
                PolicyKind.Session,
                "no session policy",
                $"A policy of the session {request.Principal} has to allow {What(request)}.",
                request.SessionPolicies.IsDefault ? [] : request.SessionPolicies);
        }
    }

    private static IEnumerable<MissingSide> OfRetirement(AccessRequest request)
    {
        Grant? grant = Retirement.GrantOf(request);
        if (grant is not null && Retirement.Entitlement(grant, request).Match is not PrincipalMatch.None and var match)
        {
            return CallerSide.IsExemptFromLimits(request, match) ? [] : OfLimits(request);
        }

        if (grant is null || !Retirement.IsDelegated(grant, request))
        {
            return
            [
                new MissingSide(
                    PolicyKind.ResourceBased,
                    "not a retiring principal",
                    $"The grant has to name {Grantable(request)} as its retiring principal.",
                    []),
                .. CallerSide.IsRole(request) || CallerSide.IsOfOtherAccount(request) ? OfLimits(request) : [],
            ];
        }

        return OfIdentity(request).Select(static side => side with { Reason = "not a retiring principal" }).Concat(OfLimits(request));
    }

    // What policies name: the role of a session, and any other caller itself.
    private static string Grantable(AccessRequest request) => request switch
    {
        { Principal: null } => request.Service ?? "the service",
        { Principal.Kind: PrincipalKind.AssumedRole } => request.Issuer?.Text
            ?? $"arn:aws:iam::{request.Principal.AccountId}:role/{request.Principal.Name}",
        _ => request.Principal.Text,
    };

    private static string What(AccessRequest request) => $"{request.Action} on {request.Named ?? request.Resource}";
}
