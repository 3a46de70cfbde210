namespace KmsTools;

/// <content>Errors about credentials, and those of AWS STS.</content>
public static partial class KmsErrors
{
    internal static KmsException UnrecognizedClient() => new(
        "UnrecognizedClientException", "The security token included in the request is invalid.");

    internal static KmsException ExpiredToken() => new("ExpiredTokenException", "The security token included in the request is expired");

    internal static KmsException SignatureMismatch() => new(
        "InvalidSignatureException",
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing "
            + "method. Consult the service documentation for details.");

    internal static KmsException StsAccessDenied(string principalArn, string action, string resourceArn) =>
        StsAccessDenied($"User: {principalArn} is not authorized to perform: sts:{action} on resource: {resourceArn}");

    internal static KmsException StsAccessDenied(string message) => new("AccessDenied", message, 403);

    internal static KmsException StsValidation(string message) => new("ValidationError", message);

    internal static KmsException InvalidParameterValue(string message) => new("InvalidParameterValue", message);

    internal static KmsException PackedPolicyTooLarge(int percent) => new(
        "PackedPolicyTooLarge", $"Packed size of session policy and tags consumes {percent}% of allotted space.");

    internal static KmsException StsMalformedPolicy(string message) => new("MalformedPolicyDocument", message);
}
