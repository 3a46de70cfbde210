namespace KmsTools.EnvelopeEncryption;

/// <summary>Every error of messages, with its text.</summary>
internal static class EnvelopeErrors
{
    public static EnvelopeException NotAMessage() => new(
        EnvelopeFailure.NotAMessage,
        "This is not a message of the AWS Encryption SDK.");

    public static EnvelopeException InBase64() => new(
        EnvelopeFailure.MessageInBase64,
        "This is a message of the AWS Encryption SDK in base64.");

    public static EnvelopeException Uncommitted(ushort suite) => new(
        EnvelopeFailure.UnsupportedAlgorithmSuite,
        $"The message has format version 1 with algorithm suite 0x{suite:X4}, which does not commit to its key. Only messages of version "
            + "2 are opened.")
    {
        Cause = ErrorCause.Uncommitted,
    };

    public static EnvelopeException UnsupportedSuite(ushort suite) => new(
        EnvelopeFailure.UnsupportedAlgorithmSuite,
        $"Algorithm suite 0x{suite:X4} is none of a message of version 2: 0x0478 or 0x0578.");

    public static EnvelopeException Malformed(string what) => new(EnvelopeFailure.MalformedMessage, $"The message is malformed: {what}.");

    public static EnvelopeException TooManyEncryptedDataKeys(int count, int most) => new(
        EnvelopeFailure.TooManyEncryptedDataKeys,
        $"The message has {count} encrypted data keys; at most {most} are allowed.");

    public static EnvelopeException HeaderTooLong(int most) => new(
        EnvelopeFailure.TooLong, $"The header of the message is longer than {most} bytes.");

    public static EnvelopeException FrameTooLong(ulong length, int most) => new(
        EnvelopeFailure.TooLong,
        $"The message has a frame of {length} bytes; at most {most} can be handled, because a frame is authenticated as a whole before "
            + "any of it is used.")
    {
        Cause = ErrorCause.FrameTooLong,
    };

    public static EnvelopeException TooManyFrames(int frameLength) => new(
        EnvelopeFailure.TooLong,
        $"A message has at most 4294967295 frames: with frames of {frameLength} bytes this is too long.")
    {
        Cause = ErrorCause.TooManyFrames,
    };

    public static EnvelopeException TooManyIVs(int most) => new(
        EnvelopeFailure.TooLong,
        $"The message has more than {most} frames whose initialization vectors differ from their numbers: they cannot all be compared.")
    {
        Cause = ErrorCause.TooManyIVs,
    };

    public static EnvelopeException NoMatchingKey(IReadOnlyCollection<string> keys, bool strict) => new(
        EnvelopeFailure.NoMatchingKey,
        (strict ? "None of the keys that may be used opens the message." : "No KMS key opens the message.")
            + (keys.Count == 0 ? " It has no data key of a KMS key." : $" It is for {string.Join(", ", keys)}."))
    {
        Cause = strict ? ErrorCause.OtherKeysNamed : ErrorCause.None,
    };

    public static EnvelopeException NoUsableKey(IReadOnlyCollection<string> failures, Exception inner) => new(
        EnvelopeFailure.NoUsableKey,
        $"None of the keys of the message could decrypt its data key. {string.Join(" ", failures)}",
        inner);

    public static EnvelopeException MissingContext(string key, bool present) => new(
        EnvelopeFailure.EncryptionContextMismatch,
        present
            ? $"The encryption context of the message has another value for '{key}'."
            : $"The encryption context of the message has no '{key}'.");

    public static EnvelopeException ReservedContext(string key) => new(
        EnvelopeFailure.ReservedEncryptionContext,
        $"'{key}' cannot be in the encryption context: names that begin with {MessageHeader.ReservedPrefix} are reserved for the message "
            + "format.");

    public static EnvelopeException KeyCommitment() => new(
        EnvelopeFailure.KeyCommitmentMismatch,
        "The message does not fit its data key: the key commitment differs.");

    public static EnvelopeException Header() => new(EnvelopeFailure.HeaderNotAuthentic, "The header of the message is not authentic.");

    public static EnvelopeException Frame(uint number) =>
        new(EnvelopeFailure.FrameNotAuthentic, $"Frame {number} of the message is not authentic.");

    public static EnvelopeException Order(uint found, uint expected) => new(
        EnvelopeFailure.FrameOutOfOrder, $"The message has frame {found} where frame {expected} belongs.");

    public static EnvelopeException Truncated() => new(EnvelopeFailure.Truncated, "The message is truncated: its end is missing.");

    public static EnvelopeException TrailingData() => new(EnvelopeFailure.TrailingData, "Something follows the end of the message.");

    public static EnvelopeException Signature() => new(
        EnvelopeFailure.SignatureNotAuthentic, "The signature of the message does not fit: nothing of its content was kept.");
}
