using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>
/// Takes the seal of the store away: its root key lies in plaintext in its folder again, and nothing is needed to open it.
/// </summary>
/// <remarks>
/// The store must be unlocked. Other sessions and endpoints that use the store go on. A key that Protect-KmsStore made in an HSM stays
/// there: older copies of the folder may still need it.
/// </remarks>
/// <example>
/// <code>
/// Unprotect-KmsStore
/// </code>
/// <para>Takes the seal of the store of this session away.</para>
/// </example>
/// <example>
/// <code>
/// Unprotect-KmsStore -WhatIf
/// </code>
/// <para>Shows what would be done.</para>
/// </example>
[Cmdlet(VerbsSecurity.Unprotect, "KmsStore", SupportsShouldProcess = true, HelpUri = HelpPages.Guide + "overview.html")]
[OutputType(typeof(KmsRootKey))]
public sealed class UnprotectKmsStoreCommand : KmsCmdlet
{
    /// <summary>Writes the root key to the pipeline, as Get-KmsRootKey does.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    private protected override void Process()
    {
        KmsEngine engine = Engine;
        if (engine.RootKey.ReadSeal() is null)
        {
            throw new InvalidOperationException("The store is not sealed.");
        }

        if (ConfirmAction($"Take the seal of the store in {Connection.Path} away: its root key will lie in clear in the folder"))
        {
            engine.RootKey.Unseal(LocalCaller);
            if (PassThru)
            {
                WriteObject(KmsRootKey.Of(engine.RootKey.Read(), engine.RootKey.ReadSeal()));
            }
        }
    }
}
