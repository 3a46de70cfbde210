using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Turns on the automatic rotation of a KMS key, or changes its period.</summary>
/// <example>
/// <code>
/// Enable-KmsKeyRotation 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Rotates the key every 365 days.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKey alias/orders | Enable-KmsKeyRotation -RotationPeriodInDay 90
/// </code>
/// <para>Rotates a key every 90 days.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Enable, "KmsKeyRotation", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "EnableKeyRotation.html")]
[OutputType("None")]
public sealed class EnableKmsKeyRotationCommand : KeyChangeCmdlet<EnableKeyRotationRequest, EmptyResponse>
{
    /// <summary>Days between rotations, 90 to 2560. The default is 365.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("RotationPeriodInDays")]
    [ArgumentCompleter(typeof(DayCountCompleter))]
    [ValueArgument(typeof(int))]
    public int? RotationPeriodInDay { get; set; }

    private protected override string Describe(string target) => $"Rotate {target} automatically";

    private protected override EnableKeyRotationRequest CreateRequest() => new()
    {
        KeyId = KeyId,
        RotationPeriodInDays = RotationPeriodInDay,
    };
}
