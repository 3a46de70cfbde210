using System.Management.Automation;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>Registers the token of an HSM as a cluster, on which a custom key store can be made. Changes nothing in the HSM.</summary>
/// <example>
/// <code>
/// $cluster = Register-KmsHsmCluster /usr/lib/softhsm/libsofthsm2.so -TokenLabel lab
/// </code>
/// <para>Registers a SoftHSM token. Its ID and TrustAnchorCertificate go to New-KmsCustomKeyStore.</para>
/// </example>
/// <example>
/// <code>
/// Register-KmsHsmCluster $library -TokenLabel restored -TrustAnchorCertificate $cluster.TrustAnchorCertificate
/// </code>
/// <para>Registers a token that was restored from a backup of another one, so that a custom key store can move to it.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Register, "KmsHsmCluster", SupportsShouldProcess = true)]
[OutputType(typeof(HsmClusterDescription))]
public sealed class RegisterKmsHsmClusterCommand : HsmLibraryCmdlet
{
    /// <summary>The labels of the tokens, one for each HSM.</summary>
    [Parameter(Mandatory = true, Position = 1, ValueFromPipelineByPropertyName = true)]
    [ValidateNotNullOrEmpty]
    public string[] TokenLabel { get; set; } = [];

    /// <summary>The ID of the cluster: 'cluster-' and 11 to 16 characters. The default is a new one.</summary>
    [Parameter]
    [ValidatePattern("^cluster-[2-7a-zA-Z]{11,16}$")]
    public string? ClusterId { get; set; }

    /// <summary>
    /// The certificate of the cluster (PEM). The default is a new one. That of a registered cluster declares that both share a backup
    /// history.
    /// </summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? TrustAnchorCertificate { get; set; }

    private protected override void Process()
    {
        if (ShouldProcess($"{LibraryPath}: {string.Join(", ", TokenLabel)}", "Register as a cluster"))
        {
            WriteObject(Engine.HsmClusters.Register(LibraryPath, TokenLabel, ClusterId, TrustAnchorCertificate));
        }
    }
}
