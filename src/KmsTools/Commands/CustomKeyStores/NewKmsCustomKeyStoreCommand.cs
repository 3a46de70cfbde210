using System.Management.Automation;
using System.Text;
using KmsTools.Binding;
using KmsTools.Completion;
using KmsTools.Cryptography;
using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>
/// Creates a custom key store: on an HSM cluster, or an external key store on an external key store proxy. Nothing is changed there, and
/// the store can be used after Connect-KmsCustomKeyStore.
/// </summary>
/// <remarks>
/// <para>
/// One HSM of the cluster must be active, or two if the cluster was registered with -HighAvailability. If a PKCS#11 URI of the cluster
/// names a file with the PIN of the crypto user (pin-source), -KeyStorePassword may be omitted: the file is read now.
/// </para>
/// <para>
/// An external key store (-CustomKeyStoreType EXTERNAL_KEY_STORE) needs -XksProxyConnectivity, -XksProxyUriEndpoint, -XksProxyUriPath and
/// the credential that the proxy knows. A proxy with connectivity PUBLIC_ENDPOINT is asked for its health now. Set-KmsXksProxyAddress sets
/// where the host of the endpoint is, and whose certificates are trusted; Set-KmsVpcEndpointService registers VPC endpoint services.
/// </para>
/// </remarks>
/// <example>
/// <code>
/// $cluster = Register-KmsHsmCluster -Library /usr/lib/softhsm/libsofthsm2.so -TokenLabel lab
/// New-KmsCustomKeyStore Lab -CloudHsmClusterId $cluster -KeyStorePassword (Read-Host -AsSecureString)
/// </code>
/// <para>Registers a token and creates a custom key store on it.</para>
/// </example>
/// <example>
/// <code>
/// New-KmsCustomKeyStore Lab -CloudHsmClusterId $id -TrustAnchorCertificate $pem -KeyStorePassword $pin | Connect-KmsCustomKeyStore
/// </code>
/// <para>Creates a custom key store and connects it.</para>
/// </example>
/// <example>
/// <code>
/// Set-KmsXksProxyAddress xks.example.com -Address 127.0.0.1 -Port $port -TrustAnchor ./root.pem -TimeoutInMilliseconds 5000
/// New-KmsCustomKeyStore Outside -CustomKeyStoreType EXTERNAL_KEY_STORE -XksProxyConnectivity PUBLIC_ENDPOINT `
///     -XksProxyUriEndpoint https://xks.example.com -XksProxyUriPath /example/kms/xks/v1 `
///     -XksProxyAuthenticationCredential_AccessKeyId $accessKeyId `
///     -XksProxyAuthenticationCredential_RawSecretAccessKey (Read-Host -AsSecureString) | Connect-KmsCustomKeyStore
/// </code>
/// <para>Creates an external key store whose proxy is on this machine, and connects it.</para>
/// </example>
[Cmdlet(VerbsCommon.New, "KmsCustomKeyStore", SupportsShouldProcess = true, HelpUri = HelpPages.Api + "CreateCustomKeyStore.html")]
[OutputType(typeof(string))]
public sealed class NewKmsCustomKeyStoreCommand : KeyStoreSettingsCmdlet<CreateCustomKeyStoreRequest, CreateCustomKeyStoreResponse>
{
    /// <summary>The name, unique in the account and Region.</summary>
    [Parameter(Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [TextTransformation]
    [AllowNull]
    [AllowEmptyString]
    [ArgumentCompleter(typeof(CustomKeyStoreCompleter))]
    public string? CustomKeyStoreName { get; set; }

    /// <summary>The certificate of the cluster (PEM). The default is the one that it was registered with.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [TrustAnchorArgument]
    public string? TrustAnchorCertificate { get; set; }

    /// <summary>The type of custom key store. The default is AWS_CLOUDHSM.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [NamesOf(typeof(CustomKeyStoreType))]
    [ArgumentCompleter(typeof(EnumCompleter<CustomKeyStoreType>))]
    public string? CustomKeyStoreType { get; set; }

    private protected override object? Subject => CustomKeyStoreName;

    private protected override string? DefaultSelect => nameof(CreateCustomKeyStoreResponse.CustomKeyStoreId);

    private protected override string Describe(string target) =>
        $"Create custom key store '{CustomKeyStoreName}' on {CloudHsmClusterId ?? XksProxyUriEndpoint + XksProxyUriPath}";

    // The API demands the password, and so does the store when other software asks.
    private string? PasswordOfCluster()
    {
        if (IsBound(nameof(KeyStorePassword)) || CloudHsmClusterId is null)
        {
            return KeyStorePassword;
        }

        using Secret? pin = Engine.HsmClusters.ReadPin(CloudHsmClusterId);
        return pin?.Use(static bytes => Encoding.UTF8.GetString(bytes));
    }

    private string? CertificateOfCluster()
    {
        if (TrustAnchorCertificate is not null || CloudHsmClusterId is null || IsExternal)
        {
            return TrustAnchorCertificate;
        }

        using IStateReader state = Engine.OpenReader();
        HsmCluster? cluster = state.FindCluster(CloudHsmClusterId);
        if (cluster is null)
        {
            Refuse(KmsErrorRecord.NotRegistered(Engine, CloudHsmClusterId));
        }

        return cluster.TrustAnchorCertificate;
    }

    private bool IsExternal => CustomKeyStoreType == nameof(KmsTools.CustomKeyStoreType.EXTERNAL_KEY_STORE);

    private protected override CreateCustomKeyStoreRequest CreateRequest() => new()
    {
        CustomKeyStoreName = CustomKeyStoreName,
        CloudHsmClusterId = CloudHsmClusterId,
        TrustAnchorCertificate = CertificateOfCluster(),
        KeyStorePassword = PasswordOfCluster(),
        CustomKeyStoreType = CustomKeyStoreType,
        XksProxyUriEndpoint = XksProxyUriEndpoint,
        XksProxyUriPath = XksProxyUriPath,
        XksProxyVpcEndpointServiceName = XksProxyVpcEndpointServiceName,
        XksProxyVpcEndpointServiceOwner = XksProxyVpcEndpointServiceOwner,
        XksProxyConnectivity = XksProxyConnectivity,
        XksProxyAuthenticationCredential = XksProxyAuthenticationCredential,
    };
}
