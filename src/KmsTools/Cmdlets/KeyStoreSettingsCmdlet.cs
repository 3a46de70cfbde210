using System.Management.Automation;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Operations;

namespace KmsTools.Commands;

/// <summary>A cmdlet that sets what a custom key store is made on.</summary>
/// <typeparam name="TRequest">The request.</typeparam>
/// <typeparam name="TResponse">The response.</typeparam>
public abstract class KeyStoreSettingsCmdlet<TRequest, TResponse> : KmsChangeCmdlet<TRequest, TResponse>
    where TRequest : class, IKmsRequest<TResponse>
    where TResponse : class
{
    /// <summary>The cluster of HSMs. For a store that exists, one that shares a backup history with the present one.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ArgumentCompleter(typeof(HsmClusterCompleter))]
    public string? CloudHsmClusterId { get; set; }

    /// <summary>
    /// The password (PIN) that the crypto user of the HSMs has, 7 to 32 characters; nothing is changed in the HSMs. Better a
    /// SecureString (Read-Host -AsSecureString) than text.
    /// </summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PlainTextTransformation]
    public string? KeyStorePassword { get; set; }

    /// <summary>How an external key store proxy is reached. Only for external key stores.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(XksProxyConnectivityType))]
    [ArgumentCompleter(typeof(EnumCompleter<XksProxyConnectivityType>))]
    public string? XksProxyConnectivity { get; set; }

    /// <summary>The endpoint of an external key store proxy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? XksProxyUriEndpoint { get; set; }

    /// <summary>The path of an external key store proxy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? XksProxyUriPath { get; set; }

    /// <summary>The VPC endpoint service of an external key store proxy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? XksProxyVpcEndpointServiceName { get; set; }

    /// <summary>The account that owns the VPC endpoint service.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? XksProxyVpcEndpointServiceOwner { get; set; }

    /// <summary>The access key ID of the credential of an external key store proxy.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    public string? XksProxyAuthenticationCredential_AccessKeyId { get; set; }

    /// <summary>The secret of the credential of an external key store proxy. Better a SecureString than text.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [PlainTextTransformation]
    public string? XksProxyAuthenticationCredential_RawSecretAccessKey { get; set; }

    private protected XksProxyAuthenticationCredential? XksProxyAuthenticationCredential =>
        XksProxyAuthenticationCredential_AccessKeyId is null && XksProxyAuthenticationCredential_RawSecretAccessKey is null ? null : new()
        {
            AccessKeyId = XksProxyAuthenticationCredential_AccessKeyId,
            RawSecretAccessKey = XksProxyAuthenticationCredential_RawSecretAccessKey,
        };
}
