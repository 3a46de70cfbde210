using System.Runtime.ExceptionServices;

namespace KmsTools;

/// <summary>
/// An error of the AWS KMS API. The code is the name of the AWS exception, the message is that of AWS. Created only by
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

    /// <summary>400 for errors of the caller, 500 for faults that may be temporary.</summary>
    public int HttpStatusCode { get; }

    /// <summary>The key the error is about (ARN), or null.</summary>
    public string? KeyArn { get; init; }

    /// <summary>
    /// The name that does not exist, if that is the error: of a key or an alias (or its ARN), a custom key store, a cluster; or null.
    /// </summary>
    public string? MissingName { get; init; }

    /// <summary>The alias the error is about (its name or its ARN), or null.</summary>
    public string? AliasName { get; init; }

    /// <summary>The custom key store the error is about (ID), or null.</summary>
    public string? CustomKeyStoreId { get; init; }

    /// <summary>The cluster of HSMs the error is about (ID), or null.</summary>
    public string? ClusterId { get; init; }

    /// <summary>The Region of the requested resource, if that is another one, or null.</summary>
    public string? Region { get; init; }

    /// <summary>The cause of the error, if its code does not determine it.</summary>
    public ErrorCause Cause { get; init; }

    /// <summary>The decision that refused access, with what it rests on; null for every other error.</summary>
    public AccessDecision? Decision { get; init; }

    /// <summary>The same error with another inner exception: the form that users of another library know it in.</summary>
    /// <param name="innerException">What becomes the inner exception.</param>
    public KmsException With(Exception innerException)
    {
        KmsException copy = new(ErrorCode, Message, HttpStatusCode, innerException)
        {
            KeyArn = KeyArn,
            MissingName = MissingName,
            AliasName = AliasName,
            CustomKeyStoreId = CustomKeyStoreId,
            ClusterId = ClusterId,
            Region = Region,
            Cause = Cause,
            Decision = Decision,
        };
        if (StackTrace is { } trace)
        {
            ExceptionDispatchInfo.SetRemoteStackTrace(copy, trace);
        }

        return copy;
    }
}
