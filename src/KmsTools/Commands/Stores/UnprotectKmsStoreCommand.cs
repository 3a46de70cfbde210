using System.Management.Automation;

namespace KmsTools.Commands;

/// <summary>
/// Takes the seal of the store away: its root key lies in plaintext in a file again, and nothing else is needed to open it.
/// </summary>
/// <remarks>
/// The store must be unlocked. Other sessions and endpoints that use the store go on. A key that Protect-KmsStore made in an HSM stays
/// there: older copies of the store may still need it. The root key of a store in a database goes to the root key file of this machine
/// (-RootKeyFile of Connect-Kms), of which all other machines then need a copy.
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

        string where = Connection.RootKeyFile is { } file ? $"the file '{file}', which other machines need then too"
            : Connection.IsShared ? "a file, which other machines need then too"
            : "the folder";
        if (ConfirmAction($"Take the seal of the store in {Connection.Location} away: its root key will lie in clear in {where}"))
        {
            engine.RootKey.Unseal(LocalCaller);
            if (PassThru)
            {
                WriteObject(KmsRootKey.Of(engine.RootKey.Read(), engine.RootKey.ReadSeal()));
            }
        }
    }
}
