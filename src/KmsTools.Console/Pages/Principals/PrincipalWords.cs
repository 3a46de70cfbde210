using KmsTools.WebConsole.Problems;

namespace KmsTools.WebConsole.Pages.Principals;

/// <summary>The names of users, roles and groups in URLs and in sentences.</summary>
internal static class PrincipalWords
{
    /// <summary>The part of a URL that stands for a type, and its name for people.</summary>
    public static (string Path, string Name) Of(PrincipalType type) => type switch
    {
        PrincipalType.User => ("users", "user"),
        PrincipalType.Role => ("roles", "role"),
        _ => ("groups", "group"),
    };

    /// <summary>The type that a part of a URL stands for.</summary>
    /// <exception cref="ArgumentException">It stands for none.</exception>
    public static PrincipalType TypeOf(string path) => path switch
    {
        "users" => PrincipalType.User,
        "roles" => PrincipalType.Role,
        "groups" => PrincipalType.Group,
        _ => throw new MissingException($"'{path}' is none of users, roles and groups."),
    };

    /// <summary>The page of a principal, below the Region.</summary>
    public static string PathOf(PrincipalType type, string name) => $"principals/{Of(type).Path}/{Uri.EscapeDataString(name)}";
}
