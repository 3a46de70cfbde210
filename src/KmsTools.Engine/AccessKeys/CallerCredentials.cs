using System.Collections.Immutable;

namespace KmsTools.AccessKeys;

/// <summary>Credentials that a store knows, and whose calls they sign: an access key of the store, or temporary credentials.</summary>
public sealed record CallerCredentials
{
    internal CallerCredentials(ImmutableArray<byte> wrappedSecret, string wrappingContext)
    {
        WrappedSecret = wrappedSecret;
        WrappingContext = wrappingContext;
    }

    /// <summary>The ID of the access key.</summary>
    public required string AccessKeyId { get; init; }

    /// <summary>The ARN of the principal that signs with them.</summary>
    public required string PrincipalArn { get; init; }

    /// <summary>What temporary credentials carry; null for an access key of the store.</summary>
    public CallerSession? Session { get; init; }

    internal ImmutableArray<byte> WrappedSecret { get; }

    /// <summary>When the access key was created (UTC); of temporary credentials the default.</summary>
    internal DateTimeOffset CreationDate { get; init; }

    /// <summary>The unique ID of the user or role that a session ends with; null where the store knew none, and for an access key.</summary>
    internal string? UniqueId { get; init; }

    /// <summary>Whether the secret is sealed as tokens are, not wrapped under the root key.</summary>
    internal bool IsSecretSealed { get; init; }

    /// <summary>What the secret is bound to.</summary>
    internal string WrappingContext { get; }

    /// <summary>The caller of what is signed with them.</summary>
    public Caller ToCaller() =>
        new() { PrincipalArn = PrincipalArn, AccessKeyId = AccessKeyId, Session = Session, Credentials = this };

    /// <summary>
    /// Whether other credentials with the same ID certainly have the same secret: an access key can be removed and another added under its
    /// ID. False too where the same secret was wrapped again.
    /// </summary>
    public bool HasSameSecret(CallerCredentials other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return WrappedSecret.AsSpan().SequenceEqual(other.WrappedSecret.AsSpan());
    }
}
