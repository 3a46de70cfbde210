using KmsTools.Validation;

namespace KmsTools;

/// <summary>The constraints that the operations permitted by a grant must meet.</summary>
public sealed class GrantConstraints
{
    /// <summary>Pairs that the encryption context of the operation must have, among others. At most 8.</summary>
    [Member]
    public IReadOnlyDictionary<string, string>? EncryptionContextSubset { get; set; }

    /// <summary>Pairs that the encryption context of the operation must have, and no others. At most 8.</summary>
    [Member]
    public IReadOnlyDictionary<string, string>? EncryptionContextEquals { get; set; }

    /// <summary>The ARN of the resource on whose behalf the operation must be called, 20-512 characters.</summary>
    [Member(Min = 20, Max = 512, Pattern = "^arn:aws[a-z0-9-]*:[a-z0-9-]+:[a-z0-9-]*:[0-9]{12}:.+$")]
    public string? SourceArn { get; set; }
}
