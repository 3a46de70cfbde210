using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using KmsTools.Identifiers;
using KmsTools.Keys;
using KmsTools.Operations;

namespace KmsTools.Authorization;

/// <summary>Answers questions about access that depend on no store.</summary>
internal static class CustomAccess
{
    private const string Prefix = "kms:";

    private static readonly FrozenDictionary<string, string> s_actions = OperationCatalog.All.Select(static operation => operation.Name)
        .Where(static name => name != "ReEncrypt").Concat(["ReEncryptFrom", "ReEncryptTo"])
        .ToFrozenDictionary(static name => name, StringComparer.OrdinalIgnoreCase);

    /// <summary>Decides.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    /// <exception cref="ArgumentException">The principal or the action is not valid.</exception>
    public static AccessTestResult Decide(CustomAccessQuestion question)
    {
        string action = ActionOf(question.Action);
        PrincipalArn? principal = PrincipalOf(question.Principal);
        AccountId? account = question.ResourceAccount
            ?? (KmsArn.TryParse(question.Resource, out KmsArn arn) ? arn.AccountId : principal?.AccountId);
        if (account is not { } owner)
        {
            throw new ArgumentException("The account of the resource is not known: give the ARN of the resource, or its account.");
        }

        Permission permission = new(action, question.Resource, RuleOf(action, question.Resource));
        AccessDecision decision = Evaluator.Decide(new AccessRequest
        {
            Principal = principal,
            Service = principal is null ? question.Principal : null,
            Action = Prefix + action,
            Resource = question.Resource,
            ResourceAccount = owner,
            Rule = permission.Rule,
            ResourcePolicy = PolicyDocument.Parse(
                question.KeyPolicy ?? KeyPolicy.Default(owner), PolicyForm.Key, PolicyKind.ResourceBased, KeyPolicy.Name),
            IdentityPolicies = Policies(question.IdentityPolicies, PolicyForm.Identity, PolicyKind.IdentityBased, "identity policy"),
            PermissionsBoundary = Policy(question.PermissionsBoundary, PolicyKind.PermissionsBoundary, "permissions boundary")
                .FirstOrDefault(),
            SessionPolicies = question.SessionPolicy is { } session ? Policy(session, PolicyKind.Session, "session policy") : default,
            ServiceControlPolicies = question.ServiceControlPolicies.IsDefaultOrEmpty
                ? default
                : [.. question.ServiceControlPolicies.Select(static level =>
                    Policies(level, PolicyForm.Identity, PolicyKind.ServiceControl, "service control policy"))],
            ResourceControlPolicies = Policies(
                question.ResourceControlPolicies, PolicyForm.ResourceControl, PolicyKind.ResourceControl, "resource control policy"),
            Context = new GivenContext(ContextOf(question)),
        });
        return AccessTestResult.Of(question.Principal, permission, decision);
    }

    /// <summary>The name of an action as AWS spells it, without its prefix.</summary>
    /// <exception cref="ArgumentException">AWS KMS has no such action.</exception>
    public static string ActionOf(string text)
    {
        string name = text.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase) ? text[Prefix.Length..] : text;
        return s_actions.TryGetValue(name, out string? action)
            ? action
            : throw new ArgumentException($"'{text}' is not an action of AWS KMS; use one such as kms:Encrypt or kms:ReEncryptFrom.");
    }

    // A service has no ARN.
    private static PrincipalArn? PrincipalOf(string text) => PrincipalArn.TryParse(text, out PrincipalArn? principal) ? principal
        : Principals.IsService(text) ? null
        : throw new ArgumentException(
            $"'{text}' is not a principal; use the ARN of a user, role, session or account, or the name of a service.");

    // Aliases and RetireGrant are left to identity policies: what a grant says about retiring is not part of such a question.
    private static AccessRule RuleOf(string action, string resource) =>
        action == nameof(RetireGrant) || (KmsArn.TryParse(resource, out KmsArn arn) && AliasName.HasPrefix(arn.Resource))
            || OperationCatalog.Find(action) is { Shape.KeyMember: null }
            ? AccessRule.IdentityOnly
            : Permission.RuleOf(action);

    private static Dictionary<string, ImmutableArray<string>> ContextOf(CustomAccessQuestion question)
    {
        Dictionary<string, ImmutableArray<string>> context = new(question.Context, StringComparer.OrdinalIgnoreCase);
        if (question.Time is { } time)
        {
            context.TryAdd(ConditionKeys.CurrentTime, Facts.OfDate(time).Values);
            context.TryAdd(ConditionKeys.EpochTime, Facts.Of(time.ToUnixTimeSeconds()).Values);
        }

        return context;
    }

    private static ImmutableArray<PolicyDocument> Policy(string? policy, PolicyKind kind, string name) =>
        policy is null ? [] : [PolicyDocument.Parse(policy, PolicyForm.Identity, kind, name)];

    private static ImmutableArray<PolicyDocument> Policies(
        ImmutableArray<string> policies, PolicyForm form, PolicyKind kind, string name) =>
        policies.IsDefaultOrEmpty
            ? []
            : [.. policies.Select((policy, index) => PolicyDocument.Parse(
                policy, form, kind, string.Create(CultureInfo.InvariantCulture, $"{name} {index + 1}")))];
}
