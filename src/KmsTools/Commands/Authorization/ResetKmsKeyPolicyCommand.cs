using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Identifiers;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Puts the default key policy back on a key whose policy lets nobody in.</summary>
/// <remarks>
/// Not an operation of AWS KMS, where only AWS Support can do this: whoever can open a store can. It asks no permission, and is
/// recorded as an event. The default policy lets the identity policies of the account decide.
/// </remarks>
/// <example>
/// <code>
/// Reset-KmsKeyPolicy alias/orders
/// </code>
/// <para>Puts the default policy back after asking for confirmation.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsEvent -EventName ResetKeyPolicy
/// </code>
/// <para>Shows who did so, and when.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Reset, "KmsKeyPolicy", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    HelpUri = HelpPages.Guide + "control-access.html")]
[OutputType("None")]
public sealed class ResetKmsKeyPolicyCommand : KmsCmdlet
{
    /// <summary>The ID, the ARN or an alias of the key.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [KeyArgument]
    [ArgumentCompleter(typeof(KeyCompleter))]
    [ValidateNotNullOrEmpty]
    public string KeyId { get; set; } = "";

    /// <summary>The Region of the key. The default is that of the session, which Get-KmsConnection shows.</summary>
    [Parameter]
    [TextTransformation("SystemName")]
    [ArgumentCompleter(typeof(RegionCompleter))]
    public string? Region { get; set; }

    /// <summary>Skips the confirmation prompt. -WhatIf still prevents the call.</summary>
    [Parameter]
    public SwitchParameter Force { get; set; }

    private protected override object? Subject => KeyId;

    private protected override RegionName? CallRegion => ReadRegion(Region) ?? SessionRegion.Parse();

    private protected override void Process()
    {
        Key key = Engine.Authorization.PreviewResetKeyPolicy(
            KeyId, CallRegion, TriedBy is { } caller ? caller with { Region = CallRegion } : null);
        if (ConfirmAction($"Put the default key policy back on {Name(key)}: the present policy is lost", Force))
        {
            Engine.Authorization.ResetKeyPolicy(KeyId, LocalCaller with { Region = CallRegion });
        }
    }

    private static string Name(Key key)
    {
        using IStateReader state = Engine.OpenReader();
        return state.ListAliases(key.Region, key.KeyId, null, 1) is [var alias, ..] ? $"{key.Arn} ({alias.AliasName})" : key.Arn;
    }
}
