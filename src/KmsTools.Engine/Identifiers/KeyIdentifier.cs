using System.Buffers;

namespace KmsTools;

/// <summary>IDs and ARNs of keys, and ARNs of aliases.</summary>
public static class KeyIdentifier
{
    private static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    /// <summary>The ARN of a key.</summary>
    public static string KeyArn(string region, string accountId, string keyId) => $"arn:aws:kms:{region}:{accountId}:key/{keyId}";

    /// <summary>The key ID in the ARN of a key.</summary>
    public static string KeyIdOf(string keyArn)
    {
        ArgumentNullException.ThrowIfNull(keyArn);
        return keyArn[(keyArn.LastIndexOf('/') + 1)..];
    }

    /// <summary>The ARN of an alias.</summary>
    /// <param name="region">The Region.</param>
    /// <param name="accountId">The account.</param>
    /// <param name="aliasName">With the prefix <c>alias/</c>.</param>
    public static string AliasArn(string region, string accountId, string aliasName) => $"arn:aws:kms:{region}:{accountId}:{aliasName}";

    /// <summary>Whether this is a key ID: a lower-case UUID with dashes, or <c>mrk-</c> and 32 hex digits.</summary>
    internal static bool IsKeyId(string text) => text.StartsWith("mrk-", StringComparison.Ordinal)
        ? text.Length == 36 && text.AsSpan(4).IndexOfAnyExcept(LowerHex) < 0
        : IsUuid(text);

    // Guid.TryParseExact is not strict enough: it trims white space and accepts signs and hex prefixes as digits.
    private static bool IsUuid(ReadOnlySpan<char> text)
    {
        if (text.Length != 36)
        {
            return false;
        }

        for (int i = 0; i < text.Length; i++)
        {
            if (i is 8 or 13 or 18 or 23 ? text[i] != '-' : !LowerHex.Contains(text[i]))
            {
                return false;
            }
        }

        return true;
    }
}
