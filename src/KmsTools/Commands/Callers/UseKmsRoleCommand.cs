using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Persistence;
using KmsTools.Sessions;
using KmsTools.Sts;

namespace KmsTools.Commands;

/// <summary>Assumes a role: for a script block, or for the rest of the session.</summary>
/// <remarks>
/// The trust policy of the role must let the caller of the session assume it. Its calls are then made with the policies of the role, and
/// events name its session. After the script block, with -Stop, and after Set-KmsCaller or Connect-Kms, calls are made as before. As in AWS
/// the session of the role ends after -DurationInSeconds of real time, and when the role is removed.
/// <para>An endpoint issues the same credentials to other programs: AssumeRole of AWS STS.</para>
/// </remarks>
/// <example>
/// <code>
/// Use-KmsRole deploy { New-KmsKey -Description 'Made by the role' }
/// </code>
/// <para>Runs a script block as a role.</para>
/// </example>
/// <example>
/// <code>
/// Use-KmsRole deploy -SessionName release-7 -ExternalId partner-1
/// (Get-KmsConnection).Caller
/// Use-KmsRole -Stop
/// </code>
/// <para>Makes the calls of the session as a role, and stops doing so.</para>
/// </example>
/// <example>
/// <code>
/// $credential = Use-KmsRole deploy -PassThru
/// Get-KmsKeyList -Credential $credential
/// Use-KmsRole -Stop
/// </code>
/// <para>Gets the temporary credentials, which single calls and other programs can use.</para>
/// </example>
[Cmdlet(VerbsOther.Use, "KmsRole", DefaultParameterSetName = NameSet, HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType(typeof(TemporaryCredentials), ParameterSetName = [NameSet, ArnSet])]
public sealed class UseKmsRoleCommand : KmsCmdlet
{
    private const string NameSet = "Name";
    private const string ArnSet = "Arn";
    private const string StopSet = "Stop";

    /// <summary>The name of a role of the account of the store, or the ARN of a role.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = NameSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [PrincipalNameArgument]
    [ArgumentCompleter(typeof(PrincipalNameCompleter))]
    public string RoleName { get; set; } = "";

    /// <summary>The ARN of the role.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ArnSet, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    [PrincipalArgument]
    [ArgumentCompleter(typeof(RoleArnCompleter))]
    public string RoleArn { get; set; } = "";

    /// <summary>What is run as the role. Without it, the calls of the session are made as the role from now on.</summary>
    [Parameter(Position = 1, ParameterSetName = NameSet)]
    [Parameter(Position = 1, ParameterSetName = ArnSet)]
    public ScriptBlock? ScriptBlock { get; set; }

    /// <summary>The name of the session, 2 to 64 characters, which events show. The default is KmsTools.</summary>
    [Parameter(ParameterSetName = NameSet)]
    [Parameter(ParameterSetName = ArnSet)]
    [Alias("RoleSessionName")]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string SessionName { get; set; } = "KmsTools";

    /// <summary>How long the session of the role lasts: 900 seconds up to the maximum of the role. The default is 3600.</summary>
    [Parameter(ParameterSetName = NameSet)]
    [Parameter(ParameterSetName = ArnSet)]
    [Alias("DurationSeconds")]
    public int? DurationInSeconds { get; set; }

    /// <summary>A session policy, which limits the session further: JSON text, a file, a hashtable or an object.</summary>
    [Parameter(ParameterSetName = NameSet)]
    [Parameter(ParameterSetName = ArnSet)]
    [PolicyTransformation]
    [ValidateNotNullOrEmpty]
    public string? Policy { get; set; }

    /// <summary>Session tags, such as @{ TagKey = 'Team'; TagValue = 'Orders' }, which override the tags of the role.</summary>
    [Parameter(ParameterSetName = NameSet)]
    [Parameter(ParameterSetName = ArnSet)]
    [Alias("Tags")]
    [ValidateNotNull]
    [TagArgument]
    public Tag[]? Tag { get; set; }

    /// <summary>The keys of those session tags that are handed on when the session assumes another role.</summary>
    [Parameter(ParameterSetName = NameSet)]
    [Parameter(ParameterSetName = ArnSet)]
    [TagKeyArgument]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string[]? TransitiveTagKey { get; set; }

    /// <summary>The external ID that the trust policy of the role asks for.</summary>
    [Parameter(ParameterSetName = NameSet)]
    [Parameter(ParameterSetName = ArnSet)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? ExternalId { get; set; }

    /// <summary>Who is behind the session; kept when it assumes other roles.</summary>
    [Parameter(ParameterSetName = NameSet)]
    [Parameter(ParameterSetName = ArnSet)]
    [TextTransformation]
    public string? SourceIdentity { get; set; }

    /// <summary>The multi-factor device of the caller, with a code in -TokenCode.</summary>
    [Parameter(ParameterSetName = NameSet)]
    [Parameter(ParameterSetName = ArnSet)]
    [TextTransformation]
    public string? SerialNumber { get; set; }

    /// <summary>The code of the device: any six digits.</summary>
    [Parameter(ParameterSetName = NameSet)]
    [Parameter(ParameterSetName = ArnSet)]
    [TextTransformation]
    public string? TokenCode { get; set; }

    /// <summary>Returns the temporary credentials, with their secret.</summary>
    [Parameter(ParameterSetName = NameSet)]
    [Parameter(ParameterSetName = ArnSet)]
    public SwitchParameter PassThru { get; set; }

    /// <summary>Makes the calls of the session as before the role.</summary>
    [Parameter(Mandatory = true, ParameterSetName = StopSet)]
    public SwitchParameter Stop { get; set; }

    private protected override object? Subject => ParameterSetName == ArnSet ? RoleArn : RoleName;

    private protected override void Process()
    {
        KmsConnection connection = Connection;
        if (ParameterSetName == StopSet)
        {
            connection.Callers.AssumedRole = null;
            return;
        }

        TemporaryCredentials credentials = connection.Engine.Sts.AssumeRole(CreateRequest(connection.Engine), LocalCaller).Credentials;
        CallerChoice? before = connection.Callers.AssumedRole;
        connection.Callers.AssumedRole = CallerChoice.OfCredentials(
            connection.Engine.Authenticator.Find(credentials.AccessKeyId, credentials.SessionToken),
            credentials.SessionToken,
            "Use-KmsRole");
        if (PassThru)
        {
            WriteObject(credentials);
        }

        if (ScriptBlock is null)
        {
            return;
        }

        try
        {
            WriteObject(InvokeCommand.InvokeScript(useLocalScope: true, ScriptBlock, input: null), enumerateCollection: true);
        }
        finally
        {
            connection.Callers.AssumedRole = before;
        }
    }

    private AssumeRoleRequest CreateRequest(KmsEngine engine) => new()
    {
        RoleArn = ParameterSetName == ArnSet ? RoleArn : FindArn(engine),
        RoleSessionName = SessionName,
        DurationSeconds = DurationInSeconds,
        Policy = Policy,
        Tags = Tag?.Select(static tag => new SessionTag { Key = tag.TagKey, Value = tag.TagValue }).ToArray(),
        TransitiveTagKeys = TransitiveTagKey,
        ExternalId = ExternalId,
        SourceIdentity = SourceIdentity,
        SerialNumber = SerialNumber,
        TokenCode = TokenCode,
    };

    // The ARN has the path of the role, which its name does not tell.
    private string FindArn(KmsEngine engine)
    {
        if (PrincipalReference.IsArn(RoleName))
        {
            return RoleName;
        }

        using IStateReader state = engine.OpenReader();
        return state.FindPrincipal(PrincipalType.Role, RoleName)?.Arn ?? $"arn:aws:iam::{engine.Properties.AccountId}:role/{RoleName}";
    }
}
