using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>A cmdlet that sets what a custom key store is based on.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class KeyStoreSettingsCmdlet<TRequest, TResponse> : KmsChangeCmdlet<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    /// <summary>The HSM cluster. For an existing store, a cluster that shares a backup history with the current one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [Alias("ClusterId")]
    [ClusterArgument]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    public string? CloudHsmClusterId { get; set; }

    /// <summary>
    /// The password (PIN) that the crypto user of the HSMs has, 7 to 32 characters; it is not changed in the HSMs. Prefer a SecureString
    /// (Read-Host -AsSecureString) to text.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PlainTextTransformation]
    public string? KeyStorePassword { get; set; }

    /// <summary>The connectivity of the external key store proxy. Only for external key stores.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(XksProxyConnectivityType))]
    [ArgumentCompleter(typeof(EnumCompleter<XksProxyConnectivityType>))]
    public string? XksProxyConnectivity { get; set; }

    /// <summary>The endpoint of an external key store proxy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? XksProxyUriEndpoint { get; set; }

    /// <summary>The path of an external key store proxy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? XksProxyUriPath { get; set; }

    /// <summary>The VPC endpoint service of an external key store proxy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? XksProxyVpcEndpointServiceName { get; set; }

    /// <summary>The account that owns the VPC endpoint service.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? XksProxyVpcEndpointServiceOwner { get; set; }

    /// <summary>The access key ID of the credential of an external key store proxy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? XksProxyAuthenticationCredential_AccessKeyId { get; set; }

    /// <summary>The secret access key of the credential of an external key store proxy. Prefer a SecureString to text.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PlainTextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? XksProxyAuthenticationCredential_RawSecretAccessKey { get; set; }

    private protected XksProxyAuthenticationCredential? XksProxyAuthenticationCredential =>
        XksProxyAuthenticationCredential_AccessKeyId is null && XksProxyAuthenticationCredential_RawSecretAccessKey is null ? null : new()
        {
            AccessKeyId = XksProxyAuthenticationCredential_AccessKeyId,
            RawSecretAccessKey = XksProxyAuthenticationCredential_RawSecretAccessKey,
        };
}
