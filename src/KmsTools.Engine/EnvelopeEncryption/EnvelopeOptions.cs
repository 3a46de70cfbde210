namespace KmsTools.EnvelopeEncryption;

/// <summary>How a message is created.</summary>
public sealed record ProtectOptions
{
    /// <summary>The default number of plaintext bytes in a frame, as in the AWS Encryption SDKs.</summary>
    public const int DefaultFrameLength = 4096;

    /// <summary>
    /// The keys that can open the message, in any form. The first generates the data key, the others encrypt it. At least one.
    /// </summary>
    public required IReadOnlyList<string> KeyIds { get; init; }

    /// <summary>Names and values that are in the message in plaintext and are authenticated with it. Names that begin with
    /// <c>aws-crypto-</c> are reserved.</summary>
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }

    /// <summary>Grant tokens for the calls to KMS.</summary>
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>Whether the message is signed.</summary>
    public AlgorithmSuite Suite { get; init; } = AlgorithmSuite.Signed;

    /// <summary>Plaintext bytes in a frame, 1 to <see cref="MessageHeader.MaxFrameLength"/>.</summary>
    public int FrameLength { get; init; } = DefaultFrameLength;
}

/// <summary>The requirements that a message must meet to be opened.</summary>
public sealed record UnprotectOptions
{
    /// <summary>The default maximum number of encrypted data keys.</summary>
    public const int DefaultMaxEncryptedDataKeys = 100;

    /// <summary>The keys that may open the message, in any form. Empty for any KMS key that the message names.</summary>
    public IReadOnlyList<string> KeyIds { get; init; } = [];

    /// <summary>Names and values that the message must have in its encryption context. It may have others.</summary>
    public IReadOnlyDictionary<string, string>? RequiredContext { get; init; }

    /// <summary>Grant tokens for the calls to KMS.</summary>
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>The maximum number of encrypted data keys, 1 to 65535. Messages with more are refused before any is tried.</summary>
    public int MaxEncryptedDataKeys { get; init; } = DefaultMaxEncryptedDataKeys;
}

/// <summary>The message that was created or opened.</summary>
public sealed record EnvelopeResult
{
    /// <summary>The header of the message.</summary>
    public required MessageHeader Header { get; init; }

    /// <summary>The ARN of the key that generated or decrypted the data key.</summary>
    public required string KeyArn { get; init; }

    /// <summary>Length of the content, in bytes.</summary>
    public required long PlaintextLength { get; init; }

    /// <summary>Length of the message, in bytes.</summary>
    public required long MessageLength { get; init; }
}
