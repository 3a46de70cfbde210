namespace KmsTools;

/// <summary>IDs and ARNs of keys, and ARNs of aliases.</summary>
public static class KeyIdentifier
{
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
}
