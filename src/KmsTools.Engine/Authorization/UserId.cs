using System.Security.Cryptography;
using System.Text;
using KmsTools.Identifiers;

namespace KmsTools.Authorization;

/// <summary>
/// The unique IDs of callers, as <c>aws:userid</c>, the principalId of events and GetCallerIdentity have them. Source: "IAM identifiers",
/// IAM User Guide.
/// </summary>
internal static class UserId
{
    /// <summary>
    /// The ID of a caller: AIDA… for a user; AROA… and the name of the session for a session of a role; the account and the name for a
    /// federated user; the account for a root user.
    /// </summary>
    /// <param name="caller">The caller.</param>
    /// <param name="uniqueId">The unique ID of the user or role behind the caller; null where the store does not know it.</param>
    public static string Of(PrincipalArn caller, string? uniqueId) => caller.Kind switch
    {
        PrincipalKind.Account => caller.AccountId,
        PrincipalKind.FederatedUser => $"{caller.AccountId}:{caller.Name}",
        PrincipalKind.AssumedRole => $"{uniqueId ?? OfUnknown(caller)}:{caller.SessionName}",
        _ => uniqueId ?? OfUnknown(caller),
    };

    /// <summary>The unique ID of a user, or of the role of a session, that the store does not know: the same in every store.</summary>
    public static string OfUnknown(PrincipalArn principal) => principal.Kind switch
    {
        PrincipalKind.User => Derive(PrincipalType.User, principal.Text),

        // The ARN of a session lacks the path of its role.
        _ => Derive(PrincipalType.Role, $"arn:aws:iam::{principal.AccountId}:role/{principal.Name}"),
    };

    private static string Derive(PrincipalType type, string arn) =>
        UniqueIds.PrincipalOf(type, SHA256.HashData(Encoding.UTF8.GetBytes(arn)));
}
