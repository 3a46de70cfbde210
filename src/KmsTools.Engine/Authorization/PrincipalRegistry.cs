using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using Members = KmsTools.AuditNames.Members;

namespace KmsTools.Authorization;

/// <summary>
/// The users, roles and groups of a store: what IAM is to AWS KMS. Once a user or role is registered, only the policies attached to it
/// count.
/// </summary>
public sealed class PrincipalRegistry
{
    private readonly IStateStore _store;
    private readonly SnapshotCache _snapshots;
    private readonly Administration _administration;

    internal PrincipalRegistry(IStateStore store, SnapshotCache snapshots, Administration administration)
    {
        _store = store;
        _snapshots = snapshots;
        _administration = administration;
    }

    /// <summary>All users, roles and groups, by type and in the order of their names.</summary>
    public ImmutableArray<Principal> List()
    {
        using IStateReader state = _snapshots.Open();
        return state.ListPrincipals();
    }

    /// <summary>The user, role or group of a name, which is compared regardless of case, or null.</summary>
    public Principal? Find(PrincipalType type, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        using IStateReader state = _snapshots.Open();
        return state.FindPrincipal(type, name);
    }

    /// <summary>Creates a user, role or group.</summary>
    /// <param name="type">What to create.</param>
    /// <param name="name">1-64 characters (groups: 128): letters, digits and <c>+=,.@_-</c>.</param>
    /// <param name="settings">What it is given. A role needs a trust policy.</param>
    /// <param name="caller">The caller who creates it; null for the user of the operating system.</param>
    /// <exception cref="KmsException">
    /// EntityAlreadyExists: the name is taken, regardless of case. NoSuchEntity: a group does not exist. ValidationError,
    /// MalformedPolicyDocument or LimitExceeded: it is not what IAM accepts.
    /// </exception>
    public Principal Create(PrincipalType type, string name, PrincipalSettings settings, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(settings);
        return _administration.Do(Describe(NewAct(AuditNames.CreatePrincipal, type, name, caller), settings), (context, transaction) =>
        {
            PrincipalRules.RequireName(name, MemberOf(type), PrincipalRules.MaxNameLength(type));
            if (transaction.FindPrincipal(type, name) is { } taken)
            {
                throw KmsErrors.PrincipalExists(type, taken.Name);
            }

            (string quota, int max) = PrincipalRules.MaxCount(type);
            if (transaction.CountPrincipals(type) >= max)
            {
                throw KmsErrors.PrincipalQuota(quota, max);
            }

            Principal principal = Save(transaction, settings, new Principal
            {
                Type = type,
                Name = name,
                Path = settings.Path ?? "/",
                AccountId = _store.Properties.AccountId,
                UniqueId = UniqueIds.NewPrincipal(type),
                CreationDate = context.Now,
            });
            context.ResponseElements[Members.PrincipalArn] = principal.Arn;
            context.ResponseElements[Members.UniqueId] = principal.UniqueId;
            return principal;
        });
    }

    /// <summary>Changes a user, role or group.</summary>
    /// <param name="type">What it is.</param>
    /// <param name="name">The name.</param>
    /// <param name="settings">What changes; null members do not.</param>
    /// <param name="caller">The caller who changes it; null for the user of the operating system.</param>
    /// <exception cref="KmsException">
    /// NoSuchEntity: it, or a group, does not exist. ValidationError, MalformedPolicyDocument or LimitExceeded: it is not what IAM accepts.
    /// </exception>
    public Principal Change(PrincipalType type, string name, PrincipalSettings settings, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(settings);
        return _administration.Do(
            Describe(NewAct(AuditNames.SetPrincipal, type, name, caller), settings),
            (_, transaction) => Save(transaction, settings, Require(transaction, type, name)));
    }

    /// <summary>Adds an identity policy, or replaces the one of that name.</summary>
    /// <param name="type">What it is added to.</param>
    /// <param name="name">The name of the user, role or group.</param>
    /// <param name="policyName">The name of the policy, 1-128 characters.</param>
    /// <param name="policy">The document (JSON).</param>
    /// <param name="caller">The caller who adds it; null for the user of the operating system.</param>
    /// <exception cref="KmsException">
    /// NoSuchEntity: the principal does not exist. ValidationError, MalformedPolicyDocument or LimitExceeded: the policy is not what IAM
    /// accepts.
    /// </exception>
    public Principal PutPolicy(PrincipalType type, string name, string policyName, string policy, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(policyName);
        ArgumentNullException.ThrowIfNull(policy);
        AdministrativeAct act = NewAct(AuditNames.AddPrincipalPolicy, type, name, caller)
            .With(Members.PolicyName, policyName).With(Members.Policy, policy);
        return _administration.Do(act, (_, transaction) =>
        {
            Principal principal = Require(transaction, type, name);
            return Save(transaction, new() { Policies = principal.Policies.SetItem(policyName, policy) }, principal);
        });
    }

    /// <summary>Removes an identity policy.</summary>
    /// <param name="type">What it is removed from.</param>
    /// <param name="name">The name of the user, role or group.</param>
    /// <param name="policyName">The name of the policy.</param>
    /// <param name="caller">The caller who removes it; null for the user of the operating system.</param>
    /// <exception cref="KmsException">NoSuchEntity: the principal or the policy does not exist.</exception>
    public Principal RemovePolicy(PrincipalType type, string name, string policyName, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        ArgumentNullException.ThrowIfNull(policyName);
        AdministrativeAct act = NewAct(AuditNames.RemovePrincipalPolicy, type, name, caller).With(Members.PolicyName, policyName);
        return _administration.Do(act, (_, transaction) =>
        {
            Principal principal = Require(transaction, type, name);
            return principal.Policies.ContainsKey(policyName)
                ? Save(transaction, new() { Policies = principal.Policies.Remove(policyName) }, principal)
                : throw KmsErrors.NoSuchPrincipalPolicy(type, policyName);
        });
    }

    /// <summary>What refers to a user, role or group. Reads all key policies and all grants.</summary>
    /// <exception cref="KmsException">NoSuchEntity.</exception>
    public PrincipalUses FindUses(PrincipalType type, string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        using IStateReader state = _snapshots.Open();
        return PrincipalUses.Find(Require(state, type, name), state);
    }

    /// <summary>
    /// Removes a user, role or group. In key policies, trust policies and grants its unique ID takes the place of its ARN, so that another
    /// principal of the same name has none of its permissions.
    /// </summary>
    /// <param name="type">What it is.</param>
    /// <param name="name">The name.</param>
    /// <param name="force">
    /// Also removes what IAM wants removed first: access keys, policies, the memberships of a user, the members of a group.
    /// </param>
    /// <param name="caller">The caller who removes it; null for the user of the operating system.</param>
    /// <exception cref="KmsException">NoSuchEntity: it does not exist. DeleteConflict: something has to be removed first.</exception>
    public PrincipalUses Remove(PrincipalType type, string name, bool force = false, Caller? caller = null)
    {
        ArgumentNullException.ThrowIfNull(name);
        return _administration.Do(
            NewAct(AuditNames.RemovePrincipal, type, name, caller).With(Members.Force, force ? true : null),
            (context, transaction) =>
            {
                Principal principal = Require(transaction, type, name);
                PrincipalUses uses = PrincipalUses.Find(principal, transaction);
                if (!force)
                {
                    RequireUnused(principal, uses);
                }

                foreach (string accessKeyId in uses.AccessKeyIds)
                {
                    transaction.DeleteAccessKey(accessKeyId);
                }

                PrincipalUses.End(principal, transaction);
                transaction.DeletePrincipal(principal.UniqueId);
                Record(context, principal, uses);
                return uses;
            });
    }

    private static void RequireUnused(Principal principal, PrincipalUses uses)
    {
        string? first = !uses.AccessKeyIds.IsEmpty ? "delete access keys"
            : !principal.Policies.IsEmpty ? "delete policies"
            : !uses.Members.IsEmpty || !principal.Groups.IsEmpty ? "remove users from group"
            : null;
        if (first is not null)
        {
            throw KmsErrors.PrincipalInUse(first);
        }
    }

    private static void Record(AdministrativeContext context, Principal principal, PrincipalUses uses)
    {
        Dictionary<string, string> data = context.AdditionalEventData;
        data[Members.PrincipalArn] = principal.Arn;
        data[Members.UniqueId] = principal.UniqueId;
        data[Members.AccessKeyIds] = string.Join(", ", uses.AccessKeyIds);
        data[Members.KeyPolicies] = uses.KeyArns.Length.ToString(CultureInfo.InvariantCulture);
        data[Members.TrustPolicies] = uses.Roles.Length.ToString(CultureInfo.InvariantCulture);
        data[Members.Grants] = uses.Grants.ToString(CultureInfo.InvariantCulture);
    }

    private static Principal Require(IStateReader state, PrincipalType type, string name) =>
        state.FindPrincipal(type, name) ?? throw KmsErrors.NoSuchPrincipal(type, name);

    private static Principal Save(IStateTransaction transaction, PrincipalSettings settings, Principal principal)
    {
        if (settings.Path is { } path && path != principal.Path)
        {
            throw KmsErrors.InvalidPrincipalValue("The path is part of the ARN and does not change.");
        }

        if (settings.MaxSessionDuration is not null && principal.Type != PrincipalType.Role)
        {
            throw KmsErrors.InvalidPrincipalValue(PrincipalRules.OnlyRolesHaveSessions);
        }

        Principal saved = PrincipalRules.Require(
            principal with
            {
                Tags = settings.Tags ?? principal.Tags,
                Policies = settings.Policies?.ToImmutableSortedDictionary(StringComparer.Ordinal) ?? principal.Policies,
                PermissionsBoundary = settings.PermissionsBoundary switch
                {
                    null => principal.PermissionsBoundary,
                    "" => null,
                    { } boundary => boundary,
                },
                Groups = settings.Groups ?? principal.Groups,
                TrustPolicy = settings.TrustPolicy ?? principal.TrustPolicy,
                MaxSessionDuration = settings.MaxSessionDuration ?? principal.MaxSessionDuration,
            },
            name => transaction.FindPrincipal(PrincipalType.Group, name)?.Name);
        transaction.PutPrincipal(saved);
        return saved;
    }

    private static AdministrativeAct NewAct(string eventName, PrincipalType type, string name, Caller? caller) =>
        new AdministrativeAct(eventName, caller).With(MemberOf(type), name);

    private static string MemberOf(PrincipalType type) => type switch
    {
        PrincipalType.User => Members.UserName,
        PrincipalType.Role => Members.RoleName,
        _ => Members.GroupName,
    };

    private static AdministrativeAct Describe(AdministrativeAct act, PrincipalSettings settings)
    {
        act = act.With(Members.Path, settings.Path)
            .With(Members.PermissionsBoundary, settings.PermissionsBoundary)
            .With(Members.TrustPolicy, settings.TrustPolicy)
            .With(Members.MaxSessionDuration, settings.MaxSessionDuration);
        act = settings.Tags is { } tags ? act.With(Members.Tags, tags.Select(static tag => $"{tag.TagKey}={tag.TagValue}")) : act;
        act = settings.Groups is { } groups ? act.With(Members.Groups, groups) : act;
        return settings.Policies is { } policies ? act.With(Members.Policies, JsonSerializer.Serialize(policies)) : act;
    }
}
