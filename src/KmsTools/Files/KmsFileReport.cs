using System.Collections.Immutable;
using KmsTools.EnvelopeEncryption;

namespace KmsTools;

/// <summary>The result of encrypting or decrypting a file, with the metadata of the encrypted file.</summary>
public sealed record KmsFileReport
{
    /// <summary>The file that was read.</summary>
    public required string Source { get; init; }

    /// <summary>The file that was written.</summary>
    public required string Destination { get; init; }

    /// <summary>The ARN of the key that generated or decrypted the data key.</summary>
    public required string KeyArn { get; init; }

    /// <summary>The ARNs of all KMS keys that can decrypt the file.</summary>
    public required ImmutableArray<string> KeyArns { get; init; }

    /// <summary>The algorithm suite.</summary>
    public required AlgorithmSuite AlgorithmSuite { get; init; }

    /// <summary>The number of plaintext bytes per frame; 0 if the content is not framed.</summary>
    public required long FrameLength { get; init; }

    /// <summary>The length of the plaintext, in bytes.</summary>
    public required long PlaintextLength { get; init; }

    /// <summary>The length of the encrypted file, in bytes.</summary>
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
