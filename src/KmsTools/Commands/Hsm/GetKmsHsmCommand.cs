using System.Management.Automation;
using KmsTools.Completion;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>Shows the HSMs of clusters as they are now: state, firmware, free sessions and keys.</summary>
/// <remarks>
/// Keys are counted where a custom key store of the cluster is connected; elsewhere nobody is logged in to the HSMs. Free sessions are
/// shown for HSMs that have a limit and tell it. The property Uri, which Format-List shows, is the PKCS#11 URI of the HSM for other
/// software.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsHsm
/// </code>
/// <para>Shows the HSMs of all clusters.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsHsm cluster-abcdefghijk | Where-Object State -NE ACTIVE
/// </code>
/// <para>Shows the HSMs of a cluster that are lost.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsHsm cluster-abcdefghijk | Select-Object Library, Uri
/// </code>
/// <para>Shows what other software needs to use the HSMs, such as p11tool --provider and --list-all.</para>
/// </example>
[Cmdlet(VerbsCommon.Get, "KmsHsm")]
[OutputType(typeof(HsmDescription))]
public sealed class GetKmsHsmCommand : KmsCmdlet
{
    /// <summary>Only the HSMs of this cluster.</summary>
    [Parameter(Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("CloudHsmClusterId")]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    public string? ClusterId { get; set; }

    /// <summary>Only the HSMs whose token label is like this. Wildcards are allowed.</summary>
    [Parameter(Position = 1)]
    [SupportsWildcards]
    [ArgumentCompleter(typeof(HsmTokenCompleter))]
    public string? TokenLabel { get; set; }

    private protected override object? Subject => ClusterId;

    private protected override void Process()
    {
        var pattern = new WildcardPattern(TokenLabel ?? "*", WildcardOptions.IgnoreCase);
        KmsEngine engine = Engine;
        WriteObject(new CallProgress(this, "Asking the HSMs").Run(() => engine.HsmMembers.Find(ClusterId)).Where(hsm => pattern.IsMatch(hsm.TokenLabel)), enumerateCollection: true);
    }
}
