namespace KmsTools;

/// <summary>
/// An error of the AWS KMS API. The code is the name of the AWS exception, the message is what AWS says. Made only by
/// <see cref="KmsErrors"/>.
/// </summary>
/// <remarks>
/// Derives from InvalidOperationException because AWS.Tools reports service errors as that type, and scripts catch it.
/// </remarks>
public sealed class KmsException : InvalidOperationException
{
    internal KmsException(string errorCode, string message, int httpStatusCode = 400, Exception? innerException = null)
        : base(message, innerException)
    {
        ErrorCode = errorCode;
        HttpStatusCode = httpStatusCode;
    }

    /// <summary>The name of the AWS exception, such as <c>KMSInvalidStateException</c>.</summary>
    public string ErrorCode { get; }

    /// <summary>400 for errors of the caller, 500 for faults that may pass.</summary>
    public int HttpStatusCode { get; }

    /// <summary>The key the error is about (ARN), or null.</summary>
    public string? KeyArn { get; init; }

    /// <summary>The name that nothing has, where that is the error: of a key or an alias (or its ARN), a custom key store, a cluster; or null.</summary>
    public string? MissingName { get; init; }

    /// <summary>What the user can do about it, or null when the message says it all.</summary>
    public string? RecommendedAction { get; init; }
}
