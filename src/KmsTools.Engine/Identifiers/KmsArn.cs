using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace KmsTools.Identifiers;

/// <summary>
/// An ARN of AWS KMS in its parts: <c>arn:partition:kms:region:account:resource</c>. Source: "Amazon Resource Names (ARNs)", AWS General
/// Reference, and "Key identifiers", AWS KMS Developer Guide.
/// </summary>
/// <param name="Partition"><c>aws</c>, <c>aws-cn</c> and so on.</param>
/// <param name="Region">The Region.</param>
/// <param name="AccountId">The account.</param>
/// <param name="Resource">What follows the last colon outside the resource itself, such as <c>key/...</c>; it may be anything.</param>
internal readonly record struct KmsArn(string Partition, RegionName Region, AccountId AccountId, string Resource)
{
    /// <summary>The partition of all ARNs of this service, whatever their Region.</summary>
    public const string AwsPartition = "aws";

    /// <summary>The prefix of every ARN.</summary>
    public const string Prefix = "arn:";

    /// <summary>The prefix of the resource of a key.</summary>
    public const string KeyPrefix = "key/";

    private const int Parts = 6;

    private static readonly SearchValues<char> s_partition = SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    /// <summary>Whether the ARN belongs to the partition of this service.</summary>
    public bool IsOfAws => Partition == AwsPartition;

    /// <summary>Whether a reference to a key begins like an ARN. The rest may be anything.</summary>
    public static bool HasPrefix([NotNullWhen(true)] string? text) => text is not null && text.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>Splits an ARN into its parts; false when it is null or not an ARN of AWS KMS.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out KmsArn arn)
    {
        arn = default;
        if (!HasPrefix(text) || text.Split(':', Parts) is not [_, { Length: > 0 } partition, "kms", var region, var account, var resource]
            || partition.AsSpan().ContainsAnyExcept(s_partition)
            || !RegionName.TryParse(region, out RegionName parsedRegion) || !AccountId.TryParse(account, out AccountId parsedAccount))
        {
            return false;
        }

        arn = new KmsArn(partition, parsedRegion, parsedAccount, resource);
        return true;
    }
}
