using System.Net;

namespace Amazon.Runtime;

/// <summary>An error that an AWS service returns, under the name that it has in the AWS SDK for .NET.</summary>
/// <param name="message">What the service says.</param>
/// <param name="innerException">What caused it, or null.</param>
/// <param name="errorType">Who caused the error.</param>
/// <param name="errorCode">The name of the error.</param>
/// <param name="requestId">The UUID of the request; empty when there was none.</param>
/// <param name="statusCode">The HTTP status that belongs to the error.</param>
public class AmazonServiceException(
    string message, Exception? innerException, ErrorType errorType, string errorCode, string requestId, HttpStatusCode statusCode)
    : Exception(message, innerException)
{
    /// <summary>Who caused the error.</summary>
    public ErrorType ErrorType => errorType;

    /// <summary>The name of the error, such as <c>NotFoundException</c> or <c>ValidationException</c>.</summary>
    public string ErrorCode => errorCode;

    /// <summary>The UUID of the request, by which its event is found; empty when there was none.</summary>
    public string RequestId => requestId;

    /// <summary>400 for errors of the caller, 500 for transient faults.</summary>
    public HttpStatusCode StatusCode => statusCode;
}
