using KmsTools.Cryptography;

namespace KmsTools.Sts;

/// <summary>What a session token says.</summary>
internal sealed record SessionClaims
{
    /// <summary>The access key that the token belongs to.</summary>
    public required string AccessKeyId { get; init; }

    /// <summary>The ARN of the session; of the user or the account for a session that acts as it.</summary>
    public required string PrincipalArn { get; init; }

    /// <summary>
    /// The unique ID of the user or role whose permissions the session has; null where the store knew none. A session ends with it: when it
    /// is removed, and also when another one of its name is created.
    /// </summary>
    public required string? UniqueId { get; init; }

    /// <summary>What the session carries.</summary>
    public required CallerSession Session { get; init; }

    /// <summary>The secret access key, which only the store can read.</summary>
    public required ReadOnlyMemory<byte> WrappedSecret { get; init; }

    /// <summary>
    /// Whether the secret is sealed as tokens are (<see cref="StoreSecrets.SealToken"/>). False in tokens of earlier versions, which
    /// wrapped it under the root key.
    /// </summary>
    public bool IsSecretSealed { get; init; }

    /// <summary>What the secret is bound to.</summary>
    public static string WrappingContext(string installationId, string accessKeyId) => $"session {installationId} {accessKeyId}";
}
