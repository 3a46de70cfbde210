using System.Collections.Immutable;
using KmsTools.Identifiers;

namespace KmsTools.Authorization;

/// <summary>A question about access in the words of a test.</summary>
internal sealed record Question
{
    public const string KeyArn = "arn:aws:kms:us-west-2:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab";
    public const string Account = "arn:aws:iam::111122223333:root";
    public const string Alice = "arn:aws:iam::111122223333:user/alice";
    public const string Session = "arn:aws:sts::111122223333:assumed-role/dev/s1";
    public const string Role = "arn:aws:iam::111122223333:role/team/dev";
    public const string Federated = "arn:aws:sts::111122223333:federated-user/fred";
    public const string Eve = "arn:aws:iam::444455556666:user/eve";
    public const string All = """{"Effect":"Allow","Action":"*","Resource":"*"}""";
    public const string None = """{"Effect":"Allow","Action":"s3:*","Resource":"*"}""";
    public const string DenyAll = """{"Effect":"Deny","Action":"*","Resource":"*"}""";

    public string Principal { get; init; } = Alice;

    public string? Service { get; init; }

    public string? Issuer { get; init; }

    public string Action { get; init; } = "kms:Encrypt";

    public string Resource { get; init; } = KeyArn;

    public AccessRule Rule { get; init; }

    /// <summary>Statements of the key policy, or null for the account statement.</summary>
    public string? Key { get; init; }

    public string? Identity { get; init; }

    public string? Boundary { get; init; }

    public string? SessionPolicy { get; init; }

    /// <summary>Statements of one policy per level.</summary>
    public ImmutableArray<string> Levels { get; init; }

    public string? ResourceControl { get; init; }

    public string Version { get; init; } = "2012-10-17";

    public ImmutableArray<Grant> Grants { get; init; } = [];

    public IReadOnlyDictionary<string, ImmutableArray<string>> Context { get; init; } =
        ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>A statement that allows everything to principals of AWS.</summary>
    public static string Allow(string principal, string more = "") =>
        $$"""{"Effect":"Allow","Principal":{"AWS":"{{principal}}"},"Action":"kms:*","Resource":"*"{{more}}}""";

    /// <summary>A statement that denies everything to principals of AWS.</summary>
    public static string Deny(string principal, string more = "") =>
        $$"""{"Effect":"Deny","Principal":{"AWS":"{{principal}}"},"Action":"kms:*","Resource":"*"{{more}}}""";

    /// <summary>A grant on the key.</summary>
    public static Grant Grant(string grantee, GrantOperation operation, GrantConstraints? constraints = null, string? retiring = null) => new()
    {
        Region = "us-west-2",
        KeyId = "1234abcd-12ab-34cd-56ef-1234567890ab",
        GrantId = "g1",
        CreationDate = DateTimeOffset.UnixEpoch,
        Grantee = new GrantPrincipal(grantee, grantee.EndsWith(".amazonaws.com", StringComparison.Ordinal)),
        Retiring = retiring is null ? null : new GrantPrincipal(retiring, retiring.EndsWith(".amazonaws.com", StringComparison.Ordinal)),
        Operations = [operation],
        Constraints = constraints,
    };

    /// <summary>The same question with a context of single values.</summary>
    public Question With(params (string Key, string Value)[] context) =>
        this with { Context = context.ToDictionary(static pair => pair.Key, static pair => ImmutableArray.Create(pair.Value)) };

    /// <summary>The same question with a context of one key with many values.</summary>
    public Question WithMany(string key, params string[] values) =>
        this with { Context = new Dictionary<string, ImmutableArray<string>> { [key] = [.. values] } };

    public AccessRequest Request() => new()
    {
        Principal = Service is null ? Parse(Principal) : null,
        Service = Service,
        Issuer = Parse(Issuer),
        Action = Action,
        Resource = Resource,
        ResourceAccount = AccountId.Parse("111122223333"),
        Rule = Rule,
        ResourcePolicy = Policy(Key ?? Allow(Account), PolicyForm.Key, PolicyKind.ResourceBased),
        IdentityPolicies = Policies(Identity, PolicyKind.IdentityBased),
        PermissionsBoundary = Policies(Boundary, PolicyKind.PermissionsBoundary) is [var boundary] ? boundary : null,
        SessionPolicies = SessionPolicy is null ? default : Policies(SessionPolicy, PolicyKind.Session),
        ServiceControlPolicies = Levels.IsDefault
            ? default
            : [.. Levels.Select(level => Policies(level, PolicyKind.ServiceControl))],
        ResourceControlPolicies = ResourceControl is null
            ? []
            : [Policy(ResourceControl, PolicyForm.ResourceControl, PolicyKind.ResourceControl)],
        Grants = Grants.IsEmpty ? null : () => Grants,
        Context = new GivenContext(Context),
    };

    public AccessDecision Decide() => Evaluator.Decide(Request());

    private static PrincipalArn? Parse(string? arn) =>
        arn is null ? null : PrincipalArn.TryParse(arn, out PrincipalArn? principal) ? principal : throw new ArgumentException(arn);

    private ImmutableArray<PolicyDocument> Policies(string? statements, PolicyKind kind) =>
        statements is null ? [] : [Policy(statements, PolicyForm.Identity, kind)];

    private PolicyDocument Policy(string statements, PolicyForm form, PolicyKind kind) =>
        PolicyDocument.Parse($$"""{"Version":"{{Version}}","Statement":[{{statements}}]}""", form, kind, "p");
}
