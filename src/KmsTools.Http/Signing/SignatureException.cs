namespace KmsTools.Http;

/// <summary>What is wrong with a signature.</summary>
public enum SignatureFault
{
    /// <summary>There is none.</summary>
    Missing,

    /// <summary>It cannot be read, or a part of it or of the request is missing.</summary>
    Incomplete,

    /// <summary>It is not valid: for another request, service or time, or made with another secret.</summary>
    Invalid,
}

/// <summary>A signature that is refused. The message is that of AWS.</summary>
/// <param name="fault">What is wrong with it.</param>
/// <param name="message">The message.</param>
public sealed class SignatureException(SignatureFault fault, string message) : Exception(message)
{
    /// <summary>What is wrong with it.</summary>
    public SignatureFault Fault => fault;

    /// <summary>The refusal of a signature that was made for another request, or with another secret.</summary>
    public static SignatureException Mismatch() => new(
        SignatureFault.Invalid,
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing "
            + "method. Consult the service documentation for details.");

    internal static SignatureException Missing() => new(SignatureFault.Missing, "Missing Authentication Token");

    internal static SignatureException Incomplete(string message) => new(SignatureFault.Incomplete, message);

    internal static SignatureException Invalid(string message) => new(SignatureFault.Invalid, message);
}
