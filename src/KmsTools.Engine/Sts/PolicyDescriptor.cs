using KmsTools.Validation;

namespace KmsTools.Sts;

/// <summary>A managed policy. Source: PolicyDescriptorType in the AWS STS API.</summary>
public sealed record PolicyDescriptor
{
    /// <summary>The ARN of the policy, 20-2048 characters.</summary>
    [Member(Min = 20, Max = 2048)]
    public string? Arn { get; init; }
}
