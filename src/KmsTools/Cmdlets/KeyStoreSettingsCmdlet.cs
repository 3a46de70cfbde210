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

    /// <summary>How the external key store proxy is reached: PUBLIC_ENDPOINT or VPC_ENDPOINT_SERVICE. Only for external key stores.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(XksProxyConnectivityType))]
    [ArgumentCompleter(typeof(EnumCompleter<XksProxyConnectivityType>))]
    public string? XksProxyConnectivity { get; set; }

    /// <summary>The endpoint of the external key store proxy: https:// and its host name. Set-KmsXksProxyAddress sets where that is.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation("Uri")]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? XksProxyUriEndpoint { get; set; }

    /// <summary>The path of the proxy API at the external key store proxy. It ends with /kms/xks/v1.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? XksProxyUriPath { get; set; }

    /// <summary>The VPC endpoint service of the external key store proxy, which Set-KmsVpcEndpointService registers.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [VpcEndpointServiceArgument]
    [ArgumentCompleter(typeof(VpcEndpointServiceCompleter))]
    public string? XksProxyVpcEndpointServiceName { get; set; }

    /// <summary>The account that owns the VPC endpoint service. The default is that of the store.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? XksProxyVpcEndpointServiceOwner { get; set; }

    /// <summary>The access key ID of the credential that the external key store proxy knows: 20 to 30 characters of A-Z and 2-7.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [AccessKeyArgument]
    [ArgumentCompleter(typeof(NothingCompleter))]
    public string? XksProxyAuthenticationCredential_AccessKeyId { get; set; }

    /// <summary>The secret access key of that credential. Prefer a SecureString (Read-Host -AsSecureString) to text.</summary>
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
