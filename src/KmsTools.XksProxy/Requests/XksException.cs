using System.Collections.Frozen;

namespace KmsTools.XksProxy.Requests;

/// <summary>The errors of the XKS proxy API 1.0.3, by the names that answers have.</summary>
internal enum XksError
{
    ValidationException,
    InvalidStateException,
    InvalidCiphertextException,
    InvalidKeyUsageException,
    AuthenticationFailedException,
    AccessDeniedException,
    KeyNotFoundException,
    InvalidUriPathException,
    ThrottlingException,
    InternalException,
    UnsupportedOperationException,
    DependencyTimeoutException,
}

/// <summary>A request that is refused or failed. Its caller learns the error and one sentence; why it failed is for the log.</summary>
/// <param name="error">The error.</param>
/// <param name="cause">Why, for the log: the message of the exception. Without secrets.</param>
/// <param name="inner">What led to it, or null.</param>
internal sealed class XksException(XksError error, string cause, Exception? inner = null) : Exception(cause, inner)
{
    // One message for each error, whatever its cause: what a caller could learn from more is nothing for a caller to know. Less than
    // 512 characters of printable ASCII.
    private static readonly FrozenDictionary<XksError, (int Status, string Message)> Answers =
        new Dictionary<XksError, (int, string)>
        {
            [XksError.ValidationException] = (400, "The request does not have the form that the XKS proxy API requires."),
            [XksError.InvalidStateException] = (400, "The external key or its key store is disabled."),
            [XksError.InvalidCiphertextException] = (400, "The ciphertext, or what was authenticated with it, is not valid."),
            [XksError.InvalidKeyUsageException] = (400, "The external key may not be used for this operation."),
            [XksError.AuthenticationFailedException] = (401, "The request could not be authenticated."),
            [XksError.AccessDeniedException] = (403, "The proxy does not allow this request."),
            [XksError.KeyNotFoundException] = (404, "There is no such external key."),
            [XksError.InvalidUriPathException] = (404, "There is nothing at this path."),
            [XksError.ThrottlingException] = (429, "There are too many requests. Try again later."),
            [XksError.InternalException] = (500, "The external key manager failed."),
            [XksError.UnsupportedOperationException] = (501, "The request is larger than this proxy supports."),
            [XksError.DependencyTimeoutException] = (503, "The external key manager did not answer in time."),
        }.ToFrozenDictionary();

    /// <summary>The error.</summary>
    public XksError Error => error;

    /// <summary>The HTTP status of the answer.</summary>
    public int Status => Answers[error].Status;

    /// <summary>What the caller is told. For a request of a wrong form also where it is wrong, in words of ours.</summary>
    public string Answer => error == XksError.ValidationException ? Message : Answers[error].Message;

    /// <summary>A request of a wrong form.</summary>
    /// <param name="what">What is wrong, without any text of the caller: the caller is told.</param>
    public static XksException Invalid(string what) => new(XksError.ValidationException, what);

    /// <summary>A request that is larger than this proxy takes.</summary>
    public static XksException TooLarge(string what, int max) =>
        new(XksError.UnsupportedOperationException, $"{what} is longer than {max} bytes.");
}
