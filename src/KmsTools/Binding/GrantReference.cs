using System.Management.Automation;

namespace KmsTools.Binding;

/// <summary>What names a grant, in an object that is one or says so.</summary>
internal static class GrantReference
{
    /// <summary>The key, the ID and the token of a grant; those that the object does not show are null.</summary>
    /// <exception cref="ArgumentException">The object does not name a grant.</exception>
    public static (string? KeyId, string? GrantId, string? GrantToken) Of(PSObject grant)
    {
        string? id = Text(grant, "GrantId");
        string? token = Text(grant, "GrantToken");
        return id is null && token is null
            ? throw new ArgumentException("The object names no grant: give what New-KmsGrant or Get-KmsGrantList returned.")
            : (Text(grant, "KeyId"), id, token);
    }

    private static string? Text(PSObject value, string property) =>
        NamedMember.Of(value, property) is string { Length: > 0 } text ? text : null;
}
