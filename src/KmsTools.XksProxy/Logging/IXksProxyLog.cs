namespace KmsTools.XksProxy.Logging;

/// <summary>
/// Receives what a proxy did. It is called by many threads at once, after an answer is complete and before it is sent: it must not wait.
/// </summary>
public interface IXksProxyLog
{
    /// <summary>Receives a request that is answered.</summary>
    /// <param name="request">What it was and how it ended.</param>
    void Record(XksRequestRecord request);

    /// <summary>Receives something that concerns the proxy as a whole, such as a token that is lost.</summary>
    /// <param name="notice">What happened.</param>
    void Record(XksProxyNotice notice);
}

/// <summary>
/// One request and its answer. Texts that callers choose have no control characters and at most 2,048 characters. No plaintext, no
/// additional data, no secret, no Authorization header and no access key ID is in it.
/// </summary>
public sealed record XksRequestRecord
{
    /// <summary>When the request came (UTC).</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>The name of the key store; null where the path belongs to none.</summary>
    public string? KeyStore { get; init; }

    /// <summary>The path before <c>/kms/xks/v1</c>; null where it belongs to no key store.</summary>
    public string? Prefix { get; init; }

    /// <summary>GetHealthStatus, GetKeyMetadata, Encrypt or Decrypt; null for another path.</summary>
    public string? Api { get; init; }

    /// <summary>The external key ID; null for none.</summary>
    public string? KeyId { get; init; }

    /// <summary>The ID that KMS and its events give to the call; null where it is not known yet when the request is refused.</summary>
    public string? KmsRequestId { get; init; }

    /// <summary>The operation of KMS.</summary>
    public string? KmsOperation { get; init; }

    /// <summary>The principal that called KMS.</summary>
    public string? PrincipalArn { get; init; }

    /// <summary>The KMS key.</summary>
    public string? KmsKeyArn { get; init; }

    /// <summary>The HTTP status of the answer; 499 where the client was gone before it.</summary>
    public required int Status { get; init; }

    /// <summary>The errorName of the answer; null for success.</summary>
    public string? ErrorName { get; init; }

    /// <summary>Why it failed, in more words than its caller is told; null for success.</summary>
    public string? Cause { get; init; }

    /// <summary>From the head of the request to its answer.</summary>
    public required TimeSpan Elapsed { get; init; }

    /// <summary>How much of it the token took, the wait for a session excepted; zero where none was asked.</summary>
    public TimeSpan TokenTime { get; init; }

    /// <summary>The name of the token in the settings; null where none was asked.</summary>
    public string? Token { get; init; }
}

/// <summary>How much a notice matters.</summary>
public enum XksProxySeverity
{
    /// <summary>Good to know, such as a token that is back.</summary>
    Information,

    /// <summary>Something to look after before it fails.</summary>
    Warning,

    /// <summary>Something fails now, such as a token that is lost.</summary>
    Error,
}

/// <summary>Something that concerns a proxy as a whole.</summary>
/// <param name="Time">When (UTC).</param>
/// <param name="Severity">How much it matters.</param>
/// <param name="Text">A sentence, without secrets.</param>
/// <param name="Token">The name of the token that it is about; null for none.</param>
/// <param name="KeyStore">The name of the key store that it is about; null for none.</param>
public sealed record XksProxyNotice(
    DateTimeOffset Time, XksProxySeverity Severity, string Text, string? Token = null, string? KeyStore = null);
