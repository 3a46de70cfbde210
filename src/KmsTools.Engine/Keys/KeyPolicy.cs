using System.Text;

namespace KmsTools.Keys;

/// <summary>Key policy documents.</summary>
internal static class KeyPolicy
{
    /// <summary>The policy of a key that was created through the API without one. Source: "Default key policy", AWS KMS Developer Guide.</summary>
    public static string Default(string accountId) => $$"""
        {
          "Version" : "2012-10-17",
          "Id" : "key-default-1",
          "Statement" : [ {
            "Sid" : "Enable IAM User Permissions",
            "Effect" : "Allow",
            "Principal" : {
              "AWS" : "arn:aws:iam::{{accountId}}:root"
            },
            "Action" : "kms:*",
            "Resource" : "*"
          } ]
        }
        """;

    /// <summary>Refuses a policy that is too large.</summary>
    /// <exception cref="KmsException">LimitExceededException.</exception>
    public static void RequireSize(string? policy, OperationContext context)
    {
        long limit = context.Quotas[QuotaName.KeyPolicySize];
        if (policy is not null && Encoding.UTF8.GetByteCount(policy) is var size && size > limit)
        {
            throw KmsErrors.LimitExceeded($"The key policy has {size} bytes; at most {limit} are allowed.");
        }
    }
}
