using System.Globalization;
using KmsTools.Http;

namespace KmsTools.Endpoint;

/// <summary>A call that is refused before it reaches the engine.</summary>
internal sealed class CallException(string errorCode, string message, int status = StatusCodes.Status400BadRequest) : Exception(message)
{
    public string ErrorCode => errorCode;

    public int Status => status;

    public static CallException UnknownOperation(string message = "", int status = StatusCodes.Status400BadRequest) =>
        new("UnknownOperationException", message, status);

    public static CallException Serialization(string message) => new("SerializationException", message);

    public static CallException TooLarge(int maxSize) =>
        new(
            "RequestEntityTooLargeException",
            string.Create(CultureInfo.InvariantCulture, $"The body is longer than {maxSize} bytes."),
            StatusCodes.Status413PayloadTooLarge);

    public static CallException Stalled() =>
        new("RequestTimeoutException", "The body did not arrive in time.", StatusCodes.Status408RequestTimeout);

    /// <summary>SDKs try again later, as with AWS.</summary>
    public static CallException OutOfMemory() =>
        new("ThrottlingException", "The memory for the bodies of calls is used up by other calls. Try again later.");

    public static CallException SignedQuery() => Of(new SignatureException(
        SignatureFault.Incomplete, "Signatures in the query string are not supported: sign with an Authorization header."));

    /// <summary>The refusal of a signature.</summary>
    public static CallException Of(SignatureException refusal) => new(
        refusal.Fault switch
        {
            SignatureFault.Missing => "MissingAuthenticationTokenException",
            SignatureFault.Incomplete => "IncompleteSignatureException",
            _ => "InvalidSignatureException",
        },
        refusal.Message);
}
