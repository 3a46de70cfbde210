using System.Collections.Immutable;

namespace KmsTools;

/// <summary>What temporary credentials carry besides the ARN of the session. Source: "Temporary security credentials", IAM User Guide.</summary>
public sealed record CallerSession
{
    /// <summary>The ARN of the role, with its path, or of the user who asked for the token.</summary>
    public required string IssuerArn { get; init; }

    /// <summary>When the credentials were issued (UTC), on the clock of the store.</summary>
    public required DateTimeOffset IssueTime { get; init; }

    /// <summary>When they stop working (UTC), on the real clock.</summary>
    public required DateTimeOffset Expiration { get; init; }

    /// <summary>Whether a multi-factor code was given.</summary>
    public bool MultiFactorAuthPresent { get; init; }

    /// <summary>The source identity that was set when the role was assumed, and is kept by further roles; or null.</summary>
    public string? SourceIdentity { get; init; }

    /// <summary>The session policies (JSON), which limit the session; empty for none.</summary>
    public ImmutableArray<string> Policies { get; init; } = [];

    /// <summary>The session tags; they override the tags of the role.</summary>
    public ImmutableSortedDictionary<string, string> Tags { get; init; } =
        ImmutableSortedDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The keys of the session tags that further roles keep.</summary>
    public ImmutableArray<string> TransitiveTagKeys { get; init; } = [];
}
