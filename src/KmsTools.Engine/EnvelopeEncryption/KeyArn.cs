namespace KmsTools.EnvelopeEncryption;

/// <summary>The ARN of a KMS key in its parts, to compare multi-Region keys.</summary>
internal sealed record KeyArn(string Partition, string Region, string AccountId, string KeyId)
{
    /// <summary>Whether related keys in other Regions open the same ciphertexts.</summary>
    public bool IsMultiRegion => KeyId.StartsWith("mrk-", StringComparison.Ordinal);

    /// <summary>Takes an ARN apart; null when it is not the ARN of a key.</summary>
    public static KeyArn? Parse(string text) =>
        text.Split(':') is ["arn", { Length: > 0 } partition, "kms", { Length: > 0 } region, { Length: > 0 } account, var resource]
        && resource.StartsWith("key/", StringComparison.Ordinal) && KeyIdentifier.IsKeyId(resource["key/".Length..])
            ? new KeyArn(partition, region, account, resource["key/".Length..])
            : null;

    /// <summary>Whether this key opens what the other one encrypted: the same key, or a multi-Region key related to it.</summary>
    public bool Opens(KeyArn other) => this == other || (IsMultiRegion && this with { Region = other.Region } == other);

    /// <summary>The ARN.</summary>
    public override string ToString() => $"arn:{Partition}:kms:{Region}:{AccountId}:key/{KeyId}";
}
