using System.Management.Automation;
using KmsTools.EnvelopeEncryption;
using KmsTools.KeyStores;

namespace KmsTools.Commands;

/// <content>The categories of errors.</content>
internal static partial class KmsErrorRecord
{
    private static ErrorCategory Category(KmsException error) => error.ErrorCode switch
    {
        "NotFoundException" or "CustomKeyStoreNotFoundException" or "CloudHsmResourceNotFoundException"
            or "CloudHsmClusterNotFoundException" or "XksKeyNotFoundException" or "XksProxyVpcEndpointServiceNotFoundException"
            or "NoSuchEntity" => ErrorCategory.ObjectNotFound,
        "ValidationException" or "InvalidArnException" or "InvalidAliasNameException" or "InvalidMarkerException"
            or "TagException" or "MalformedPolicyDocumentException" or "InvalidGrantIdException" or "InvalidGrantTokenException"
            or "ValidationError" or "MalformedPolicyDocument" or "InvalidParameterValue" => ErrorCategory.InvalidArgument,
        "AccessDeniedException" or "NotAuthorizedException" or "AccessDenied" => ErrorCategory.PermissionDenied,
        "UnrecognizedClientException" or "ExpiredTokenException" or "InvalidSignatureException"
            or "XksProxyIncorrectAuthenticationCredentialException" => ErrorCategory.AuthenticationError,
        "AlreadyExistsException" or "CustomKeyStoreNameInUseException" or "CloudHsmClusterInUseException"
            or "XksKeyAlreadyInUseException" or "XksProxyUriInUseException" or "XksProxyUriEndpointInUseException"
            or "XksProxyVpcEndpointServiceInUseException" or "EntityAlreadyExists" => ErrorCategory.ResourceExists,
        "LimitExceededException" or "ThrottlingException" or "LimitExceeded" or "PackedPolicyTooLarge" => ErrorCategory.LimitsExceeded,
        "KMSInvalidStateException" or "DisabledException" or "ConflictException" or "InvalidKeyUsageException"
            or "CustomKeyStoreInvalidStateException" or "CustomKeyStoreHasCMKsException" or "CloudHsmClusterNotActiveException"
            or "CloudHsmClusterInvalidConfigurationException" or "CloudHsmClusterNotRelatedException" => ErrorCategory.InvalidOperation,
        "DryRunOperationException" => ErrorCategory.OperationStopped,
        "KeyUnavailableException" or "KMSInternalException" or "XksProxyUriUnreachableException" => ErrorCategory.ResourceUnavailable,
        "DependencyTimeoutException" => ErrorCategory.OperationTimeout,
        "UnsupportedOperationException" => ErrorCategory.NotImplemented,
        "InvalidCiphertextException" or "IncorrectKeyException" or "IncorrectKeyMaterialException"
            or "IncorrectTrustAnchorException" or "InvalidImportTokenException" or "ExpiredImportTokenException"
            or "KMSInvalidSignatureException" or "KMSInvalidMacException" => ErrorCategory.InvalidData,
        _ => error.HttpStatusCode >= 500 ? ErrorCategory.ResourceUnavailable : ErrorCategory.InvalidOperation,
    };

    private static ErrorCategory Category(EnvelopeFailure failure) => failure switch
    {
        EnvelopeFailure.NoMatchingKey or EnvelopeFailure.NoUsableKey => ErrorCategory.ObjectNotFound,
        EnvelopeFailure.UnsupportedAlgorithmSuite => ErrorCategory.NotImplemented,
        EnvelopeFailure.TooLong or EnvelopeFailure.TooManyEncryptedDataKeys => ErrorCategory.LimitsExceeded,
        EnvelopeFailure.ReservedEncryptionContext => ErrorCategory.InvalidArgument,
        _ => ErrorCategory.InvalidData,
    };

    private static ErrorCategory Category(HsmFailure failure) => failure switch
    {
        HsmFailure.ClusterNotFound or HsmFailure.KeyNotFound or HsmFailure.UserNotFound => ErrorCategory.ObjectNotFound,
        HsmFailure.InvalidCredentials or HsmFailure.UserLockedOut => ErrorCategory.AuthenticationError,
        HsmFailure.UserLoggedIn => ErrorCategory.ResourceBusy,
        HsmFailure.AuthenticationFailed => ErrorCategory.InvalidData,
        HsmFailure.Exhausted => ErrorCategory.LimitsExceeded,
        HsmFailure.NotPermitted => ErrorCategory.PermissionDenied,
        HsmFailure.InvalidArgument or HsmFailure.Ambiguous => ErrorCategory.InvalidArgument,
        _ => ErrorCategory.ResourceUnavailable,
    };
}
