using System.Collections.Immutable;
using KmsTools.WebConsole.Sessions;

namespace KmsTools.WebConsole.Pages.Principals;

/// <summary>Principals to choose from in forms.</summary>
internal static class PrincipalChoice
{
    private const int MaxChoices = 500;

    /// <summary>The ARNs of the users and roles of the store, and of the user of the operating system; at most 500.</summary>
    public static ImmutableArray<string> Arns(ConsoleSession session) =>
    [
        .. session.Administration.Principals.List().Where(static principal => principal.Type != PrincipalType.Group)
            .Select(static principal => principal.Arn)
            .Prepend(session.Administrator.PrincipalArn).Distinct(StringComparer.Ordinal).Take(MaxChoices),
    ];
}
