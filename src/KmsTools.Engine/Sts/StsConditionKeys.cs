namespace KmsTools.Sts;

/// <summary>
/// The condition keys of AWS STS that requests have. Source: "Available keys for AWS web identity federation and AWS STS", IAM.
/// </summary>
internal static class StsConditionKeys
{
    public const string DurationSeconds = "sts:DurationSeconds";
    public const string ExternalId = "sts:ExternalId";
    public const string RoleSessionName = "sts:RoleSessionName";
    public const string SourceIdentity = "sts:SourceIdentity";
    public const string TransitiveTagKeys = "sts:TransitiveTagKeys";
}
