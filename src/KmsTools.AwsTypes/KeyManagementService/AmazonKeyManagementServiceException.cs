using System.Net;
using Amazon.Runtime;

namespace Amazon.KeyManagementService;

/// <summary>
/// An error of AWS KMS. Also the type of the errors that are common to all AWS services, such as <c>ValidationException</c>.
/// </summary>
/// <inheritdoc/>
public class AmazonKeyManagementServiceException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : AmazonServiceException(message, innerException, errorType, errorCode, requestId, statusCode);
