using System.Net;
using Amazon.Runtime;

namespace Amazon.KeyManagementService.Model;

// The errors of custom key stores and their clusters. One file, because each consists only of its name.

/// <summary>The cluster belongs to another custom key store, or shares its backup history with one.</summary>
/// <inheritdoc/>
public class CloudHsmClusterInUseException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The cluster is not configured as a custom key store requires.</summary>
/// <inheritdoc/>
public class CloudHsmClusterInvalidConfigurationException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The cluster is not active.</summary>
/// <inheritdoc/>
public class CloudHsmClusterNotActiveException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>There is no cluster with this ID.</summary>
/// <inheritdoc/>
public class CloudHsmClusterNotFoundException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The cluster has a different certificate than the previous one.</summary>
/// <inheritdoc/>
public class CloudHsmClusterNotRelatedException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The custom key store contains KMS keys.</summary>
/// <inheritdoc/>
public class CustomKeyStoreHasCMKsException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The connection state of the custom key store does not allow the operation.</summary>
/// <inheritdoc/>
public class CustomKeyStoreInvalidStateException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>Another custom key store has this name.</summary>
/// <inheritdoc/>
public class CustomKeyStoreNameInUseException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>There is no custom key store with this ID or name.</summary>
/// <inheritdoc/>
public class CustomKeyStoreNotFoundException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The certificate is not the trust anchor of the cluster.</summary>
/// <inheritdoc/>
public class IncorrectTrustAnchorException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);
