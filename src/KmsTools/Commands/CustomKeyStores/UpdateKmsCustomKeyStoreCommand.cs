using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>Changes the name of a custom key store, its password and cluster, or its external key store proxy.</summary>
/// <remarks>
/// <para>
/// The password and the cluster can be changed only while the store is disconnected. A new cluster must have the same certificate as the
/// current one, as a cluster restored from its backup has. Nothing is changed in the HSMs: this is also how the owner of a cluster with a
/// managed password takes it back, after setting a PIN as security officer.
/// </para>
/// <para>
/// The credential and the URI path of an external key store can also be changed while it is connected; the other settings of its proxy only
/// while it is disconnected. The proxy is asked for its health with the new settings first: if it does not answer, the old ones stay.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// Update-KmsCustomKeyStore cks-1234567890abcdef0 -NewCustomKeyStoreName Production
/// </code>
/// <para>Renames the store.</para>
/// </example>
/// <example>
/// <code>
/// Update-KmsCustomKeyStore cks-1234567890abcdef0 -KeyStorePassword (Read-Host -AsSecureString)
/// </code>
/// <para>Gives KMS the current password of the crypto user after it was changed in the HSMs.</para>
/// </example>
/// <example>
/// <code>
/// Update-KmsCustomKeyStore $external -XksProxyAuthenticationCredential_AccessKeyId $accessKeyId `
///     -XksProxyAuthenticationCredential_RawSecretAccessKey (Read-Host -AsSecureString)
/// </code>
/// <para>Gives an external key store another credential, which its proxy knows already.</para>
/// </example>
[Cmdlet(VerbsData.Update, "KmsCustomKeyStore", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "UpdateCustomKeyStore.html")]
[OutputType("None")]
public sealed class UpdateKmsCustomKeyStoreCommand : KeyStoreSettingsCmdlet<UpdateCustomKeyStoreRequest, EmptyResponse>
{
    /// <summary>The ID of the custom key store.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [AllowNull]
    [AllowEmptyString]
    [KeyStoreArgument]
    [ArgumentCompleter(typeof(CustomKeyStoreCompleter))]
    public string? CustomKeyStoreId { get; set; }

    /// <summary>The new name. It can also be changed while the store is connected.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? NewCustomKeyStoreName { get; set; }

    private protected override object? Subject => CustomKeyStoreId;

    private protected override string Describe(string target) => $"Change custom key store {target}";

    private protected override UpdateCustomKeyStoreRequest CreateRequest() => new()
    {
        CustomKeyStoreId = CustomKeyStoreId,
        NewCustomKeyStoreName = NewCustomKeyStoreName,
        KeyStorePassword = KeyStorePassword,
        CloudHsmClusterId = CloudHsmClusterId,
        XksProxyUriEndpoint = XksProxyUriEndpoint,
        XksProxyUriPath = XksProxyUriPath,
        XksProxyVpcEndpointServiceName = XksProxyVpcEndpointServiceName,
        XksProxyVpcEndpointServiceOwner = XksProxyVpcEndpointServiceOwner,
        XksProxyConnectivity = XksProxyConnectivity,
        XksProxyAuthenticationCredential = XksProxyAuthenticationCredential,
    };

    private protected override string ResolveTarget(UpdateCustomKeyStoreRequest request)
    {
        _ = Engine.Preview(request, Caller);
        return KeyStoreName.Of(Engine, CallRegion, CustomKeyStoreId!);
    }
}
