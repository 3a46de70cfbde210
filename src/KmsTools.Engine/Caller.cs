using System.Collections.Immutable;
using KmsTools.AccessKeys;
using KmsTools.Identifiers;

namespace KmsTools;

/// <summary>The principal that makes a call, and where the call comes from. Recorded with every event.</summary>
public sealed record Caller
{
    // The operating system is asked once per process: it reads a file to answer.
    private static readonly string LocalName = ReadLocalName();

    /// <summary>The ARN of the principal, such as <c>arn:aws:iam::111122223333:user/alice</c>.</summary>
    public required string PrincipalArn { get; init; }

    /// <summary>The access key that the call was signed with, or null.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>What temporary credentials carry; null for long-term credentials.</summary>
    public CallerSession? Session { get; init; }

    /// <summary>The credentials by which the caller was found out, which a shared store verifies with the call; null: it was only named.</summary>
    internal CallerCredentials? Credentials { get; init; }

    /// <summary>Whether the call came over TLS, or did not leave the process.</summary>
    public bool SecureTransport { get; init; } = true;

    /// <summary>
    /// Condition keys that no client can set, such as <c>kms:ViaService</c> and <c>aws:SourceArn</c>, with their values: of a call that is
    /// made as a service would make it. Also overrides keys that a call has.
    /// </summary>
    internal ImmutableDictionary<string, ImmutableArray<string>> Facts { get; init; } =
        ImmutableDictionary<string, ImmutableArray<string>>.Empty;

    /// <summary>The Region of the call; null for the store's default.</summary>
    public RegionName? Region { get; init; }

    /// <summary>The address the call comes from.</summary>
    public string SourceIPAddress { get; init; } = "127.0.0.1";

    /// <summary>The program that makes the call.</summary>
    public string UserAgent { get; init; } = "KmsTools";

    /// <summary>UUID of the request, where it already has one; null to generate one.</summary>
    public string? RequestId { get; init; }

    /// <summary>The caller when none is given: the user of the operating system, as an IAM user of the store's account.</summary>
    /// <param name="accountId">The account.</param>
    public static Caller LocalUser(AccountId accountId) => new() { PrincipalArn = $"arn:aws:iam::{accountId}:user/{LocalName}" };

    private static string ReadLocalName()
    {
        string name = string.Concat(Environment.UserName.Where(static c =>
            char.IsAsciiLetterOrDigit(c) || "+=,.@_-".Contains(c, StringComparison.Ordinal)));

        // A name without any of these characters is not one of a user.
        return name.Length > 0 ? name : "local";
    }
}
