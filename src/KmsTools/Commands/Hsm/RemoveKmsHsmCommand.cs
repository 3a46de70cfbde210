using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>Removes an HSM from its cluster. The HSM keeps what it holds.</summary>
/// <remarks>
/// An HSM that may hold the only copy of the material of a key is removed with -Force only, and so is one whose keys cannot be compared
/// with those of the others because no custom key store of the cluster is connected. The last HSM can be removed too, as in AWS CloudHSM:
/// keys work again when an HSM that holds them is added.
/// </remarks>
/// <example>
/// <code>
/// Remove-KmsHsm cluster-abcdefghijk -TokenLabel second
/// </code>
/// <para>Removes an HSM whose keys the other HSMs also hold, after asking for confirmation.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsHsm cluster-abcdefghijk second | Remove-KmsHsm -Force
/// </code>
/// <para>Removes an HSM without asking for confirmation, even if only this HSM holds some keys.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Remove, "KmsHsm", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = ByLabelSet,
    HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType("None")]
public sealed class RemoveKmsHsmCommand : KmsCmdlet
{
    private const int MaxNamed = 3;
    private const string ByLabelSet = "ByLabel";
    private const string ByObjectSet = "ByObject";

    /// <summary>The cluster.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByLabelSet, ValueFromPipelineByPropertyName = true)]
    [Alias("CloudHsmClusterId")]
    [ClusterArgument(Except = nameof(TokenLabel))]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    [ValidateNotNullOrEmpty]
    public string ClusterId { get; set; } = "";

    /// <summary>The label of the token.</summary>
    [Parameter(Mandatory = true, Position = 1, ParameterSetName = ByLabelSet, ValueFromPipelineByPropertyName = true)]
    [HsmArgument]
    [ArgumentCompleter(typeof(HsmTokenCompleter))]
    [ValidateNotNullOrEmpty]
    public string TokenLabel { get; set; } = "";

    /// <summary>The serial number of the token. Required where two HSMs of the cluster have the same label.</summary>
    [Parameter(ParameterSetName = ByLabelSet, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ValidateNotNull]
    public string? SerialNumber { get; set; }

    /// <summary>The HSM, as Get-KmsHsm returns it.</summary>
    [Parameter(Mandatory = true, Position = 0, ParameterSetName = ByObjectSet, ValueFromPipeline = true)]
    [ValidateNotNull]
    public HsmDescription? InputObject { get; set; }

    /// <summary>
    /// Skips the confirmation prompt, and removes the HSM even if keys would be lost with it. -WhatIf still prevents the call.
    /// </summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override object? Subject => TokenLabel;

    private protected override void Process()
    {
        if (InputObject is not null)
        {
            (ClusterId, TokenLabel, SerialNumber) = (InputObject.ClusterId, InputObject.TokenLabel, InputObject.SerialNumber);
        }

        KmsEngine engine = Engine;
        CallProgress progress = new(this, $"Comparing what the HSMs of {ClusterId} hold");
        Caller? triedBy = TriedBy;
        HsmRemoval removal = progress.Run(
            () => engine.HsmMembers.PreviewRemoval(ClusterId, TokenLabel, Force, SerialNumber, triedBy));
        string loss = removal.OnlyThere.IsEmpty ? ""
            : $"; the material of {removal.OnlyThere.Length} KMS key{(removal.OnlyThere.Length == 1 ? "" : "s")} may be nowhere else: "
                + string.Join(", ", removal.OnlyThere.Take(MaxNamed)) + (removal.OnlyThere.Length > MaxNamed ? ", ..." : "");
        if (!ConfirmAction($"Remove the HSM '{TokenLabel}' from {ClusterId}{loss}", Force))
        {
            return;
        }

        Caller caller = LocalCaller;
        removal = progress.Run(() => engine.HsmMembers.Remove(ClusterId, TokenLabel, Force, caller, removal.Hsm.SerialNumber));
        if (removal.IsTooFew)
        {
            WriteWarning($"Cluster {ClusterId} was registered with -HighAvailability and has fewer than two HSMs left: no key can be "
                + "created in it until Add-KmsHsm adds one.");
        }
    }
}
