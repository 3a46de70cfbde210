using KmsTools.Validation;

namespace KmsTools.Sts;

/// <summary>A session tag. Source: Tag in the AWS STS API.</summary>
public sealed record SessionTag
{
    /// <summary>The key, 1-128 characters.</summary>
    [Member(Required = true, Min = 1, Max = 128)]
    public string? Key { get; init; }

    /// <summary>The value, 0-256 characters.</summary>
    [Member(Required = true, Min = 0, Max = 256)]
    public string? Value { get; init; }
}
