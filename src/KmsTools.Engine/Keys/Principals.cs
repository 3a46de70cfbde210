using System.Text.RegularExpressions;
using KmsTools.Identifiers;

namespace KmsTools.Keys;

/// <summary>
/// The formats of principals. Whether a principal exists cannot be checked here; whether it could exist, can. Groups are not principals.
/// </summary>
internal static partial class Principals
{
    /// <summary>Whether this is an account (ID or ARN) or the ARN of a user, a role, a session of a role or a federated user.</summary>
    public static bool IsAccountOrIdentity(string text) => AccountId.TryParse(text, out _) || PrincipalArn.TryParse(text, out _);

    /// <summary>Whether this is the name of a service, such as <c>lambda.amazonaws.com</c>.</summary>
    public static bool IsService(string text) => Service().IsMatch(text);

    [GeneratedRegex(
        @"^[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*\.amazonaws\.com(\.cn)?\z",
        RegexOptions.ExplicitCapture,
        matchTimeoutMilliseconds: 1000)]
    private static partial Regex Service();
}
