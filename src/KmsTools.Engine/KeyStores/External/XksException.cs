namespace KmsTools.KeyStores;

/// <summary>What went wrong in a request to a proxy. The first twelve are the errors of the XKS proxy API.</summary>
public enum XksFailure
{
    /// <summary>The proxy considers the request malformed (ValidationException).</summary>
    Validation,

    /// <summary>The external key is disabled or blocked (InvalidStateException).</summary>
    InvalidState,

    /// <summary>The ciphertext, or what is authenticated with it, is not what was encrypted (InvalidCiphertextException).</summary>
    InvalidCiphertext,

    /// <summary>The external key cannot do this (InvalidKeyUsageException).</summary>
    InvalidKeyUsage,

    /// <summary>The proxy does not accept the signature (AuthenticationFailedException).</summary>
    AuthenticationFailed,

    /// <summary>The proxy denies access to the key (AccessDeniedException).</summary>
    AccessDenied,

    /// <summary>The proxy knows no such external key (KeyNotFoundException).</summary>
    KeyNotFound,

    /// <summary>The proxy has no key store at this path (InvalidUriPathException).</summary>
    InvalidUriPath,

    /// <summary>The proxy has too many requests (ThrottlingException).</summary>
    Throttling,

    /// <summary>The proxy cannot reach the external key manager (InternalException).</summary>
    Internal,

    /// <summary>The proxy does not offer this (UnsupportedOperationException).</summary>
    UnsupportedOperation,

    /// <summary>The external key manager did not answer the proxy in time (DependencyTimeoutException).</summary>
    DependencyTimeout,

    /// <summary>The host name cannot be resolved, or no TCP connection can be made.</summary>
    Unreachable,

    /// <summary>No TLS session: no common version, or a certificate that is expired, of another name or not trusted.</summary>
    TlsFailed,

    /// <summary>No answer in time.</summary>
    TimedOut,

    /// <summary>The connection broke while the request was on its way.</summary>
    ConnectionBroken,

    /// <summary>GetHealthStatus was answered, and all external key managers are unavailable. Found by the engine, not by its client.</summary>
    KeyManagersUnavailable,

    /// <summary>The answer is not one of the XKS proxy API, or its integrity value is wrong.</summary>
    InvalidResponse,
}

/// <summary>A request to a proxy failed.</summary>
public sealed class XksException : Exception
{
    /// <summary>Creates the exception.</summary>
    /// <param name="failure">What went wrong.</param>
    /// <param name="message">
    /// For the event log and for warnings: what was found, in words of this side, without secrets, plaintexts or the access key ID.
    /// </param>
    /// <param name="innerException">The cause, or null.</param>
    public XksException(XksFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>What went wrong.</summary>
    public XksFailure Failure { get; }

    /// <summary>
    /// The errorMessage of the proxy, made printable and at most 512 characters, or null. For the event log: callers never see it.
    /// </summary>
    public string? ProxyMessage { get; init; }
}
