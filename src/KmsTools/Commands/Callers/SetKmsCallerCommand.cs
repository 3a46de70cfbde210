using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Chooses the caller of the calls of this session for which no credentials are given.</summary>
/// <remarks>
/// The caller is the one whose key policies, grants and policies count, and whom events name. Credentials in the parameters of a cmdlet
/// beat it, and so does a role that Use-KmsRole assumes afterwards. Get-KmsConnection shows the caller. The environment variables
/// AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY are not read: they usually hold credentials of AWS.
/// </remarks>
/// <example>
/// <code>
/// Set-KmsCaller arn:aws:iam::111122223333:user/alice
/// New-KmsKey
/// Set-KmsCaller -Default
/// </code>
/// <para>Makes a call as a user, and the following ones as the user of the operating system again.</para>
/// </example>
/// <example>
/// <code>
/// $key = New-KmsAccessKey alice
/// Set-KmsCaller -AccessKey $key.AccessKeyId -SecretKey $key.SecretAccessKey
/// </code>
/// <para>Makes calls as the principal of an access key.</para>
/// </example>
/// <example>
/// <code>
/// Set-KmsCaller -ProfileName deploy -ProfileLocation ./credentials
/// </code>
/// <para>Makes calls as a profile of a shared credentials file says, which may name a role.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Set, "KmsCaller", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low,
    DefaultParameterSetName = PrincipalSet,
    HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType(typeof(KmsConnection))]
public sealed class SetKmsCallerCommand : KmsCmdlet
{
    private const string PrincipalSet = "Principal";
    private const string AccessKeySet = "AccessKey";
    private const string CredentialSet = "Credential";
    private const string ProfileSet = "Profile";
    private const string DefaultSet = "Default";
    private const string Source = "Set-KmsCaller";

    /// <summary>
    /// The ARN of the caller: a user, the session of a role, a federated user or the root user, of the account of the store or of another
    /// one.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = PrincipalSet, ValueFromPipelineByPropertyName = true)]
    [Alias("PrincipalArn")]
    [ValidateNotNullOrEmpty]
    [PrincipalArgument]
    [ArgumentCompleter(typeof(PrincipalCompleter))]
    public string Principal { get; set; } = "";

    /// <summary>An access key of the store, or that of temporary credentials.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AccessKeySet)]
    [Alias("AK")]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    public string AccessKey { get; set; } = "";

    /// <summary>The secret of the access key.</summary>
    [Parameter(Mandatory = true, ParameterSetName = AccessKeySet)]
    [Alias("SK", "SecretAccessKey")]
    [TextTransformation]
    [ValidateNotNullOrEmpty]
    public string SecretKey { get; set; } = "";

    /// <summary>The session token of temporary credentials.</summary>
    [Parameter(ParameterSetName = AccessKeySet)]
    [Alias("ST")]
    [TextTransformation]
    public string? SessionToken { get; set; }

    /// <summary>
    /// Credentials in one object: with AccessKey, SecretKey and Token as AWS.Tools creates them, the output of New-KmsAccessKey or
    /// Use-KmsRole, or a PSCredential with the access key as its user name.
    /// </summary>
    [Parameter(Mandatory = true, ParameterSetName = CredentialSet)]
    [ValidateNotNull]
    public object? Credential { get; set; }

    /// <summary>A profile of the shared credentials file with an access key of this store, or with role_arn and source_profile.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ProfileSet)]
    [Alias("StoredCredentials", "AWSProfileName")]
    [TextTransformation]
    [ArgumentCompleter(typeof(ProfileCompleter))]
    [ValidateNotNullOrEmpty]
    public string ProfileName { get; set; } = "";

    /// <summary>The shared credentials file. The default is ~/.aws/credentials, with ~/.aws/config.</summary>
    [Parameter(ParameterSetName = ProfileSet)]
    [Alias("AWSProfilesLocation", "ProfilesLocation")]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string? ProfileLocation { get; set; }

    /// <summary>Makes the user of the operating system the caller again.</summary>
    [Parameter(Mandatory = true, ParameterSetName = DefaultSet)]
    public SwitchParameter Default { get; set; }

    /// <summary>Returns the connection.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override object? Subject => ParameterSetName switch
    {
        PrincipalSet => Principal,
        AccessKeySet => AccessKey,
        ProfileSet => ProfileName,
        _ => null,
    };

    private protected override void Process()
    {
        KmsConnection connection = Connection;
        CallerChoice? choice = Choose(connection);
        string principal = (choice ?? CallerChoice.OfOperatingSystem(connection.Engine)).PrincipalArn;
        if (!ConfirmAction($"Make the calls of this session as {principal}"))
        {
            return;
        }

        connection.Callers.Given = choice;
        connection.Callers.AssumedRole = null;
        if (GetVariableValue(CallerChoice.SessionVariable) is not null)
        {
            // What a rehearsal stored would beat it.
            SessionState.PSVariable.Set(CallerChoice.SessionVariable, null);
        }

        if (PassThru)
        {
            WriteObject(connection);
        }
    }

    private CallerChoice? Choose(KmsConnection connection) => ParameterSetName switch
    {
        PrincipalSet => CallerChoice.OfPrincipal(Principal, Source),
        AccessKeySet => OfCredentials(new GivenCredentials(AccessKey, SecretKey, SessionToken)),
        CredentialSet => OfCredentials(GivenCredentials.Of(Credential!)),
        ProfileSet => OfProfile(connection),
        _ => null,
    };

    private static CallerChoice OfCredentials(GivenCredentials given) =>
        CallerChoice.OfCredentials(given.Authenticate(Engine), given.SessionToken, Source);

    private CallerChoice OfProfile(KmsConnection connection)
    {
        ProfileCaller found = ProfileCaller.Find(connection, ProfileName, ProfileLocation is null ? null : ResolvePath(ProfileLocation));
        return found.Choice ?? throw new ArgumentException($"The profile {ProfileName} cannot be used: {found.Reason}.");
    }
}
