using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.Sessions;

namespace KmsTools.Commands;

/// <summary>Starts an XKS proxy, through which AWS KMS and other systems use keys of PKCS#11 tokens.</summary>
/// <remarks>
/// The proxy is a separate process and requires the ASP.NET Core 10 runtime, as an endpoint does. It ends with this session; a service
/// runs the program itself. It reads its configuration again when the file changes; what it cannot use is in its Messages.
/// about_KmsTools_XksProxy describes the configuration.
/// </remarks>
/// <example>
/// <code>
/// Start-KmsXksProxy ./proxy.yaml
/// </code>
/// <para>Starts a proxy with a configuration.</para>
/// </example>
/// <example>
/// <code>
/// $pin = Read-Host -AsSecureString
/// Initialize-KmsHsm -Lab -KeyStorePassword $pin | New-KmsXksKey orders -Pin $pin |
///     New-KmsXksProxyConfiguration ./lab.yaml -Port 0 -Pin $pin | Start-KmsXksProxy
/// </code>
/// <para>Makes a lab with SoftHSM from nothing: a token, a key, a configuration with a credential, and a proxy on a free port.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Start, "KmsXksProxy", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "keystore-external.html")]
[OutputType(typeof(KmsXksProxy))]
public sealed class StartKmsXksProxyCommand : KmsCmdlet
{
    /// <summary>The file with the configuration (YAML).</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipelineByPropertyName = true)]
    [Alias("Path")]
    [PathArgument]
    [ValidateNotNullOrEmpty]
    public string Configuration { get; set; } = "";

    /// <summary>The password of the private key of its certificate, if it has one.</summary>
    [Parameter]
    [PinTransformation]
    [ValidateNotNull]
    public SecureString? CertificatePassword { get; set; }

    private protected override object? Subject => Configuration;

    private protected override void Process()
    {
        string file = ResolvePath(Configuration);
        if (ConfirmAction($"Start the XKS proxy that {file} configures"))
        {
            KmsXksProxy proxy = KmsXksProxies.Start(file, CertificatePassword, Stopped);
            foreach (string message in proxy.Messages)
            {
                WriteWarning(message);
            }

            WriteObject(proxy);
        }
    }
}
