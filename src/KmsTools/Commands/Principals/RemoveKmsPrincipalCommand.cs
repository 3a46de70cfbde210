using System.Management.Automation;
using KmsTools.Authorization;

namespace KmsTools.Commands;

/// <summary>Removes a user, role or group.</summary>
/// <remarks>
/// As in IAM, access keys, policies and memberships have to be removed first; -Force removes them as well. In key policies, trust policies
/// and grants the unique ID takes the place of the ARN: a new user or role with the same name gets none of the permissions of the old one.
/// A user or role that is removed is one that the store does not know: see New-KmsPrincipal.
/// </remarks>
/// <example>
/// <code>
/// Remove-KmsPrincipal alice
/// </code>
/// <para>Removes a user after asking for confirmation.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsPrincipal -RoleName temp* | Remove-KmsPrincipal -Force
/// </code>
/// <para>Removes several roles with all that belongs to them, without asking for confirmation.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Remove, "KmsPrincipal", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = UserSet,
    HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType("None")]
public sealed class RemoveKmsPrincipalCommand : PrincipalCmdlet
{
    /// <summary>
    /// Skips the confirmation prompt, and also removes the access keys, policies and memberships. -WhatIf still prevents the call.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override void Process(PrincipalType type, string name)
    {
        PrincipalUses uses = Engine.Principals.FindUses(type, name);
        if (ConfirmAction($"Remove {Describe(type, name)}{Consequences(uses)}", Force))
        {
            Engine.Principals.Remove(type, name, Force, LocalCaller);
        }
    }

    private string Consequences(PrincipalUses uses)
    {
        string[] parts =
        [
            .. new[]
            {
                Force ? Count(uses.AccessKeyIds.Length, "access key") : null,
                Force ? Count(uses.Members.Length, "membership") : null,
                Count(uses.KeyArns.Length, "mention in a key policy", "mentions in key policies"),
                Count(uses.Roles.Length, "mention in a trust policy", "mentions in trust policies"),
                Count(uses.Grants, "grant"),
            }.OfType<string>(),
        ];
        return parts.Length == 0 ? "" : $" ({string.Join(", ", parts)})";
    }

    private static string? Count(int count, string one, string? many = null) =>
        count == 0 ? null : $"{count} {(count == 1 ? one : many ?? one + "s")}";
}
