using System.Collections.Immutable;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Gets the users, roles and groups of the store, with their policies.</summary>
/// <example>
/// <code>
/// Get-KmsPrincipal
/// </code>
/// <para>Gets all users, roles and groups.</para>
/// </example>
/// <example>
/// <code>
/// (Get-KmsPrincipal -RoleName deploy).Policies['sign']
/// </code>
/// <para>Shows a policy of a role.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsPrincipal -UserName app* | Set-KmsPrincipal -Group applications
/// </code>
/// <para>Puts several users into a group.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsPrincipal", DefaultParameterSetName = ArnSet, HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType(typeof(Principal))]
public sealed class GetKmsPrincipalCommand : KmsCmdlet
{
    private const string UserSet = "User";
    private const string RoleSet = "Role";
    private const string GroupSet = "Group";
    private const string ArnSet = "Arn";

    /// <summary>
    /// The name of the user. Wildcards are allowed: * is all users. In its place, the ARN of a user, role or group, or what Get-KmsPrincipal
    /// returned.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = UserSet, ValueFromPipelineByPropertyName = true)]
    [PrincipalNameArgument]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string UserName { get; set; } = "";

    /// <summary>The name of the role. Wildcards are allowed: * is all roles.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RoleSet, ValueFromPipelineByPropertyName = true)]
    [PrincipalNameArgument]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string RoleName { get; set; } = "";

    /// <summary>The name of the group. Wildcards are allowed: * is all groups.</summary>
    [Parameter(Mandatory = true, ParameterSetName = GroupSet, ValueFromPipelineByPropertyName = true)]
    [PrincipalNameArgument]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string GroupName { get; set; } = "";

    /// <summary>The ARN of the user, role or group. The default is all of them.</summary>
    [Parameter(ParameterSetName = ArnSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Arn")]
    [PrincipalArgument]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    [ValidateNotNullOrEmpty]
    public string? PrincipalArn { get; set; }

    private protected override object? Subject => ParameterSetName switch
    {
        UserSet => UserName,
        RoleSet => RoleName,
        GroupSet => GroupName,
        _ => PrincipalArn,
    };

    private protected override void Process()
    {
        string? wanted = (string?)Subject;
        ImmutableArray<Principal> found = [.. Engine.Principals.List().Where(principal => IsWanted(principal, wanted))];
        if (found.IsEmpty && wanted is not null && !(ParameterSetName != ArnSet && WildcardPattern.ContainsWildcardCharacters(wanted)))
        {
            bool isOfAnyType = ParameterSetName == UserSet && PrincipalReference.IsArn(wanted);
            Refuse(KmsErrorRecord.NoPrincipal(Engine, wanted, isOfAnyType ? null : TypeOf(ParameterSetName)));
        }

        WriteObject(found, enumerateCollection: true);
    }

    private bool IsWanted(Principal principal, string? wanted) => PrincipalReference.IsArn(wanted)
        ? principal.Arn == wanted && (ParameterSetName is ArnSet or UserSet || principal.Type == TypeOf(ParameterSetName))
        : TypeOf(ParameterSetName) is { } type
        ? principal.Type == type && WildcardPattern.Get(wanted, WildcardOptions.IgnoreCase).IsMatch(principal.Name)
        : wanted is null || principal.Arn == wanted;

    private static PrincipalType? TypeOf(string parameterSet) => parameterSet switch
    {
        UserSet => PrincipalType.User,
        RoleSet => PrincipalType.Role,
        GroupSet => PrincipalType.Group,
        _ => null,
    };
}
