using System.Net;
using Amazon.Runtime;

namespace Amazon.KeyManagementService.Model;

// The errors of keys, aliases, grants and cryptographic operations. One file, because each consists only of its name.

/// <summary>The resource to create already exists.</summary>
/// <inheritdoc/>
public class AlreadyExistsException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>Another change of the key is in progress.</summary>
/// <inheritdoc/>
public class ConflictException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The service timed out.</summary>
/// <inheritdoc/>
public class DependencyTimeoutException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The key is disabled.</summary>
/// <inheritdoc/>
public class DisabledException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The call was a dry run and would have succeeded.</summary>
/// <inheritdoc/>
public class DryRunOperationException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The import token has expired.</summary>
/// <inheritdoc/>
public class ExpiredImportTokenException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The key is not the one that encrypted the data.</summary>
/// <inheritdoc/>
public class IncorrectKeyException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The key material is not what the key expects.</summary>
/// <inheritdoc/>
public class IncorrectKeyMaterialException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The name of the alias is not valid.</summary>
/// <inheritdoc/>
public class InvalidAliasNameException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>An ARN is not valid.</summary>
/// <inheritdoc/>
public class InvalidArnException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The ciphertext, or the data that is authenticated with it, is not valid.</summary>
/// <inheritdoc/>
public class InvalidCiphertextException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The ID of the grant is not valid.</summary>
/// <inheritdoc/>
public class InvalidGrantIdException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The grant token is not valid.</summary>
/// <inheritdoc/>
public class InvalidGrantTokenException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The import token is not valid, or belongs to another key.</summary>
/// <inheritdoc/>
public class InvalidImportTokenException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The usage or the spec of the key does not allow the operation.</summary>
/// <inheritdoc/>
public class InvalidKeyUsageException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The marker of the page is not valid.</summary>
/// <inheritdoc/>
public class InvalidMarkerException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The service failed.</summary>
/// <inheritdoc/>
public class KMSInternalException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The MAC does not belong to the message.</summary>
/// <inheritdoc/>
public class KMSInvalidMacException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The signature does not belong to the message.</summary>
/// <inheritdoc/>
public class KMSInvalidSignatureException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The state of the key does not allow the operation.</summary>
/// <inheritdoc/>
public class KMSInvalidStateException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The key is not available at the moment.</summary>
/// <inheritdoc/>
public class KeyUnavailableException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>A quota is exceeded.</summary>
/// <inheritdoc/>
public class LimitExceededException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The policy is not valid.</summary>
/// <inheritdoc/>
public class MalformedPolicyDocumentException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The key, alias or grant does not exist.</summary>
/// <inheritdoc/>
public class NotFoundException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>A tag is not valid.</summary>
/// <inheritdoc/>
public class TagException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);

/// <summary>The operation does not support the key or a parameter.</summary>
/// <inheritdoc/>
public class UnsupportedOperationException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonKeyManagementServiceException(message, innerException, errorType, errorCode, requestId, statusCode);
