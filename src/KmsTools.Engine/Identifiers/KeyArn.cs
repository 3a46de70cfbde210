using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Identifiers;

/// <summary>
/// The ARN of a KMS key, such as <c>arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab</c>. Source: "Key
/// identifiers", AWS KMS Developer Guide.
/// </summary>
public sealed record KeyArn
{
    private const string MultiRegionPrefix = "mrk-";

    private static readonly SearchValues<char> s_lowerHex = SearchValues.Create("0123456789abcdef");

    private KeyArn(string partition, RegionName region, AccountId accountId, string keyId) =>
        (Partition, Region, AccountId, KeyId) = (partition, region, accountId, keyId);

    /// <summary><c>aws</c>; in messages that were encrypted elsewhere also <c>aws-cn</c> and so on.</summary>
    public string Partition { get; }

    /// <summary>The Region.</summary>
    public RegionName Region { get; private init; }

    /// <summary>The account.</summary>
    public AccountId AccountId { get; }

    /// <summary>The key ID: a lower-case UUID, or <c>mrk-</c> and 32 hexadecimal digits.</summary>
    public string KeyId { get; }

    /// <summary>Whether related keys in other Regions have the same ID and open the same ciphertexts.</summary>
    public bool IsMultiRegion => KeyId.StartsWith(MultiRegionPrefix, StringComparison.Ordinal);

    /// <summary>Reads the text.</summary>
    /// <exception cref="ArgumentException">The text is not valid; the message shows it and the expected format.</exception>
    public static KeyArn Parse(string? text) => TryParse(text, out KeyArn? arn) ? arn : throw new ArgumentException(Refusal(text));

    /// <summary>Reads the text; false when it is null or not the ARN of a key.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out KeyArn? arn)
    {
        arn = KmsArn.TryParse(text, out KmsArn parts) && parts.Resource.StartsWith(KmsArn.KeyPrefix, StringComparison.Ordinal)
            && parts.Resource[KmsArn.KeyPrefix.Length..] is var keyId && IsKeyId(keyId)
            ? new KeyArn(parts.Partition, parts.Region, parts.AccountId, keyId)
            : null;
        return arn is not null;
    }

    /// <summary>The message for a text that is not valid: the text and the expected format.</summary>
    public static string Refusal(string? text) =>
        IdentifierText.Refusal(text, "key ARN", "use arn:aws:kms:<region>:<account>:key/<key ID>");

    /// <summary>Whether this is a key ID: a lower-case UUID with dashes, or <c>mrk-</c> and 32 hexadecimal digits.</summary>
    public static bool IsKeyId([NotNullWhen(true)] string? text) => text is { Length: 36 }
        && (text.StartsWith(MultiRegionPrefix, StringComparison.Ordinal)
            ? !text.AsSpan(MultiRegionPrefix.Length).ContainsAnyExcept(s_lowerHex)
            : IsUuid(text));

    /// <summary>Whether this is the ID or the ARN of a key.</summary>
    public static bool NamesKey([NotNullWhen(true)] string? text) => IsKeyId(text) || TryParse(text, out _);

    /// <summary>The ARN of the related multi-Region key in another Region.</summary>
    public KeyArn In(RegionName region) => this with { Region = region };

    /// <summary>Whether this key opens what the other one encrypted: the same key, or a multi-Region key related to it.</summary>
    public bool Opens(KeyArn other)
    {
        ArgumentNullException.ThrowIfNull(other);
        return this == other || (IsMultiRegion && In(other.Region) == other);
    }

    /// <summary>The text.</summary>
    public override string ToString() => $"arn:{Partition}:kms:{Region}:{AccountId}:{KmsArn.KeyPrefix}{KeyId}";

    // Guid.TryParseExact is not strict enough: it trims white space and accepts signs and hex prefixes as digits.
    private static bool IsUuid(ReadOnlySpan<char> text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (i is 8 or 13 or 18 or 23 ? text[i] != '-' : !s_lowerHex.Contains(text[i]))
            {
                return false;
            }
        }

        return true;
    }
}
