using KmsTools.Authorization;

namespace KmsTools;

/// <content>
/// Errors about access. Source: recorded responses of AWS KMS, and "Troubleshooting access denied error messages", IAM User Guide.
/// </content>
public static partial class KmsErrors
{
    private const string ResourceOfCiphertext = "the resource associated with this ciphertext";

    internal static KmsException AccessDenied(AccessDecision decision, string principalArn, Permission permission)
    {
        PolicyKind kind = decision.DeniedBy ?? PolicyKind.IdentityBased;
        if (decision.IsOtherAccount && kind == PolicyKind.ResourceBased)
        {
            string what = permission.Subject == PermissionSubject.Ciphertext ? ResourceOfCiphertext : "this resource";
            return NotAccessible(principalArn, permission.Action, what, decision);
        }

        // A level of service control policies that allows nothing is reported like a statement that denies.
        string because = decision.Decision == AccessDecisionType.ExplicitlyDenied || kind == PolicyKind.ServiceControl
            ? $"with an explicit deny in {WithArticle(kind)}"
            : $"because no {Name(kind)} allows the kms:{permission.Action} action";
        return new KmsException(
            "AccessDeniedException",
            $"User: {principalArn} is not authorized to perform: kms:{permission.Action} {Subject(decision, permission)}{because}")
        {
            KeyArn = permission.AliasOfDraft is null ? permission.Key?.Arn : null,
            Cause = ErrorCause.AccessDenied,
            Decision = decision,
        };
    }

    /// <summary>Whatever policies say, only AWS manages its keys.</summary>
    internal static KmsException AwsManagesKey(string principalArn, string action, string keyArn) => new(
        "AccessDeniedException",
        $"User: {principalArn} is not authorized to perform: kms:{action} on resource: {keyArn} because no resource-based policy "
            + $"allows the kms:{action} action")
    {
        KeyArn = keyArn,
    };

    internal static KmsException OtherAccount(string principalArn, string action) =>
        NotAccessible(principalArn, action, "this resource", null);

    /// <summary>The text that AWS has returned since 2024, recorded from it.</summary>
    internal static KmsException CiphertextKeyNotAccessible(string principalArn, string action) =>
        NotAccessible(principalArn, action, ResourceOfCiphertext, null);

    private static KmsException NotAccessible(string principalArn, string action, string what, AccessDecision? decision) => new(
        "AccessDeniedException",
        $"User: {principalArn} is not authorized to perform: kms:{action} on {what} because the resource does not exist in this Region, "
        + "no resource-based policies allow access, or a resource-based policy explicitly denies access")
    {
        Cause = decision is null ? ErrorCause.None : ErrorCause.AccessDenied,
        Decision = decision,
    };

    private static string Subject(AccessDecision decision, Permission permission) => permission.Subject switch
    {
        PermissionSubject.None => "",
        PermissionSubject.Ciphertext when decision.IsOtherAccount => $"on {ResourceOfCiphertext} ",
        _ => $"on resource: {permission.Named} ",
    };

    private static string Name(PolicyKind kind) => kind switch
    {
        PolicyKind.ResourceBased => "resource-based policy",
        PolicyKind.IdentityBased => "identity-based policy",
        PolicyKind.PermissionsBoundary => "permissions boundary",
        PolicyKind.Session => "session policy",
        PolicyKind.ServiceControl => "service control policy",
        PolicyKind.ResourceControl => "resource control policy",
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, null),
    };

    private static string WithArticle(PolicyKind kind) => $"{(kind == PolicyKind.IdentityBased ? "an" : "a")} {Name(kind)}";
}
