using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Creates a credential for a key store of an XKS proxy. The secret access key goes into a new file.</summary>
/// <remarks>
/// To replace a credential without an interruption, add the new one to the configuration, give it to the external key store with
/// Update-KmsCustomKeyStore, and remove the old one from the configuration.
/// </remarks>
/// <example>
/// <code>
/// New-KmsXksCredential ./orders-2.secret
/// </code>
/// <para>Creates a credential. Its AccessKeyId and the file go into the credentials of a key store of the configuration.</para>
/// </example>
/// <example>
/// <code>
/// $credential = New-KmsXksCredential ./orders-2.secret
/// "- accessKeyId: $($credential.AccessKeyId)", '  secretFrom: { file: orders-2.secret }'
/// </code>
/// <para>Creates a credential, and shows what to add to the credentials of a key store.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsXksCredential", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "create-xks-keystore.html")]
[OutputType(typeof(KmsXksCredential))]
public sealed class NewKmsXksCredentialCommand : KmsCmdlet
{
    /// <summary>The new file that receives the secret access key. Only its owner can read it.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [PathArgument("SecretFile")]
    [ValidateNotNullOrEmpty]
    public string SecretFile { get; set; } = "";

    private protected override object? Subject => SecretFile;

    private protected override void Process()
    {
        string file = ResolvePath(SecretFile);
        if (ConfirmAction($"Create a credential, and write its secret access key into {file}"))
        {
            IReadOnlyDictionary<string, string> made = XksProxyProgram.Run(
                ["new-credential", "--secret-file", file], null, "The credential was not created.", Stopped);
            WriteObject(new KmsXksCredential(made["accessKeyId"], file));
        }
    }
}
