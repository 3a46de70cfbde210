using System.Collections;
using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Creates a user, a role or a group of the account of the store.</summary>
/// <remarks>
/// A user or role that the store does not know may do everything that key policies leave to its account. Once it is created here, only the
/// policies attached to it count: its own, and those of its groups. Policies are JSON text, a file (Get-Item), a hashtable or an object.
/// Names and sizes are limited as in IAM.
/// </remarks>
/// <example>
/// <code>
/// New-KmsPrincipal alice -Policy @{ decrypt = @{ Statement = @{ Effect = 'Allow'; Action = 'kms:Decrypt'; Resource = '*' } } }
/// New-KmsAccessKey alice
/// </code>
/// <para>Creates a user that may only decrypt, with an access key for it.</para>
/// </example>
/// <example>
/// <code>
/// $trust = @{ Statement = @{ Effect = 'Allow'; Principal = @{ AWS = '111122223333' }; Action = 'sts:AssumeRole' } }
/// New-KmsPrincipal -RoleName deploy -TrustPolicy $trust -MaxSessionDuration 7200
/// </code>
/// <para>Creates a role that users of the account may assume for up to two hours, where their policies let them.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsPrincipal -GroupName auditors
/// New-KmsPrincipal bob -Group auditors
/// </code>
/// <para>Creates a group and a user in it.</para>
/// </example>
[Cmdlet(
    VerbsCommon.New, "KmsPrincipal", SupportsShouldProcess = true, DefaultParameterSetName = UserSet,
    HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType(typeof(Principal))]
public sealed class NewKmsPrincipalCommand : KmsCmdlet
{
    private const string UserSet = "User";
    private const string RoleSet = "Role";
    private const string GroupSet = "Group";

    private bool _isBoundaryTyped;

    /// <summary>The name of the user: 1 to 64 letters, digits and +=,.@_-</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = UserSet, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    public string UserName { get; set; } = "";

    /// <summary>The name of the role: 1 to 64 letters, digits and +=,.@_-</summary>
    [Parameter(Mandatory = true, ParameterSetName = RoleSet, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    public string RoleName { get; set; } = "";

    /// <summary>The name of the group: 1 to 128 letters, digits and +=,.@_-</summary>
    [Parameter(Mandatory = true, ParameterSetName = GroupSet, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    public string GroupName { get; set; } = "";

    /// <summary>The path, part of the ARN, such as /ops/nightly/. The default is /.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    public string? Path { get; set; }

    /// <summary>Who may assume the role: a policy document with principals.</summary>
    [Parameter(Mandatory = true, ParameterSetName = RoleSet, ValueFromPipelineByPropertyName = true)]
    [Alias("AssumeRolePolicyDocument")]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string? TrustPolicy { get; set; }

    /// <summary>The longest session of the role in seconds: 3600 to 43200. The default is 3600.</summary>
    [Parameter(ParameterSetName = RoleSet, ValueFromPipelineByPropertyName = true)]
    [ValueArgument(typeof(int))]
    public int? MaxSessionDuration { get; set; }

    /// <summary>The names of the groups of the user.</summary>
    [Parameter(ParameterSetName = UserSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Groups")]
    [GroupArgument]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    [ValidateNotNull]
    public string[]? Group { get; set; }

    /// <summary>The identity policies by their names, such as @{ decrypt = Get-Content ./decrypt.json -Raw }.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("Policies")]
    [PoliciesTransformation]
    [ValidateNotNull]
    public Hashtable? Policy { get; set; }

    /// <summary>The permissions boundary: a policy document that limits what other policies allow.</summary>
    [Parameter(ParameterSetName = UserSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = RoleSet, ValueFromPipelineByPropertyName = true)]
    [PolicyTransformation]
    public string? PermissionsBoundary { get; set; }

    /// <summary>Tags, such as @{ TagKey = 'Team'; TagValue = 'Orders' }.</summary>
    [Parameter(ParameterSetName = UserSet, ValueFromPipelineByPropertyName = true)]
    [Parameter(ParameterSetName = RoleSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Tags")]
    [ValidateNotNull]
    [TagArgument]
    public Tag[]? Tag { get; set; }

    private protected override object? Subject => ParameterSetName switch { UserSet => UserName, RoleSet => RoleName, _ => GroupName };

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        base.BeginProcessing();
        _isBoundaryTyped = IsBound(nameof(PermissionsBoundary));
    }

    private protected override void Process()
    {
        // A principal that is piped may have none. What was typed is a variable that was not set.
        if (string.IsNullOrEmpty(PermissionsBoundary) && (_isBoundaryTyped || PermissionsBoundary is not null))
        {
            throw new ArgumentException($"-{nameof(PermissionsBoundary)} is empty.");
        }

        PrincipalType type = ParameterSetName switch
        {
            UserSet => PrincipalType.User,
            RoleSet => PrincipalType.Role,
            _ => PrincipalType.Group,
        };
        string name = (string)Subject!;
        if (ConfirmAction($"Create the {type.ToString().ToLowerInvariant()} {name}"))
        {
            WriteObject(Engine.Principals.Create(
                type,
                name,
                PrincipalParameters.Settings(Tag, Group, PermissionsBoundary) with
                {
                    Path = Path,
                    TrustPolicy = TrustPolicy,
                    MaxSessionDuration = MaxSessionDuration,
                    Policies = StringPairs.From(Policy, nameof(Policy)),
                },
                LocalCaller));
        }
    }
}
