using System.Management.Automation;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Connects a custom key store to its HSMs.</summary>
/// <example>
/// <code>
/// Connect-KmsCustomKeyStore cks-1234567890abcdef0
/// </code>
/// <para>Connects the store. Get-KmsCustomKeyStore shows whether it worked.</para>
/// </example>
/// <example>
/// <code>
/// Get-KmsCustomKeyStore | Connect-KmsCustomKeyStore
/// </code>
/// <para>Connects all stores.</para>
/// </example>
[Cmdlet(VerbsCommunications.Connect, "KmsCustomKeyStore", SupportsShouldProcess = true)]
[OutputType("None")]
public sealed class ConnectKmsCustomKeyStoreCommand : KeyStoreChangeCmdlet<ConnectCustomKeyStoreRequest, EmptyResponse>
{
    private protected override string Describe(string target) => $"Connect custom key store {target}";

    private protected override ConnectCustomKeyStoreRequest CreateRequest() => new() { CustomKeyStoreId = CustomKeyStoreId };
}
