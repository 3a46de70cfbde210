using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Disconnects a custom key store from its HSMs. Its keys cannot be used until it is connected again.</summary>
/// <example>
/// <code>
/// Disconnect-KmsCustomKeyStore cks-1234567890abcdef0
/// </code>
/// <para>Disconnects the store.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsCustomKeyStore | Disconnect-KmsCustomKeyStore -WhatIf
/// </code>
/// <para>Shows what would be disconnected.</para>
/// </example>
[Cmdlet(
    VerbsCommunications.Disconnect, "KmsCustomKeyStore", SupportsShouldProcess = true,
    HelpUri = HelpPages.Api + "DisconnectCustomKeyStore.html")]
[OutputType("None")]
public sealed class DisconnectKmsCustomKeyStoreCommand : KeyStoreChangeCmdlet<DisconnectCustomKeyStoreRequest, EmptyResponse>
{
    private protected override string Describe(string target) =>
        $"Disconnect custom key store {target}: its keys cannot be used until it is connected again";

    private protected override DisconnectCustomKeyStoreRequest CreateRequest() => new() { CustomKeyStoreId = CustomKeyStoreId };
}
