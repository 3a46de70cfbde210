using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Identifiers;

/// <summary>What an ARN of a principal names.</summary>
public enum PrincipalKind
{
    /// <summary>An account, <c>arn:aws:iam::111122223333:root</c>; as a caller, its root user.</summary>
    Account,

    /// <summary>A user, <c>arn:aws:iam::111122223333:user/path/name</c>.</summary>
    User,

    /// <summary>A role, <c>arn:aws:iam::111122223333:role/path/name</c>. Its sessions make calls, the role does not.</summary>
    Role,

    /// <summary>A session of a role, <c>arn:aws:sts::111122223333:assumed-role/name/session</c>. It lacks the path of the role.</summary>
    AssumedRole,

    /// <summary>A session of GetFederationToken, <c>arn:aws:sts::111122223333:federated-user/name</c>.</summary>
    FederatedUser,
}

/// <summary>
/// The ARN of a principal of an account. Source: "IAM identifiers", IAM User Guide. Whether the principal exists is another question.
/// </summary>
public sealed record PrincipalArn
{
    private const string Iam = "arn:aws:iam::";
    private const string Sts = "arn:aws:sts::";
    private const int AccountIdLength = 12;

    private PrincipalArn(string text, AccountId accountId, PrincipalKind kind, string path, string name, string? sessionName)
    {
        Text = text;
        AccountId = accountId;
        Kind = kind;
        Path = path;
        Name = name;
        SessionName = sessionName;
    }

    /// <summary>The ARN.</summary>
    public string Text { get; }

    /// <summary>The account of the principal.</summary>
    public AccountId AccountId { get; }

    /// <summary>What it names.</summary>
    public PrincipalKind Kind { get; }

    /// <summary>The path of a user or role: <c>/</c>, or begins and ends with it. <c>/</c> for all others, whose ARNs have none.</summary>
    public string Path { get; }

    /// <summary>The name of the user, the role or the federated user; <c>root</c> for an account.</summary>
    public string Name { get; }

    /// <summary>The name of the session of a role, or null.</summary>
    public string? SessionName { get; }

    /// <summary>The ARN of an account.</summary>
    public static string OfAccount(string accountId) => $"{Iam}{accountId}:root";

    /// <summary>Parses the ARN of a principal. Groups, wildcards, services and account IDs are not among them.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out PrincipalArn? principal)
    {
        principal = null;
        bool isIam = text is not null && text.StartsWith(Iam, StringComparison.Ordinal);
        if (text is null || !(isIam || text.StartsWith(Sts, StringComparison.Ordinal)) || text.Length < Iam.Length + AccountIdLength + 2
            || text[Iam.Length + AccountIdLength] != ':'
            || !AccountId.TryParse(text.Substring(Iam.Length, AccountIdLength), out AccountId accountId))
        {
            return false;
        }

        string[] parts = text[(Iam.Length + AccountIdLength + 1)..].Split('/');
        if (isIam && parts is ["root"])
        {
            principal = new PrincipalArn(text, accountId, PrincipalKind.Account, "/", "root", null);
        }
        else if (!parts.Skip(1).All(IsName))
        {
            return false;
        }
        else if (isIam && parts is ["user" or "role", .. { Length: > 0 } names])
        {
            string path = names.Length == 1 ? "/" : $"/{string.Join('/', names[..^1])}/";
            PrincipalKind kind = parts[0] == "user" ? PrincipalKind.User : PrincipalKind.Role;
            principal = new PrincipalArn(text, accountId, kind, path, names[^1], null);
        }
        else if (!isIam && parts is ["assumed-role", var role, var session])
        {
            principal = new PrincipalArn(text, accountId, PrincipalKind.AssumedRole, "/", role, session);
        }
        else if (!isIam && parts is ["federated-user", var name])
        {
            principal = new PrincipalArn(text, accountId, PrincipalKind.FederatedUser, "/", name, null);
        }

        return principal is not null;
    }

    /// <summary>Whether text can be the name of a user, role, group or session, or a part of a path.</summary>
    public static bool IsName(string text) =>
        text.Length > 0 && text.All(static c => char.IsAsciiLetterOrDigit(c) || c is '_' or '+' or '=' or ',' or '.' or '@' or '-');

    /// <inheritdoc/>
    public override string ToString() => Text;
}
