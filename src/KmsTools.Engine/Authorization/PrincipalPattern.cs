using System.Text.RegularExpressions;
using KmsTools.Identifiers;

namespace KmsTools.Authorization;

/// <summary>How a principal of a policy or a grant covers a caller. Greater values are limited by less.</summary>
internal enum PrincipalMatch
{
    /// <summary>It does not.</summary>
    None,

    /// <summary>It is the account of the caller, whose policies decide.</summary>
    Account,

    /// <summary>It is the role of the session, or the user who federated: boundaries and session policies limit it.</summary>
    Issuer,

    /// <summary>It is the caller itself, or everybody.</summary>
    Direct,
}

/// <summary>
/// A principal of a policy or a grant. Source: "AWS JSON policy elements: Principal", IAM User Guide. Whether it exists is another
/// question.
/// </summary>
internal sealed partial class PrincipalPattern
{
    private readonly PrincipalArn? _arn;
    private readonly string? _service;
    private readonly bool _isEverybody;

    private PrincipalPattern(PrincipalArn? arn, string? service, bool isEverybody) =>
        (_arn, _service, _isEverybody) = (arn, service, isEverybody);

    /// <summary>Everybody, also in other accounts.</summary>
    public static PrincipalPattern Everybody { get; } = new(null, null, isEverybody: true);

    // What is left of a deleted user or role, and sessions of identity providers, which no credentials of a store are.
    private static PrincipalPattern Nobody { get; } = new(null, null, isEverybody: false);

    /// <summary>Reads a principal of a policy; null when it cannot be one.</summary>
    /// <param name="type">Its type: <c>AWS</c>, <c>Service</c>, or <c>Federated</c> in trust policies.</param>
    /// <param name="name">The name.</param>
    /// <param name="form">What the policy is attached to.</param>
    public static PrincipalPattern? Read(string type, string name, PolicyForm form) => type switch
    {
        "AWS" when name == "*" => Everybody,
        "AWS" when UniqueId().IsMatch(name) => Nobody,
        "AWS" => OfAccountOrIdentity(name),
        "Service" when Keys.Principals.IsService(name) => new PrincipalPattern(null, name, isEverybody: false),
        "Federated" when form == PolicyForm.Trust && name.Length > 0 => Nobody,
        _ => null,
    };

    /// <summary>The principal of a grant.</summary>
    public static PrincipalPattern Of(GrantPrincipal principal) => principal.IsService
        ? new PrincipalPattern(null, principal.Name, isEverybody: false)
        : OfAccountOrIdentity(principal.Name) ?? Nobody;

    /// <summary>The ARN, or the name of the service; null for everybody and for nobody in particular.</summary>
    public string? Name => _arn?.Text ?? _service;

    /// <summary>How it covers the caller of a request.</summary>
    public PrincipalMatch Match(AccessRequest request)
    {
        if (_isEverybody)
        {
            return PrincipalMatch.Direct;
        }

        if (request.Principal is not { } caller)
        {
            return _service is not null && _service == request.Service ? PrincipalMatch.Direct : PrincipalMatch.None;
        }

        if (_arn is null || _arn.AccountId != caller.AccountId)
        {
            return PrincipalMatch.None;
        }

        return _arn.Kind switch
        {
            PrincipalKind.Account => caller.Kind == PrincipalKind.Account ? PrincipalMatch.Direct : PrincipalMatch.Account,
            PrincipalKind.Role when caller.Kind is PrincipalKind.AssumedRole or PrincipalKind.Role =>
                _arn.Name == caller.Name ? PrincipalMatch.Issuer : PrincipalMatch.None,
            _ when _arn.Text == caller.Text => PrincipalMatch.Direct,
            PrincipalKind.User when caller.Kind == PrincipalKind.FederatedUser && _arn.Text == request.Issuer?.Text =>
                PrincipalMatch.Issuer,
            _ => PrincipalMatch.None,
        };
    }

    private static PrincipalPattern? OfAccountOrIdentity(string name) =>
        Keys.Principals.IsAccountOrIdentity(name)
        && PrincipalArn.TryParse(AccountId.TryParse(name, out _) ? PrincipalArn.OfAccount(name) : name, out PrincipalArn? arn)
            ? new PrincipalPattern(arn, null, isEverybody: false)
            : null;

    [GeneratedRegex(@"^A(ID|RO)A[A-Z0-9]{17}\z", RegexOptions.ExplicitCapture | RegexOptions.CultureInvariant)]
    private static partial Regex UniqueId();
}
