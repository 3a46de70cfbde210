namespace KmsTools.EnvelopeEncryption;

/// <summary>How a message is made.</summary>
public sealed record ProtectOptions
{
    /// <summary>Plaintext bytes in a frame where nothing else is said, as in the AWS Encryption SDKs.</summary>
    public const int DefaultFrameLength = 4096;

    /// <summary>
    /// The keys that can open the message, in any form. The first makes the data key, the others encrypt it. At least one.
    /// </summary>
    public required IReadOnlyList<string> KeyIds { get; init; }

    /// <summary>Names and values that are in the message in clear and are authenticated with it. Names that begin with
    /// <c>aws-crypto-</c> are reserved.</summary>
    public IReadOnlyDictionary<string, string>? EncryptionContext { get; init; }

    /// <summary>Grant tokens for the calls of KMS.</summary>
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>Signed or not.</summary>
    public AlgorithmSuite Suite { get; init; } = AlgorithmSuite.Signed;

    /// <summary>Plaintext bytes in a frame, 1 to <see cref="MessageHeader.MaxFrameLength"/>.</summary>
    public int FrameLength { get; init; } = DefaultFrameLength;
}

/// <summary>What a message must be to be opened.</summary>
public sealed record UnprotectOptions
{
    /// <summary>The encrypted data keys that are allowed where nothing else is said.</summary>
    public const int DefaultMaxEncryptedDataKeys = 100;

    /// <summary>The keys that may open the message, in any form. Empty for whichever KMS key the message names.</summary>
    public IReadOnlyList<string> KeyIds { get; init; } = [];

    /// <summary>Names and values that the message must have in its encryption context. It may have others.</summary>
    public IReadOnlyDictionary<string, string>? RequiredContext { get; init; }

    /// <summary>Grant tokens for the calls of KMS.</summary>
    public IReadOnlyList<string>? GrantTokens { get; init; }

    /// <summary>More encrypted data keys are refused before any is tried, 1 to 65535.</summary>
    public int MaxEncryptedDataKeys { get; init; } = DefaultMaxEncryptedDataKeys;
}

/// <summary>What was made or opened.</summary>
public sealed record EnvelopeResult
{
    /// <summary>The header of the message.</summary>
    public required MessageHeader Header { get; init; }

    /// <summary>The ARN of the key that made or decrypted the data key.</summary>
    public required string KeyArn { get; init; }

    /// <summary>Length of the content, in bytes.</summary>
    public required long PlaintextLength { get; init; }

    /// <summary>Length of the message, in bytes.</summary>
    public required long MessageLength { get; init; }
}
