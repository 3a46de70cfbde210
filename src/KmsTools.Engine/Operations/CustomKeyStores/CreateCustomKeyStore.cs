using System.Security.Cryptography;
using System.Text.Json;
using KmsTools.Identifiers;
using KmsTools.KeyStores;
using KmsTools.Validation;

namespace KmsTools.Operations;

/// <summary>Creates a custom key store, on a cluster of HSMs or on an external key store proxy. Source: CreateCustomKeyStore in the AWS KMS API.</summary>
public sealed record CreateCustomKeyStoreRequest : IKmsRequest<CreateCustomKeyStoreResponse>
{
    /// <summary>The friendly name, unique in the account and Region, 1-256 characters.</summary>
    [Member(Required = true, Min = 1, Max = 256)]
    public string? CustomKeyStoreName { get; init; }

    /// <summary>The cluster.</summary>
    [Member(Min = 19, Max = 24, Pattern = ClusterId.Pattern)]
    public string? CloudHsmClusterId { get; init; }

    /// <summary>The certificate of the cluster (PEM), 1-5000 characters.</summary>
    [Member(Min = 1, Max = 5000, Unlogged = true)]
    public string? TrustAnchorCertificate { get; init; }

    /// <summary>The password (PIN) of the HSMs' crypto user, 7-32 characters.</summary>
    [Member(Min = 7, Max = 32, Sensitive = true)]
    public string? KeyStorePassword { get; init; }

    /// <summary>The kind of store; AWS_CLOUDHSM when absent.</summary>
    [Member(Values = typeof(CustomKeyStoreType))]
    public string? CustomKeyStoreType { get; init; }

    /// <summary>The endpoint of an external key store proxy.</summary>
    [Member(Min = 10, Max = 128, Pattern = "^https://[a-zA-Z0-9.-]+$")]
    public string? XksProxyUriEndpoint { get; init; }

    /// <summary>The path of an external key store proxy.</summary>
    [Member(Min = 10, Max = 128, Pattern = @"^(/[a-zA-Z0-9\/_-]+/kms/xks/v\d{1,2})$|^(/kms/xks/v\d{1,2})$")]
    public string? XksProxyUriPath { get; init; }

    /// <summary>The VPC endpoint service of an external key store proxy.</summary>
    [Member(Min = 20, Max = 64, Pattern = "^" + VpcEndpointService.NamePattern + "$")]
    public string? XksProxyVpcEndpointServiceName { get; init; }

    /// <summary>The account that owns the VPC endpoint service.</summary>
    [Member(Min = 12, Max = 12, Pattern = "[0-9]{12}")]
    public string? XksProxyVpcEndpointServiceOwner { get; init; }

    /// <summary>The credential of an external key store proxy.</summary>
    [Member]
    public XksProxyAuthenticationCredential? XksProxyAuthenticationCredential { get; init; }

    /// <summary>How an external key store proxy is reached.</summary>
    [Member(Values = typeof(XksProxyConnectivityType))]
    public string? XksProxyConnectivity { get; init; }
}

/// <summary>The credential of an external key store proxy.</summary>
public sealed record XksProxyAuthenticationCredential
{
    /// <summary>20-30 characters of <c>[A-Z2-7]</c>.</summary>
    [Member(Required = true, Min = 20, Max = 30, Pattern = "[A-Z2-7]+", Sensitive = true)]
    public string? AccessKeyId { get; init; }

    /// <summary>43-64 characters of base64.</summary>
    [Member(Required = true, Min = 43, Max = 64, Pattern = "[a-zA-Z0-9/+=]+", Sensitive = true)]
    public string? RawSecretAccessKey { get; init; }
}

/// <summary>The new custom key store.</summary>
public sealed record CreateCustomKeyStoreResponse
{
    /// <summary>Its ID.</summary>
    public required string CustomKeyStoreId { get; init; }
}

internal sealed class CreateCustomKeyStore : Operation<CreateCustomKeyStoreRequest, CreateCustomKeyStoreResponse>
{
    protected internal override bool Prepares => true;

    internal override bool HasCallerAccount => true;

    protected internal override void Validate(CreateCustomKeyStoreRequest request, OperationContext context)
    {
        if (IsExternal(request))
        {
            ExternalKeyStoreCreation.Validate(request);
            return;
        }

        if (request.XksProxyUriEndpoint is not null || request.XksProxyUriPath is not null || request.XksProxyConnectivity is not null
            || request.XksProxyAuthenticationCredential is not null || request.XksProxyVpcEndpointServiceName is not null
            || request.XksProxyVpcEndpointServiceOwner is not null)
        {
            throw KmsErrors.Validation(
                "Properties of an external key store proxy are valid only for CustomKeyStoreType EXTERNAL_KEY_STORE.");
        }

        CustomKeyStoreRules.RequireMembers(
            CustomKeyStoreType.AWS_CLOUDHSM,
            (nameof(request.CloudHsmClusterId), request.CloudHsmClusterId),
            (nameof(request.KeyStorePassword), request.KeyStorePassword),
            (nameof(request.TrustAnchorCertificate), request.TrustAnchorCertificate));
        _ = FindCluster(request, context);
    }

    protected internal override void Prepare(CreateCustomKeyStoreRequest request, OperationContext context)
    {
        if (IsExternal(request))
        {
            // What can be refused without the proxy is.
            Check(request, context);
            context.PreparedKeyStore = ExternalKeyStoreCreation.Draft(request, context);
            return;
        }

        HsmCluster cluster = FindCluster(request, context);
        CustomKeyStoreRules.RequireActive(context, cluster);
        RequireTrustAnchor(request, cluster);
    }

    protected internal override void Check(CreateCustomKeyStoreRequest request, OperationContext context)
    {
        if (!IsExternal(request))
        {
            RequireTrustAnchor(request, FindCluster(request, context));
            if (FindSame(request, context) is not null)
            {
                return;
            }
        }

        CustomKeyStoreRules.RequireFreeName(context, request.CustomKeyStoreName!);
        if (IsExternal(request))
        {
            ExternalKeyStoreCreation.Check(request, context);
        }
        else
        {
            CustomKeyStoreRules.RequireFreeCluster(context, request.CloudHsmClusterId!, exceptStoreId: null);
        }

        long limit = context.Quotas[QuotaName.CustomKeyStores];
        if (context.State.ListCustomKeyStores(context.Region, null, int.MaxValue).Length >= limit)
        {
            throw KmsErrors.LimitExceeded($"The account has {limit} custom key stores in {context.Region}, the most that are allowed.");
        }
    }

    protected internal override CreateCustomKeyStoreResponse Handle(CreateCustomKeyStoreRequest request, OperationContext context)
    {
        if (context.PreparedKeyStore is { } external)
        {
            context.Transaction.InsertCustomKeyStore(external with { CreationDate = context.Now });
            return new CreateCustomKeyStoreResponse { CustomKeyStoreId = external.CustomKeyStoreId };
        }

        if (FindSame(request, context) is { } existing)
        {
            return new CreateCustomKeyStoreResponse { CustomKeyStoreId = existing.CustomKeyStoreId };
        }

        string id = "cks-" + RandomNumberGenerator.GetHexString(17, lowercase: true);
        context.Transaction.InsertCustomKeyStore(new CustomKeyStore
        {
            CustomKeyStoreId = id,
            Region = context.Region,
            Name = request.CustomKeyStoreName!,
            CloudHsmClusterId = request.CloudHsmClusterId!,
            TrustAnchorCertificate = request.TrustAnchorCertificate!,
            CreationDate = context.Now,
            WrappedPassword = CryptoUserPassword.Wrap(context.Services.RootKey, id, request.KeyStorePassword!),
        });
        return new CreateCustomKeyStoreResponse { CustomKeyStoreId = id };
    }

    protected internal override void WriteResponseElements(
        Utf8JsonWriter writer, OperationContext context, CreateCustomKeyStoreResponse response)
    {
        writer.WriteStartObject();
        writer.WriteString("customKeyStoreId", response.CustomKeyStoreId);
        writer.WriteEndObject();
    }

    private static bool IsExternal(CreateCustomKeyStoreRequest request) =>
        request.CustomKeyStoreType == nameof(CustomKeyStoreType.EXTERNAL_KEY_STORE);

    private static HsmCluster FindCluster(CreateCustomKeyStoreRequest request, OperationContext context) =>
        context.State.FindCluster(request.CloudHsmClusterId!) ?? throw KmsErrors.ClusterNotFound(request.CloudHsmClusterId!);

    private static void RequireTrustAnchor(CreateCustomKeyStoreRequest request, HsmCluster cluster)
    {
        if (!ClusterCertificate.IsSame(cluster.TrustAnchorCertificate, request.TrustAnchorCertificate!))
        {
            throw KmsErrors.IncorrectTrustAnchor(cluster.ClusterId);
        }
    }

    private static CustomKeyStore? FindSame(CreateCustomKeyStoreRequest request, OperationContext context) =>
        context.State.ListCustomKeyStores(context.Region, null, int.MaxValue).FirstOrDefault(store => IsSame(store, request, context));

    // The operation is idempotent: the same request for a store that is disconnected returns that store.
    private static bool IsSame(CustomKeyStore store, CreateCustomKeyStoreRequest request, OperationContext context) =>
        store.ConnectionState == ConnectionStateType.DISCONNECTED
        && store.Name == request.CustomKeyStoreName
        && !store.IsExternal
        && store.CloudHsmClusterId == request.CloudHsmClusterId
        && ClusterCertificate.IsSame(store.TrustAnchorCertificate!, request.TrustAnchorCertificate!)
        && CryptoUserPassword.Is(context.Services.RootKey, store, request.KeyStorePassword!);
}
