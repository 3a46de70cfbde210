using System.Management.Automation;
using System.Security;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Cryptography;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <summary>Destroys key material that no key uses, in all HSMs of a cluster. It cannot be recovered.</summary>
/// <remarks>
/// The material is looked at once more at the moment of removal: what a key uses, in whatever state the key is, and what this store has
/// not made is refused. Backups of the HSMs keep what they hold.
/// </remarks>
/// <example>
/// <code>
/// Get-KmsOrphanedKeyMaterial cluster-abcdefghijk | Remove-KmsOrphanedKeyMaterial
/// </code>
/// <para>Destroys each key material that no key uses, asking for confirmation each time.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsOrphanedKeyMaterial | Where-Object KeyDeletionDate -LT (Get-Date).AddYears(-1) | Remove-KmsOrphanedKeyMaterial -WhatIf
/// </code>
/// <para>Shows which material of keys that were deleted more than a year ago would be destroyed.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Remove, "KmsOrphanedKeyMaterial", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    DefaultParameterSetName = "ByObject",
    HelpUri = HelpPages.Guide + "keystore-cloudhsm.html")]
[OutputType("None")]
public sealed class RemoveKmsOrphanedKeyMaterialCommand : KmsCmdlet
{
    private const string ByObject = "ByObject";
    private const string ById = "ById";

    /// <summary>
    /// The output of Get-KmsOrphanedKeyMaterial. Findings other than material without a key are ignored; material in HSMs that did not answer
    /// is kept, with a warning.
    /// </summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ParameterSetName = ByObject)]
    public OrphanedKeyMaterial InputObject { get; set; } = null!;

    /// <summary>The cluster.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById)]
    [Alias("CloudHsmClusterId")]
    [ClusterArgument]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    [ValidateNotNullOrEmpty]
    public string ClusterId { get; set; } = "";

    /// <summary>The ID of the material: CKA_ID, 64 hexadecimal digits.</summary>
    [Parameter(Mandatory = true, ParameterSetName = ById)]
    [BackingKeyArgument]
    [ArgumentCompleter(typeof(StrayMaterialCompleter))]
    [ValidateNotNullOrEmpty]
    public string BackingKeyId { get; set; } = "";

    /// <summary>The password (PIN) of the crypto user, for a cluster that no custom key store is connected to.</summary>
    [Parameter]
    [PinTransformation]
    public SecureString? KeyStorePassword { get; set; }

    /// <summary>Skips the confirmation prompt. -WhatIf still prevents the call.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override object? Subject => ParameterSetName == ById ? BackingKeyId : InputObject.BackingKeyId;

    private protected override void Process()
    {
        bool byId = ParameterSetName == ById;
        if (!byId && !InputObject.IsRemovable)
        {
            TellWhyKept();
            return;
        }

        string clusterId = byId ? ClusterId : InputObject.ClusterId;
        string id = byId ? BackingKeyId : InputObject.BackingKeyId;
        if (ConfirmAction($"Destroy the key material {(byId ? $"{id} in {clusterId} for good" : Describe(InputObject))}", Force))
        {
            KmsEngine engine = Engine;
            Caller caller = LocalCaller;
            new CallProgress(this, "Destroying key material").Run(() =>
            {
                using Secret? password = KeyStorePassword is null ? null : PinnedText.Utf8(KeyStorePassword);
                engine.KeyMaterial.Remove(clusterId, id, password, caller);
            });
        }
    }

    private void TellWhyKept()
    {
        if (InputObject is not { Kind: OrphanKind.MATERIAL_WITHOUT_KEY, Hsms.IsEmpty: true })
        {
            WriteVerbose($"{InputObject.KeyArn}: {InputObject.Kind} is nothing that could be removed.");
            return;
        }

        string[] reasons =
        [
            .. InputObject.NotAnswered.Select(static hsm => $"HSM '{hsm}' did not answer."),
            .. InputObject.HiddenIn.Select(static hsm => $"HSM '{hsm}' refused to destroy it and does not show it any more."),
        ];
        WriteWarning($"The key material of {Views.KeyId(InputObject.KeyArn)} in {InputObject.ClusterId} was not removed. "
            + $"{string.Join(" ", reasons)} Compare again once the HSM answers and shows what it holds: Get-KmsOrphanedKeyMaterial "
            + InputObject.ClusterId);
    }

    private static string Describe(OrphanedKeyMaterial orphan)
    {
        string keyId = Views.KeyId(orphan.KeyArn);
        string key = orphan.Aliases.IsEmpty ? keyId : $"{string.Join(", ", orphan.Aliases)} ({keyId})";
        return $"of {key} in {orphan.ClusterId} ({string.Join(", ", orphan.Hsms)}) for good; {Uses(orphan)}";
    }

    private static string Uses(OrphanedKeyMaterial orphan) =>
        orphan.KeyCreationDate is null ? "no key ever used it"
        : orphan.LastUsedDate is { } last ? $"its key was last used on {Views.Date(last)}"
        : "its key was never used";
}
