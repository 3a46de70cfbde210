using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Changes a user, role or group: tags, groups, permissions boundary, trust policy, length of sessions.</summary>
/// <remarks>
/// What is not given stays as it is. Identity policies are changed with Add-KmsPrincipalPolicy and Remove-KmsPrincipalPolicy. Policies are
/// JSON text, a file (Get-Item), a hashtable or an object.
/// </remarks>
/// <example>
/// <code>
/// Set-KmsPrincipal alice -Group auditors, operators -Tag @{ TagKey = 'Team'; TagValue = 'Orders' }
/// </code>
/// <para>Replaces the groups and the tags of a user.</para>
/// </example>
/// <example>
/// <code>
/// Set-KmsPrincipal -RoleName deploy -TrustPolicy (Get-Item ./trust.json) -PermissionsBoundary ''
/// </code>
/// <para>Replaces the trust policy of a role, and removes its permissions boundary.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Set, "KmsPrincipal", SupportsShouldProcess = true, DefaultParameterSetName = UserSet,
    HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType(typeof(Principal))]
public sealed class SetKmsPrincipalCommand : PrincipalCmdlet
{
    /// <summary>The names of all groups of the user; @() for none.</summary>
    [Parameter]
    [Alias("Groups")]
    [GroupArgument]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    [AllowEmptyCollection]
    [ValidateNotNull]
    public string[]? Group { get; set; }

    /// <summary>All tags, such as @{ TagKey = 'Team'; TagValue = 'Orders' }; @() for none.</summary>
    [Parameter]
    [Alias("Tags")]
    [AllowEmptyCollection]
    [ValidateNotNull]
    [TagArgument]
    public Tag[]? Tag { get; set; }

    /// <summary>The permissions boundary: a policy document that limits what other policies allow. An empty text removes it.</summary>
    [Parameter]
    [PolicyTransformation]
    [AllowEmptyString]
    [ValidateNotNull]
    public string? PermissionsBoundary { get; set; }

    /// <summary>Who may assume the role: a policy document with principals.</summary>
    [Parameter]
    [Alias("AssumeRolePolicyDocument")]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string? TrustPolicy { get; set; }

    /// <summary>The longest session of the role in seconds: 3600 to 43200.</summary>
    [Parameter]
    public int? MaxSessionDuration { get; set; }

    private protected override void Process(PrincipalType type, string name)
    {
        string[] changes =
        [
            .. new[] { nameof(Group), nameof(Tag), nameof(PermissionsBoundary), nameof(TrustPolicy), nameof(MaxSessionDuration) }
                .Where(IsBound),
        ];
        if (ConfirmAction($"Change {string.Join(", ", changes)} of {Describe(type, name)}"))
        {
            WriteObject(Engine.Principals.Change(
                type,
                name,
                PrincipalParameters.Settings(Tag, Group, PermissionsBoundary) with
                {
                    TrustPolicy = TrustPolicy,
                    MaxSessionDuration = MaxSessionDuration,
                },
                LocalCaller));
        }
    }
}
