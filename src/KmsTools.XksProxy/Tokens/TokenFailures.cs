using KmsTools.KeyStores;
using KmsTools.XksProxy.Requests;

namespace KmsTools.XksProxy.Tokens;

/// <summary>What the failures of a token are for the callers of the proxy.</summary>
internal static class TokenFailures
{
    /// <summary>The error for a failure.</summary>
    public static XksException Of(HsmException failure) => new(
        failure.IsAboutKeyUsage
            ? XksError.InvalidKeyUsageException
            : failure.Failure switch
            {
                HsmFailure.Exhausted => XksError.ThrottlingException,
                HsmFailure.KeyNotFound => XksError.KeyNotFoundException,
                HsmFailure.AuthenticationFailed => XksError.InvalidCiphertextException,
                _ => XksError.InternalException,
            },
        failure.Message,
        failure);

    /// <summary>Whether a failure says something about the token, not about the key or the request.</summary>
    public static bool IsOfToken(HsmException failure) => !failure.IsAboutKeyUsage && failure.Failure is not (
        HsmFailure.Exhausted or HsmFailure.KeyNotFound or HsmFailure.AuthenticationFailed or HsmFailure.Ambiguous);
}
