using System.Collections.Immutable;
using KmsTools.EnvelopeEncryption;

namespace KmsTools;

/// <summary>What was done with a file, and what its encrypted form tells about itself.</summary>
public sealed record KmsFileReport
{
    /// <summary>The file that was read.</summary>
    public required string Source { get; init; }

    /// <summary>The file that was written.</summary>
    public required string Destination { get; init; }

    /// <summary>The ARN of the key that made or decrypted the data key.</summary>
    public required string KeyArn { get; init; }

    /// <summary>The ARNs of all KMS keys that open the encrypted file.</summary>
    public required ImmutableArray<string> KeyArns { get; init; }

    /// <summary>The algorithm suite.</summary>
    public required AlgorithmSuite AlgorithmSuite { get; init; }

    /// <summary>Plaintext bytes in a frame; 0 when the content is not framed.</summary>
    public required int FrameLength { get; init; }

    /// <summary>Length of the plaintext, in bytes.</summary>
    public required long PlaintextLength { get; init; }

    /// <summary>Length of the encrypted file, in bytes.</summary>
    public required long MessageLength { get; init; }

    /// <summary>The encryption context, without the names that the format reserves.</summary>
    public required ImmutableSortedDictionary<string, string> EncryptionContext { get; init; }

    internal static KmsFileReport Of(string source, string destination, EnvelopeResult result) => new()
    {
        Source = source,
        Destination = destination,
        KeyArn = result.KeyArn,
        KeyArns = result.Header.KeyArns,
        AlgorithmSuite = result.Header.Suite,
        FrameLength = result.Header.FrameLength,
        PlaintextLength = result.PlaintextLength,
        MessageLength = result.MessageLength,
        EncryptionContext = result.Header.UserContext,
    };
}
