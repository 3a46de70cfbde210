using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Disables a KMS key. It cannot be used until it is enabled again.</summary>
/// <example>
/// <code>
/// Disable-KmsKey 1234abcd-12ab-34cd-56ef-1234567890ab
/// </code>
/// <para>Disables one key.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsKey alias/orders | Disable-KmsKey -WhatIf
/// </code>
/// <para>Shows which key would be disabled.</para>
/// </example>
[Cmdlet(VerbsLifecycle.Disable, "KmsKey", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "DisableKey.html")]
[OutputType("None")]
public sealed class DisableKmsKeyCommand : KeyChangeCmdlet<DisableKeyRequest, EmptyResponse>
{
    private protected override string Describe(string target) =>
        $"Disable {target}"
            + (FindKey(CreateRequest()) is { } key ? $": it cannot {KeyLoss.Work(key.KeyUsage)} until it is enabled again" : "");

    private protected override DisableKeyRequest CreateRequest() => new() { KeyId = KeyId };
}
