using KmsTools.KeyStores;

namespace KmsTools;

/// <content>
/// Errors about external key stores. The messages about proxies are those of the table "Error codes" of the XKS proxy API specification of
/// AWS, version 1.0.3, which every operation shares.
/// </content>
public static partial class KmsErrors
{
    private const string NotConnectedToProxy =
        "This KMS key is in a custom key store that is not connected to its external key store proxy. Connect the external key store and try "
            + "the request again.";

    private const string InvalidProxyConfiguration = "XksProxyInvalidConfigurationException";
    private const string InvalidProxyResponse = "XksProxyInvalidResponseException";
    private const string UnreachableProxy = "XksProxyUriUnreachableException";
    private const string InvalidExternalKey = "XksKeyInvalidConfigurationException";

    /// <summary>The proxy of a custom key store that is created or changed does not answer as it must.</summary>
    internal static KmsException ProxyNotAccepted(XksException e) => OfProxy(
        e.Failure switch
        {
            XksFailure.AuthenticationFailed => "XksProxyIncorrectAuthenticationCredentialException",
            XksFailure.InvalidUriPath => InvalidProxyConfiguration,
            XksFailure.Throttling or XksFailure.DependencyTimeout or XksFailure.Unreachable or XksFailure.TlsFailed or XksFailure.TimedOut
                or XksFailure.ConnectionBroken or XksFailure.KeyManagersUnavailable => UnreachableProxy,
            _ => InvalidProxyResponse,
        },
        e);

    /// <summary>The proxy does not describe the external key of a KMS key that is created.</summary>
    internal static KmsException ExternalKeyNotDescribed(string customKeyStoreId, XksException e) => OfProxy(
        e.Failure switch
        {
            XksFailure.InvalidState or XksFailure.InvalidKeyUsage => InvalidExternalKey,
            XksFailure.KeyNotFound => "XksKeyNotFoundException",
            XksFailure.UnsupportedOperation => "UnsupportedOperationException",
            _ => "CustomKeyStoreInvalidStateException",
        },
        e,
        customKeyStoreId);

    /// <summary>A cryptographic call that the proxy did not perform: whatever the cause, a KMSInvalidStateException.</summary>
    internal static KmsException ExternalKeyNotUsed(Key key, XksException e) =>
        OfProxy("KMSInvalidStateException", e, key.CustomKeyStoreId, key.Arn);

    /// <summary>What the proxy decrypted is not what KMS encrypted with the key and the encryption context.</summary>
    internal static KmsException ProxyDecryptedSomethingElse(Key key) => new(
        "KMSInvalidStateException",
        "The ciphertext that the external key store proxy submitted for decryption, or the encryption context, is corrupted, missing, or "
            + "otherwise invalid.")
    {
        KeyArn = key.Arn,
        CustomKeyStoreId = key.CustomKeyStoreId,
        Cause = ErrorCause.ExternalCiphertextInvalid,
    };

    /// <summary>The external key store of a key is not connected.</summary>
    internal static KmsException ExternalKeyUnavailable(Key key) => new(
        "KMSInvalidStateException", NotConnectedToProxy)
    {
        KeyArn = key.Arn,
        CustomKeyStoreId = key.CustomKeyStoreId,
        Cause = ErrorCause.KeyUnavailable,
    };

    /// <summary>A key is to be created in a custom key store of the other type than its origin says.</summary>
    internal static KmsException OriginOfOtherKeyStore(CustomKeyStore store) => new(
        "ValidationException",
        store.IsExternal
            ? $"Custom key store {store.CustomKeyStoreId} is an external key store: its keys have Origin EXTERNAL_KEY_STORE and an "
                + "XksKeyId."
            : $"Custom key store {store.CustomKeyStoreId} is a CloudHSM key store: its keys have Origin AWS_CLOUDHSM and no XksKeyId.")
    {
        CustomKeyStoreId = store.CustomKeyStoreId,
    };

    internal static KmsException ExternalKeySpecNotValid(string spec) => ExternalKeyNotValid(
        $"The key spec of the external key must be AES_256. The key spec of specified external key is {spec}.");

    internal static KmsException ExternalKeyStatusNotValid(string status) => ExternalKeyNotValid(
        $"The status of the external key must be ENABLED. The status of specified external key is {status}.");

    internal static KmsException ExternalKeyUsageNotValid(string usage) => ExternalKeyNotValid(
        "The key usage of the external key must include ENCRYPT and DECRYPT. The key use of specified external key is "
            + $"{usage}.");

    internal static KmsException ExternalKeyInUse(string customKeyStoreId, string xksKeyId, string keyId) => new(
        "XksKeyAlreadyInUseException",
        $"External key {xksKeyId} is associated with KMS key {keyId} in custom key store {customKeyStoreId} already.")
    {
        CustomKeyStoreId = customKeyStoreId,
    };

    internal static KmsException ProxyUriInUse(string uri, string customKeyStoreId) => new(
        "XksProxyUriInUseException", $"{uri} is the proxy of custom key store {customKeyStoreId} already.")
    {
        CustomKeyStoreId = customKeyStoreId,
    };

    internal static KmsException ProxyEndpointInUse(string endpoint, string customKeyStoreId) => new(
        "XksProxyUriEndpointInUseException",
        $"{endpoint} is the endpoint of custom key store {customKeyStoreId} already, and only stores with connectivity PUBLIC_ENDPOINT can "
            + "share one.")
    {
        CustomKeyStoreId = customKeyStoreId,
    };

    internal static KmsException VpcEndpointServiceInUse(string name, string customKeyStoreId) => new(
        "XksProxyVpcEndpointServiceInUseException",
        $"VPC endpoint service {name} is associated with custom key store {customKeyStoreId} already.")
    {
        CustomKeyStoreId = customKeyStoreId,
    };

    internal static KmsException VpcEndpointServiceNotFound(string name) => new(
        "XksProxyVpcEndpointServiceNotFoundException",
        $"VPC endpoint service {name} is not found in this Region, or does not allow AWS KMS to use it.")
    {
        MissingName = name,
        Cause = ErrorCause.VpcEndpointServiceNotUsable,
    };

    internal static KmsException VpcEndpointServiceInvalidConfiguration(string name, string fault) => new(
        "XksProxyVpcEndpointServiceInvalidConfigurationException",
        $"VPC endpoint service {name} does not meet the requirements of an external key store. {fault}")
    {
        Cause = ErrorCause.VpcEndpointServiceNotUsable,
    };

    private static KmsException ExternalKeyNotValid(string message) => new(InvalidExternalKey, message)
    {
        Cause = ErrorCause.ExternalKeyNotUsable,
    };

    private static KmsException OfProxy(string errorCode, XksException e, string? customKeyStoreId = null, string? keyArn = null) =>
        new(errorCode, MessageOf(e.Failure), innerException: e)
        {
            CustomKeyStoreId = customKeyStoreId,
            KeyArn = keyArn,
            Cause = CauseOf(e.Failure),
        };

    private static ErrorCause CauseOf(XksFailure failure) => failure switch
    {
        XksFailure.Unreachable or XksFailure.TimedOut or XksFailure.ConnectionBroken or XksFailure.DependencyTimeout or XksFailure.Internal
            or XksFailure.KeyManagersUnavailable or XksFailure.Throttling => ErrorCause.ProxyUnreachable,
        XksFailure.TlsFailed => ErrorCause.ProxyNotTrusted,
        XksFailure.AuthenticationFailed or XksFailure.InvalidUriPath => ErrorCause.ProxySettingsWrong,
        XksFailure.KeyNotFound or XksFailure.InvalidState or XksFailure.InvalidKeyUsage or XksFailure.AccessDenied =>
            ErrorCause.ExternalKeyNotUsable,
        XksFailure.InvalidCiphertext => ErrorCause.ExternalCiphertextInvalid,
        _ => ErrorCause.ProxyFaulty,
    };

    private static string MessageOf(XksFailure failure) => failure switch
    {
        XksFailure.InvalidState =>
            "The external key associated with this KMS key in an external key store is not enabled in the external key manager. Enable the "
                + "external key in the external key manager and retry the request.",
        XksFailure.InvalidCiphertext =>
            "The external key store proxy rejected the request because the specified ciphertext or encryption context is corrupted, missing, "
                + "or otherwise invalid.",
        XksFailure.InvalidKeyUsage =>
            "The external key associated with this KMS key in an external key store does not support the requested operation. Enable the "
                + "operation on the key in your external key manager, and try the request again.",
        XksFailure.AuthenticationFailed =>
            "The external key store proxy rejected the request because it could not authenticate AWS KMS. Verify the XKS proxy authentication "
                + "credentials for your external key store and update if necessary.",
        XksFailure.AccessDenied =>
            "The external key store proxy denied access to the operation. Verify that the user and the external key are both authorized for "
                + "this operation, and try the request again.",
        XksFailure.KeyNotFound =>
            "The external key associated with this KMS key in an external key store was not found in its external key manager. If the external "
                + "key ID associated with this KMS key is incorrect, create a new KMS key with the correct external key ID.",
        XksFailure.InvalidUriPath =>
            "The external key store proxy rejected the request because of an invalid URI path. Verify the URI path for your external key store "
                + "and update if necessary.",
        XksFailure.UnsupportedOperation =>
            "The external key store proxy rejected the request because it does not support the requested operation. If you see this error "
                + "repeatedly, report it to your external key store proxy administrator.",
        XksFailure.DependencyTimeout =>
            "The external key store proxy did not respond to the request in the time allotted. Retry the request. If you see this error "
                + "repeatedly, report it to your external key store proxy administrator.",
        XksFailure.Throttling =>
            "The external key store proxy rejected the request due to a very high request rate. Reduce the frequency of your calls using KMS "
                + "keys in this external key store.",
        XksFailure.Internal =>
            "The external key store proxy rejected the request because it cannot communicate with the external key manager. Verify that the "
                + "external key store proxy configuration is correct and that the external key manager is available.",
        XksFailure.Unreachable or XksFailure.ConnectionBroken =>
            "AWS KMS cannot communicate with the external key store proxy. This might be a transient network issue. If you see this error "
                + "repeatedly, verify that your external key store proxy is active and is connected to the network, and that its endpoint "
                + "URI is correct in your external keystore.",
        XksFailure.TlsFailed =>
            "AWS KMS cannot establish a TLS connection to the external key store proxy. Verify the TLS configuration, including its "
                + "certificate.",
        XksFailure.TimedOut =>
            "AWS KMS rejected the request because the external key store proxy did not respond in time. Retry the request. If you see this "
                + "error repeatedly, report it to your external key store proxy administrator.",
        XksFailure.KeyManagersUnavailable =>
            "AWS KMS cannot complete the request because the external key store proxy is in an unhealthy state. If you see this error "
                + "repeatedly, notify your external key store proxy administrator.",
        _ =>
            "AWS KMS cannot interpret the response from the external key store proxy. If you see this error repeatedly, report it to your "
                + "external key store proxy administrator.",
    };
}
