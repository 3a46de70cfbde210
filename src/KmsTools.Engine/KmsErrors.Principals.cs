namespace KmsTools;

/// <content>Errors about users, roles and groups: those of IAM, whose codes have no suffix.</content>
public static partial class KmsErrors
{
    internal static KmsException PrincipalExists(PrincipalType type, string name) => new(
        "EntityAlreadyExists", $"{type} with name {name} already exists.", 409);

    internal static KmsException NoSuchPrincipal(PrincipalType type, string name) => new(
        "NoSuchEntity", $"The {Noun(type)} with name {name} cannot be found.", 404)
    {
        MissingName = name,
    };

    internal static KmsException NoSuchPrincipalPolicy(PrincipalType type, string policyName) => new(
        "NoSuchEntity", $"The {Noun(type)} policy with name {policyName} cannot be found.", 404);

    internal static KmsException PrincipalInUse(string first) => new("DeleteConflict", $"Cannot delete entity, must {first} first.", 409);

    internal static KmsException PrincipalQuota(string quota, int max) => new(
        "LimitExceeded", $"Cannot exceed quota for {quota}: {max}", 409);

    internal static KmsException PrincipalPoliciesTooLong(PrincipalType type, string name, int max) => new(
        "LimitExceeded", $"Maximum policy size of {max} bytes exceeded for {Noun(type)} {name}", 409);

    internal static KmsException MalformedPrincipalPolicy(string message, KmsException cause) => new(
        "MalformedPolicyDocument", message, innerException: cause);

    internal static KmsException InvalidPrincipalValue(string message) => new("ValidationError", message);

    private static string Noun(PrincipalType type) => type switch
    {
        PrincipalType.User => "user",
        PrincipalType.Role => "role",
        _ => "group",
    };
}
