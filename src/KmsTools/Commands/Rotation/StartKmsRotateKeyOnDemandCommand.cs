using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Rotates the key material of a KMS key immediately.</summary>
/// <example>
/// <code>
/// Start-KmsRotateKeyOnDemand 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Gives the key new material. Data that was encrypted with the old material can still be decrypted.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKey alias/orders | Start-KmsRotateKeyOnDemand
/// </code>
/// <para>Rotates the key that an alias names.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Start, "KmsRotateKeyOnDemand", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "RotateKeyOnDemand.html")]
[OutputType(typeof(string))]
public sealed class StartKmsRotateKeyOnDemandCommand : KeyChangeCmdlet<RotateKeyOnDemandRequest, RotateKeyOnDemandResponse>
{
    private protected override string? DefaultSelect => nameof(RotateKeyOnDemandResponse.KeyId);

    private protected override string Describe(string target) => $"Rotate {target} now";

    private protected override RotateKeyOnDemandRequest CreateRequest() => new() { KeyId = KeyId };
}
