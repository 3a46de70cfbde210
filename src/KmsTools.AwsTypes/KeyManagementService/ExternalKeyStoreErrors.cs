using System.Net;
using Amazon.Runtime;

namespace Amazon.KeyManagementService.Model;

// The errors of external key stores. One file, because each consists only of its name.

/// <summary>Another KMS key uses the external key.</summary>
/// <inheritdoc/>
public class XksKeyAlreadyInUseException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The external key is not configured as an external key store requires.</summary>
/// <inheritdoc/>
public class XksKeyInvalidConfigurationException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The proxy of the external key store does not know the external key.</summary>
/// <inheritdoc/>
public class XksKeyNotFoundException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The proxy of the external key store refuses the credentials.</summary>
/// <inheritdoc/>
public class XksProxyIncorrectAuthenticationCredentialException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The proxy of the external key store is not configured correctly.</summary>
/// <inheritdoc/>
public class XksProxyInvalidConfigurationException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The answer of the proxy of the external key store cannot be understood.</summary>
/// <inheritdoc/>
public class XksProxyInvalidResponseException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>Another external key store uses the endpoint of the proxy.</summary>
/// <inheritdoc/>
public class XksProxyUriEndpointInUseException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>Another external key store uses the endpoint and the path of the proxy.</summary>
/// <inheritdoc/>
public class XksProxyUriInUseException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The proxy of the external key store cannot be reached.</summary>
/// <inheritdoc/>
public class XksProxyUriUnreachableException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>Another external key store uses the VPC endpoint service.</summary>
/// <inheritdoc/>
public class XksProxyVpcEndpointServiceInUseException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The VPC endpoint service is not configured as an external key store requires.</summary>
/// <inheritdoc/>
public class XksProxyVpcEndpointServiceInvalidConfigurationException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The VPC endpoint service does not exist.</summary>
/// <inheritdoc/>
public class XksProxyVpcEndpointServiceNotFoundException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);
