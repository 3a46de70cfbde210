using System.Collections.Immutable;
using System.Text;
using KmsTools.Identifiers;

namespace KmsTools.EnvelopeEncryption;

/// <summary>The data key of a message, encrypted by one key. A message has one for each key that can open it.</summary>
public sealed record EncryptedDataKey
{
    /// <summary>The provider of KMS keys.</summary>
    public const string KmsProvider = "aws-kms";

    /// <summary>The provider that encrypted it: <c>aws-kms</c> for KMS keys.</summary>
    public required string ProviderId { get; init; }

    /// <summary>Which key of the provider: the bytes of the key ARN for KMS keys.</summary>
    public required ImmutableArray<byte> ProviderInfo { get; init; }

    /// <summary>The encrypted data key.</summary>
    public required ImmutableArray<byte> Ciphertext { get; init; }

    /// <summary>The ARN of the KMS key, or null when it is of another provider or is not the ARN of a key.</summary>
    internal KeyArn? Arn =>
        ProviderId == KmsProvider && KeyArn.TryParse(Encoding.UTF8.GetString(ProviderInfo.AsSpan()), out KeyArn? arn) ? arn : null;
}
