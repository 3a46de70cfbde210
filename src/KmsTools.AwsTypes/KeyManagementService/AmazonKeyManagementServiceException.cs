using System.Net;
using Amazon.Runtime;

namespace Amazon.KeyManagementService;

/// <summary>
/// An error of AWS KMS. Itself the type of those errors that are common to all services of AWS, such as <c>ValidationException</c>.
/// </summary>
/// <inheritdoc/>
public class AmazonKeyManagementServiceException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonServiceException(message, innerException, errorType, errorCode, requestId, statusCode);
