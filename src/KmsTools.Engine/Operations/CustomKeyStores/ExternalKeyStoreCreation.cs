using KmsTools.KeyStores;
using System.Security.Cryptography;

namespace KmsTools.Operations;

/// <summary>The part of CreateCustomKeyStore that is specific to external key stores.</summary>
internal static class ExternalKeyStoreCreation
{
    /// <summary>Refuses a request that lacks members, or has members of another kind of store.</summary>
    /// <exception cref="KmsException">ValidationException.</exception>
    public static void Validate(CreateCustomKeyStoreRequest request)
    {
        if (request.CloudHsmClusterId is not null || request.KeyStorePassword is not null || request.TrustAnchorCertificate is not null)
        {
            throw KmsErrors.Validation(
                "CloudHsmClusterId, KeyStorePassword and TrustAnchorCertificate are valid only for CustomKeyStoreType AWS_CLOUDHSM.");
        }

        CustomKeyStoreRules.RequireMembers(
            CustomKeyStoreType.EXTERNAL_KEY_STORE,
            (nameof(request.XksProxyConnectivity), request.XksProxyConnectivity),
            (nameof(request.XksProxyUriEndpoint), request.XksProxyUriEndpoint),
            (nameof(request.XksProxyUriPath), request.XksProxyUriPath),
            (nameof(request.XksProxyAuthenticationCredential), request.XksProxyAuthenticationCredential));
        ExternalKeyStoreRules.RequireServiceMembers(
            Enum.Parse<XksProxyConnectivityType>(request.XksProxyConnectivity!),
            request.XksProxyVpcEndpointServiceName,
            request.XksProxyVpcEndpointServiceOwner);
    }

    /// <summary>
    /// The store that a request asks for, under a new ID. With connectivity PUBLIC_ENDPOINT its proxy has answered; AWS KMS does not contact one
    /// behind a VPC endpoint service before the store is connected.
    /// </summary>
    /// <exception cref="KmsException">The proxy does not answer as it must.</exception>
    public static CustomKeyStore Draft(CreateCustomKeyStoreRequest request, OperationContext context)
    {
        string id = "cks-" + RandomNumberGenerator.GetHexString(17, lowercase: true);
        CustomKeyStore draft = new()
        {
            CustomKeyStoreId = id,
            Region = context.Region,
            Name = request.CustomKeyStoreName!,
            Type = CustomKeyStoreType.EXTERNAL_KEY_STORE,
            CreationDate = context.Now,
            Proxy = ProxyOf(request, context) with
            {
                WrappedSecret = ProxySecret.Wrap(
                    context.Services.RootKey, id, request.XksProxyAuthenticationCredential!.RawSecretAccessKey!),
            },
        };
        return draft.Proxy!.Connectivity == XksProxyConnectivityType.PUBLIC_ENDPOINT
            ? ExternalKeyStoreRules.RequireHealth(context, draft)
            : draft;
    }

    /// <summary>Refuses what other stores have, or a VPC endpoint service that cannot be used.</summary>
    /// <exception cref="KmsException">The proxy or its service is in use, or the service is not found or not valid.</exception>
    public static void Check(CreateCustomKeyStoreRequest request, OperationContext context)
    {
        ExternalKeyStoreProxy proxy = ProxyOf(request, context);
        ExternalKeyStoreRules.RequireFree(context, proxy, exceptStoreId: null);
        ExternalKeyStoreRules.RequireService(context, proxy);
    }

    // Without the secret.
    private static ExternalKeyStoreProxy ProxyOf(CreateCustomKeyStoreRequest request, OperationContext context) => new()
    {
        Connectivity = Enum.Parse<XksProxyConnectivityType>(request.XksProxyConnectivity!),
        UriEndpoint = request.XksProxyUriEndpoint!,
        UriPath = request.XksProxyUriPath!,
        VpcEndpointServiceName = request.XksProxyVpcEndpointServiceName,
        VpcEndpointServiceOwner = request.XksProxyVpcEndpointServiceName is null
            ? null
            : request.XksProxyVpcEndpointServiceOwner ?? context.AccountId,
        AccessKeyId = request.XksProxyAuthenticationCredential!.AccessKeyId!,
        WrappedSecret = ReadOnlyMemory<byte>.Empty,
        CredentialDate = context.Now,
    };
}
