namespace KmsTools.EnvelopeEncryption;

/// <summary>
/// A message that another implementation has made. Source: "AWS Encryption SDK - Message Format V2 Test Vectors", 2020-09-18, in
/// aws/aws-encryption-sdk-python, test/resources/commitment-test-vectors.json (Apache 2.0); numbers and titles are those of its comments.
/// </summary>
internal sealed partial record PublishedMessage(int Number, string Title)
{
    public static PublishedMessage[] All => [.. KeysAndMessageIds, .. JavaScript, .. C, .. PythonAndJava];

    public required string DataKey { get; init; }

    public required string Message { get; init; }

    /// <summary>The content; null when the message must be refused because its key commitment differs.</summary>
    public string? Plaintext { get; init; }

    public static PublishedMessage Of(int number) => All[number - 1];
}
