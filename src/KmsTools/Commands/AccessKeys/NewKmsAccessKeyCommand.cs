using System.Management.Automation;
using KmsTools.Completion;

namespace KmsTools.Commands;

/// <summary>Makes an access key, with which SDKs and command lines sign their calls to an endpoint of the store.</summary>
/// <remarks>The secret is shown this once; the store keeps it wrapped. The principal of the key is the caller in events.</remarks>
/// <example>
/// <code>
/// $key = New-KmsAccessKey alice
/// $env:AWS_ACCESS_KEY_ID = $key.AccessKeyId
/// $env:AWS_SECRET_ACCESS_KEY = $key.SecretAccessKey
/// </code>
/// <para>Makes an access key for a user and gives it to the programs that this session starts.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsAccessKey -PrincipalArn arn:aws:sts::111122223333:assumed-role/deploy/ci
/// </code>
/// <para>Makes an access key for the session of a role.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsAccessKey", SupportsShouldProcess = true, DefaultParameterSetName = UserSet)]
[OutputType(typeof(NewAccessKey))]
public sealed class NewKmsAccessKeyCommand : KmsCmdlet
{
    private const string UserSet = "User";
    private const string PrincipalSet = "Principal";

    /// <summary>The name of the IAM user who signs with the key. The default is the user of the operating system.</summary>
    [Parameter(Position = 0, ParameterSetName = UserSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string? UserName { get; set; }

    /// <summary>The ARN of the principal who signs with the key: a user, a role, the session of a role.</summary>
    [Parameter(Mandatory = true, ParameterSetName = PrincipalSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string? PrincipalArn { get; set; }

    private protected override object? Subject => PrincipalArn ?? UserName;

    private protected override void Process()
    {
        string principal = PrincipalArn
            ?? (UserName is null ? Caller.LocalUser(Engine.Properties.AccountId).PrincipalArn : $"arn:aws:iam::{Engine.Properties.AccountId}:user/{UserName}");
        if (ShouldProcess(principal, "Make an access key"))
        {
            WriteObject(Engine.AccessKeys.Create(principal, LocalCaller));
        }
    }
}
