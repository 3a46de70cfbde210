using System.Management.Automation;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Deletes a custom key store that is disconnected and has no keys. The HSMs keep what they hold.</summary>
/// <remarks>
/// The prompt and a warning tell of material of deleted keys that the store knows to be in the HSMs, and how to remove it.
/// </remarks>
/// <example>
/// <code>
/// Remove-KmsCustomKeyStore cks-1234567890abcdef0
/// </code>
/// <para>Deletes the store after asking for confirmation.</para>
/// </example>
/// <example>
/// <code>
/// Remove-KmsCustomKeyStore cks-1234567890abcdef0 -Force
/// </code>
/// <para>Deletes the store without asking for confirmation.</para>
/// </example>
[Cmdlet(
    VerbsCommon.Remove, "KmsCustomKeyStore", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.High,
    HelpUri = HelpPages.Api + "DeleteCustomKeyStore.html")]
[OutputType("None")]
public sealed class RemoveKmsCustomKeyStoreCommand : KeyStoreChangeCmdlet<DeleteCustomKeyStoreRequest, EmptyResponse>
{
    private protected override string Describe(string target) =>
        $"Remove custom key store {target}{LeftMaterial.InPrompt(LeftMaterial.Of(Engine, FindClusterId()))}";

    private protected override DeleteCustomKeyStoreRequest CreateRequest() => new() { CustomKeyStoreId = CustomKeyStoreId };

    private protected override void Call(DeleteCustomKeyStoreRequest request, Selection? selection)
    {
        string? clusterId = FindClusterId();
        base.Call(request, selection);
        if (LeftMaterial.Of(Engine, clusterId) is { } left)
        {
            WriteWarning($"The HSMs of {clusterId} keep {left}. To remove it: {LeftMaterial.Removal(clusterId!)}");
        }
    }

    private string? FindClusterId()
    {
        using IStateReader state = Engine.OpenReader();
        return CustomKeyStoreId is not { Length: > 0 } id ? null
            : state.FindCustomKeyStore(CallRegion ?? Engine.Properties.Region, id)?.CloudHsmClusterId;
    }
}
