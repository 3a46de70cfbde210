namespace KmsTools.EnvelopeEncryption;

/// <summary>What was wrong with a message of the AWS Encryption SDK, or with the request to create one.</summary>
public enum EnvelopeFailure
{
    /// <summary>It is not a message.</summary>
    NotAMessage,

    /// <summary>It is a message in base64.</summary>
    MessageInBase64,

    /// <summary>It does not commit to its key, or has an algorithm suite that is unknown.</summary>
    UnsupportedAlgorithmSuite,

    /// <summary>It violates the format.</summary>
    MalformedMessage,

    /// <summary>It has more encrypted data keys than the caller allows.</summary>
    TooManyEncryptedDataKeys,

    /// <summary>A length in it exceeds what can be handled.</summary>
    TooLong,

    /// <summary>None of its encrypted data keys is of a key that may be used.</summary>
    NoMatchingKey,

    /// <summary>None of its encrypted data keys could be decrypted.</summary>
    NoUsableKey,

    /// <summary>Its encryption context is not the one that was required.</summary>
    EncryptionContextMismatch,

    /// <summary>An encryption context uses a name that is reserved.</summary>
    ReservedEncryptionContext,

    /// <summary>It was encrypted with another data key than the one that its encrypted data keys hold.</summary>
    KeyCommitmentMismatch,

    /// <summary>Its header was changed.</summary>
    HeaderNotAuthentic,

    /// <summary>A frame was changed.</summary>
    FrameNotAuthentic,

    /// <summary>Frames are missing, repeated or in another order.</summary>
    FrameOutOfOrder,

    /// <summary>Its end is missing.</summary>
    Truncated,

    /// <summary>Data follows its end.</summary>
    TrailingData,

    /// <summary>Its signature is not valid.</summary>
    SignatureNotAuthentic,
}

/// <summary>A message of the AWS Encryption SDK cannot be opened or created. Contains nothing secret.</summary>
public sealed class EnvelopeException : Exception
{
    internal EnvelopeException(EnvelopeFailure failure, string message, Exception? innerException = null)
        : base(message, innerException) => Failure = failure;

    /// <summary>What was wrong.</summary>
    public EnvelopeFailure Failure { get; }

    /// <summary>The cause, if <see cref="Failure"/> alone does not determine it.</summary>
    public ErrorCause Cause { get; init; }
}
