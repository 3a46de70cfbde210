using System.Text.RegularExpressions;

namespace KmsTools.Estates;

/// <summary>Finds the member of an estate that the error of a call is about.</summary>
internal static partial class EstateErrorLocator
{
    /// <summary>The member that an error of CreateKey or ReplicateKey is about.</summary>
    public static SourcePosition Of(EstateKey key, KmsException error) => error.ErrorCode switch
    {
        "MalformedPolicyDocumentException" => key.Policy?.Position,
        "TagException" => key.Tags is [var tag, ..] ? tag.Position : null,
        "IncorrectKeyMaterialException" => key.Material?.Position,
        "CustomKeyStoreInvalidStateException" or "CustomKeyStoreNotFoundException" or "CloudHsmClusterInvalidConfigurationException"
            or "KMSInvalidStateException"
            or "DependencyTimeoutException" or "KMSInternalException" => (key.KeyStore ?? key.Region)?.Position,
        "XksKeyAlreadyInUseException" or "XksKeyNotFoundException" or "XksKeyInvalidConfigurationException" =>
            (key.XksKeyId ?? key.KeyStore)?.Position,
        "AlreadyExistsException" => (key.Id ?? key.Region)?.Position,
        "UnsupportedOperationException" => (SourcePosition?)key.Spec?.Position ?? key.Origin?.Position,
        _ => MemberIn(error.Message) switch
        {
            "description" => key.Description?.Position,
            "policy" => key.Policy?.Position,
            "tags" => key.Tags is [var tag, ..] ? tag.Position : null,
            "aliasName" => key.Aliases is [var alias, ..] ? alias.Position : null,
            "replicaRegion" => key.Region?.Position,
            "customKeyStoreId" => key.KeyStore?.Position,
            "xksKeyId" => key.XksKeyId?.Position,
            _ when error.Message.Contains("XksKeyId", StringComparison.Ordinal) => (key.XksKeyId ?? key.KeyStore)?.Position,
            _ when error.Message.Contains("KeyUsage", StringComparison.Ordinal) => key.Usage?.Position ?? key.Spec?.Position,
            _ when error.Message.Contains("KeySpec", StringComparison.Ordinal) => key.Spec?.Position,
            _ when error.Message.Contains("Origin", StringComparison.Ordinal) => key.Origin?.Position ?? key.KeyStore?.Position,
            _ => null,
        },
    } ?? key.Position;

    /// <summary>The member that an error of CreateCustomKeyStore or UpdateCustomKeyStore about an external key store is about.</summary>
    public static SourcePosition Of(EstateKeyStore store, EstateProxy proxy, KmsException error) => error.ErrorCode switch
    {
        "CustomKeyStoreNameInUseException" => store.Name.Position,
        "XksProxyUriInUseException" or "XksProxyUriEndpointInUseException" or "XksProxyUriUnreachableException"
            or "XksProxyInvalidResponseException" => proxy.UriEndpoint.Position,
        "XksProxyInvalidConfigurationException" => proxy.UriPath.Position,
        "XksProxyIncorrectAuthenticationCredentialException" => proxy.AccessKeyId.Position,
        "XksProxyVpcEndpointServiceInUseException" or "XksProxyVpcEndpointServiceNotFoundException"
            or "XksProxyVpcEndpointServiceInvalidConfigurationException" => proxy.VpcEndpointServiceName?.Position,
        _ => MemberIn(error.Message) switch
        {
            "customKeyStoreName" => store.Name.Position,
            "xksProxyUriEndpoint" => proxy.UriEndpoint.Position,
            "xksProxyUriPath" => proxy.UriPath.Position,
            "xksProxyVpcEndpointServiceName" => proxy.VpcEndpointServiceName?.Position,
            "xksProxyVpcEndpointServiceOwner" => proxy.VpcEndpointServiceOwner?.Position,
            "xksProxyAuthenticationCredential" => proxy.AccessKeyId.Position,
            _ => null,
        },
    } ?? proxy.Position;

    /// <summary>The member that an error of CreateGrant is about.</summary>
    public static SourcePosition Of(EstateGrant grant, KmsException error) => MemberIn(error.Message) switch
    {
        "name" => grant.Name?.Position,
        "granteePrincipal" => grant.Grantee?.Position,
        "granteeServicePrincipal" => grant.GranteeService?.Position,
        "retiringPrincipal" => grant.Retiring?.Position,
        "retiringServicePrincipal" => grant.RetiringService?.Position,
        "constraints" => grant.Constraints?.Position,
        _ when error.ErrorCode == "InvalidArnException" => (grant.Grantee is { } grantee
            && error.Message.EndsWith(grantee.Value, StringComparison.Ordinal) ? grantee : grant.Retiring)?.Position,
        _ when error.Message.Contains("Operation ", StringComparison.Ordinal) => grant.Operations
            .FirstOrDefault(operation => error.Message.Contains($"Operation {operation} ", StringComparison.Ordinal))?
            .Position,
        _ when error.Message.EndsWith(" the CreateGrant operation.", StringComparison.Ordinal) => grant.Operations[0].Position,
        _ when error.Message.Contains("constraint", StringComparison.Ordinal) => grant.Constraints?.Position,
        _ => null,
    } ?? grant.Position;

    private static string MemberIn(string message) => MemberPattern().Match(message).Groups[1].Value;

    [GeneratedRegex("at '([A-Za-z]+)")]
    private static partial Regex MemberPattern();
}
