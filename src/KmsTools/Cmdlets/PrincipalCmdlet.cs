using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>A cmdlet for one user, role or group of the store.</summary>
public abstract class PrincipalCmdlet : KmsCmdlet
{
    private protected const string UserSet = "User";
    private protected const string RoleSet = "Role";
    private protected const string GroupSet = "Group";
    private protected const string ArnSet = "Arn";

    /// <summary>The name of the user; in its place, the ARN of a user, role or group, or what Get-KmsPrincipal returned.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = UserSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [PrincipalNameArgument]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    public string UserName { get; set; } = "";

    /// <summary>The name of the role.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RoleSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [PrincipalNameArgument]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    public string RoleName { get; set; } = "";

    /// <summary>The name of the group.</summary>
    [Parameter(Mandatory = true, ParameterSetName = GroupSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [PrincipalNameArgument]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    public string GroupName { get; set; } = "";

    /// <summary>The ARN of the user, role or group.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ArnSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Arn")]
    [ValidateNotNullOrEmpty]
    [PrincipalArgument]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string PrincipalArn { get; set; } = "";

    private protected override object? Subject => ParameterSetName switch
    {
        UserSet => UserName,
        RoleSet => RoleName,
        GroupSet => GroupName,
        _ => PrincipalArn,
    };

    private protected abstract void Process(PrincipalType type, string name);

    private protected sealed override void Process()
    {
        string given = (string)Subject!;
        PrincipalType? type = ParameterSetName switch
        {
            UserSet => PrincipalType.User,
            RoleSet => PrincipalType.Role,
            GroupSet => PrincipalType.Group,
            _ => null,
        };
        if (type is { } named && !PrincipalReference.IsArn(given))
        {
            Process(named, given);
            return;
        }

        // The first argument may be of any type, as its ARN says which.
        PrincipalType? wanted = ParameterSetName == UserSet ? null : type;
        Principal? principal = Engine.Principals.List()
            .FirstOrDefault(principal => principal.Arn == given && (wanted is null || principal.Type == wanted));
        if (principal is null)
        {
            Refuse(KmsErrorRecord.NoPrincipal(Engine, given, wanted));
        }

        Process(principal.Type, principal.Name);
    }

    /// <summary>The principal in questions to the user, such as <c>user alice</c>.</summary>
    private protected static string Describe(PrincipalType type, string name) => $"{type.ToString().ToLowerInvariant()} {name}";
}
