using System.Collections.Concurrent;
using System.Collections.Frozen;
using System.Collections.Immutable;
using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.Authorization;

/// <summary>
/// What a store says about access, but for its keys: settings, guardrails, users, roles and groups. Immutable; a policy is compiled when a
/// decision first needs it.
/// </summary>
internal sealed class StoreAccess
{
    private readonly FrozenDictionary<(PrincipalType Type, string Name), Principal> _principals;
    private readonly ConcurrentDictionary<string, PrincipalPolicies> _policies = new(StringComparer.Ordinal);
    private readonly Lazy<ImmutableArray<ImmutableArray<PolicyDocument>>> _serviceControlPolicies;
    private readonly Lazy<ImmutableArray<PolicyDocument>> _resourceControlPolicies;

    public StoreAccess(AuthorizationSettings settings, ImmutableArray<Principal> principals)
    {
        Settings = settings;
        Principals = principals;
        _principals = principals.ToFrozenDictionary(static principal => (principal.Type, principal.Name), PrincipalNames.Instance);
        _serviceControlPolicies = new(() => GuardrailPolicies.CompileServiceControl(settings));
        _resourceControlPolicies = new(() => GuardrailPolicies.CompileResourceControl(settings));
    }

    /// <summary>How the store authorizes calls.</summary>
    public AuthorizationSettings Settings { get; }

    /// <summary>The users, roles and groups.</summary>
    public ImmutableArray<Principal> Principals { get; }

    /// <summary>The service control policies, level by level; default for none, which limits nobody.</summary>
    public ImmutableArray<ImmutableArray<PolicyDocument>> ServiceControlPolicies => _serviceControlPolicies.Value;

    /// <summary>The resource control policies; empty for none.</summary>
    public ImmutableArray<PolicyDocument> ResourceControlPolicies => _resourceControlPolicies.Value;

    /// <summary>
    /// The user or role that an ARN names, or whose session it names; null where the store has not registered it, and for accounts.
    /// Names are unique regardless of case, so an ARN with other case or another path is that of the same user or role.
    /// </summary>
    public Principal? Find(PrincipalArn arn) => arn.Kind switch
    {
        PrincipalKind.User or PrincipalKind.FederatedUser => Find(PrincipalType.User, arn.Name),
        PrincipalKind.Role or PrincipalKind.AssumedRole => Find(PrincipalType.Role, arn.Name),
        _ => null,
    };

    /// <summary>The user, role or group of a name, or null.</summary>
    public Principal? Find(PrincipalType type, string name) => _principals.GetValueOrDefault((type, name));

    /// <summary>The compiled policies of a principal of this store.</summary>
    public PrincipalPolicies PoliciesOf(Principal principal) => _policies.GetOrAdd(
        principal.UniqueId, static (_, of) => PrincipalPolicies.Compile(of.principal, of.access), (principal, access: this));

    private sealed class PrincipalNames : IEqualityComparer<(PrincipalType Type, string Name)>
    {
        public static readonly PrincipalNames Instance = new();

        public bool Equals((PrincipalType Type, string Name) x, (PrincipalType Type, string Name) y) =>
            x.Type == y.Type && string.Equals(x.Name, y.Name, StringComparison.OrdinalIgnoreCase);

        public int GetHashCode((PrincipalType Type, string Name) obj) =>
            HashCode.Combine(obj.Type, obj.Name.GetHashCode(StringComparison.OrdinalIgnoreCase));
    }
}

/// <summary>Keeps the <see cref="StoreAccess"/> of a store until it changes.</summary>
internal sealed class StoreAccessCache
{
    private volatile Entry? _entry;

    /// <summary>What a view of the state says about access. In a transaction: before it changes a principal or the settings.</summary>
    public StoreAccess Read(IStateReader state)
    {
        long revision = state.ReadAuthorizationRevision();
        if (_entry is { } entry && entry.Revision == revision)
        {
            return entry.Access;
        }

        StoreAccess access = new(state.ReadAuthorization(), state.ListPrincipals());
        _entry = new Entry(revision, access);
        return access;
    }

    private sealed record Entry(long Revision, StoreAccess Access);
}
