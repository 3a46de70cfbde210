using System.Collections.Immutable;

namespace KmsTools;

/// <summary>An access key as the store holds it: the principal that signs with it, and its secret in wrapped form.</summary>
public sealed record AccessKey
{
    /// <summary>The ID, which is not secret.</summary>
    public required string AccessKeyId { get; init; }

    /// <summary>The ARN of the principal that signs with it.</summary>
    public required string PrincipalArn { get; init; }

    /// <summary>When it was created (UTC).</summary>
    public required DateTimeOffset CreationDate { get; init; }

    /// <summary>The secret, wrapped under the root key of the store.</summary>
    public required ImmutableArray<byte> WrappedSecret { get; init; }
}

/// <summary>What is reported about an access key.</summary>
/// <param name="AccessKeyId">The ID.</param>
/// <param name="PrincipalArn">The ARN of the principal that signs with it.</param>
/// <param name="CreationDate">When it was created (UTC).</param>
public sealed record AccessKeyMetadata(string AccessKeyId, string PrincipalArn, DateTime CreationDate);

/// <summary>A new access key, with its secret, which is shown this one time only.</summary>
/// <param name="AccessKeyId">The ID.</param>
/// <param name="SecretAccessKey">The secret.</param>
/// <param name="PrincipalArn">The ARN of the principal that signs with it.</param>
/// <param name="CreationDate">When it was created (UTC).</param>
public sealed record NewAccessKey(string AccessKeyId, string SecretAccessKey, string PrincipalArn, DateTime CreationDate)
{
    /// <summary>The ID, never the secret.</summary>
    public override string ToString() => AccessKeyId;
}
