using System.Collections.Frozen;
using KmsTools.Identifiers;

namespace KmsTools.Authorization;

/// <summary>How messages name what a permission is needed on.</summary>
internal enum PermissionSubject
{
    /// <summary>By its ARN, or as <c>*</c>.</summary>
    Resource,

    /// <summary>Not at all: what is to be tagged does not exist yet.</summary>
    None,

    /// <summary>As the resource of a ciphertext, when it belongs to another account than the caller.</summary>
    Ciphertext,
}

/// <summary>A permission that a call needs, and the key that it then uses.</summary>
/// <param name="Action">The action without its prefix, such as <c>ReEncryptFrom</c>.</param>
/// <param name="Resource">The ARN of what it is needed on, or <c>*</c>.</param>
/// <param name="Rule">Who decides.</param>
/// <param name="Key">The key that it is needed on, or null; with <see cref="AccessRule.IdentityOnly"/>, a key that the call names.</param>
internal sealed record Permission(string Action, string Resource, AccessRule Rule, Key? Key = null)
{
    /// <summary>The resource of actions on nothing that exists.</summary>
    public const string Anything = "*";

    // "AWS KMS permissions", AWS KMS Developer Guide: the column "Cross-account use".
    private static readonly FrozenSet<string> AcrossAccounts = new[]
    {
        "CreateGrant", "Decrypt", "DeriveSharedSecret", "DescribeKey", "Encrypt", "GenerateDataKey", "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GetKeyRotationStatus", "GetPublicKey",
        "ListGrants", "ReEncryptFrom", "ReEncryptTo", "RevokeGrant", "Sign", "Verify", "VerifyMac",
    }.ToFrozenSet(StringComparer.Ordinal);

    /// <summary>The usage that the key must have, or null.</summary>
    public KeyUsageType? Usage { get; init; }

    /// <summary>Whether the call uses the key: it must be in a state that permits the operation, and is in the event.</summary>
    public bool IsTarget { get; init; } = true;

    /// <summary>The alias by which the request named the key, or null.</summary>
    public string? RequestAlias { get; init; }

    /// <summary>The grant that the call retires, or null.</summary>
    public Grant? Grant { get; init; }

    /// <summary>The Region in which it is needed; null for that of the call.</summary>
    public RegionName? Region { get; init; }

    /// <summary>How messages name what it is needed on.</summary>
    public PermissionSubject Subject { get; init; }

    /// <summary>The ARN of the alias of a key that does not exist yet, which messages name in place of it; null for all others.</summary>
    public string? AliasOfDraft { get; init; }

    /// <summary>What messages name.</summary>
    public string Named => AliasOfDraft ?? Resource;

    /// <summary>Whether conditions see the properties of the key.</summary>
    public bool IsOnKey => Key is not null && Rule != AccessRule.IdentityOnly;

    /// <summary>Who decides about an action on a key.</summary>
    public static AccessRule RuleOf(string action) => AcrossAccounts.Contains(action) ? AccessRule.Key : AccessRule.KeyOfOwnAccount;
}
