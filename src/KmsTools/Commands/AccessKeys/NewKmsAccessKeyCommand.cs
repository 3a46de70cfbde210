using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Creates an access key, with which SDKs and command-line tools sign their calls to an endpoint of the store.</summary>
/// <remarks>
/// The secret is shown only once; the store keeps it wrapped. In events, the principal of the key is the caller. Unlike in AWS, a role or a
/// session of a role can have one too. A principal that the store does not know may do everything that key policies leave to its account:
/// New-KmsPrincipal creates users and roles with permissions.
/// </remarks>
/// <example>
/// <code>
/// $key = New-KmsAccessKey alice
/// $env:AWS_ACCESS_KEY_ID = $key.AccessKeyId
/// $env:AWS_SECRET_ACCESS_KEY = $key.SecretAccessKey
/// </code>
/// <para>Creates an access key for a user and passes it to the programs that this session starts.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsAccessKey -PrincipalArn arn:aws:sts::111122223333:assumed-role/deploy/ci
/// </code>
/// <para>Creates an access key for a role session.</para>
/// </example>
[Cmdlet(
    VerbsCommon.New, "KmsAccessKey", SupportsShouldProcess = true, DefaultParameterSetName = UserSet,
    HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType(typeof(NewAccessKey))]
public sealed class NewKmsAccessKeyCommand : KmsCmdlet
{
    private const string UserSet = "User";
    private const string PrincipalSet = "Principal";

    /// <summary>The name of the IAM user who signs with the key, or the ARN of a principal. The default is the user of the operating system.</summary>
    [Parameter(Position = 0, ParameterSetName = UserSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [PrincipalNameArgument]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    public string? UserName { get; set; }

    /// <summary>The ARN of the principal who signs with the key: a user, a role or a role session.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PrincipalSet, ValueFromPipelineByPropertyName = true)]
    [Alias("Arn")]
    [ValidateNotNullOrEmpty]
    [PrincipalArgument]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string? PrincipalArn { get; set; }

    private protected override object? Subject => PrincipalArn ?? UserName;

    private protected override void Process()
    {
        string principal = PrincipalArn
            ?? (UserName is null
                ? Caller.LocalUser(Engine.Properties.AccountId).PrincipalArn
                : PrincipalReference.IsArn(UserName) ? UserName
                : Engine.Principals.Find(PrincipalType.User, UserName)?.Arn
                    ?? $"arn:aws:iam::{Engine.Properties.AccountId}:user/{UserName}");
        if (ConfirmAction($"Create an access key for {principal}"))
        {
            WriteObject(Engine.AccessKeys.Create(principal, LocalCaller));
        }
    }
}
