namespace KmsTools.Endpoint;

/// <summary>A call that is refused before it reaches the engine.</summary>
internal sealed class CallException(string errorCode, string message, int status = StatusCodes.Status400BadRequest) : Exception(message)
{
    public string ErrorCode => errorCode;

    public int Status => status;

    public static CallException UnknownOperation(string message = "", int status = StatusCodes.Status400BadRequest) =>
        new("UnknownOperationException", message, status);

    public static CallException Serialization(string message) => new("SerializationException", message);

    public static CallException TooLarge() =>
        new(
            "RequestEntityTooLargeException",
            $"The body is longer than {RequestBody.MaxSize} bytes.",
            StatusCodes.Status413PayloadTooLarge);

    public static CallException Stalled() =>
        new("RequestTimeoutException", "The body did not arrive in time.", StatusCodes.Status408RequestTimeout);

    public static CallException MissingToken() => new("MissingAuthenticationTokenException", "Missing Authentication Token");

    public static CallException IncompleteSignature(string message) => new("IncompleteSignatureException", message);

    public static CallException SignedQuery() =>
        IncompleteSignature("Signatures in the query string are not supported: sign with an Authorization header.");

    public static CallException InvalidSignature(string message) => new("InvalidSignatureException", message);
}
