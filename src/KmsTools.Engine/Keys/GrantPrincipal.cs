using KmsTools.Keys;

namespace KmsTools;

/// <summary>The principal that gets, or may retire, a grant.</summary>
/// <param name="Name">An ARN or account ID, or the name of a service such as <c>lambda.amazonaws.com</c>.</param>
/// <param name="IsService">Whether it is a service.</param>
public sealed record GrantPrincipal(string Name, bool IsService)
{
    /// <summary>The principal of a request, which has a member for services and one for all others.</summary>
    /// <param name="role">The prefix of both member names: Grantee or Retiring.</param>
    /// <param name="principal">The principal that is not a service, or null.</param>
    /// <param name="servicePrincipal">The service, or null.</param>
    /// <returns>The principal, or null when neither is given.</returns>
    /// <exception cref="KmsException">ValidationException: both are given. InvalidArnException: it is not a valid principal.</exception>
    internal static GrantPrincipal? Of(string role, string? principal, string? servicePrincipal)
    {
        if (principal is null)
        {
            return servicePrincipal is null ? null : new GrantPrincipal(servicePrincipal, IsService: true);
        }

        if (servicePrincipal is not null)
        {
            throw KmsErrors.Validation($"You can specify either {role}Principal or {role}ServicePrincipal, but not both.");
        }

        return Principals.IsAccountOrIdentity(principal)
            ? new GrantPrincipal(principal, IsService: false)
            : throw KmsErrors.InvalidPrincipal(principal);
    }
}
