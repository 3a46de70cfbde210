using System.Text;
using KmsTools.Keys;

namespace KmsTools.Operations;

/// <summary>The rules for key policies in requests. Source: "Key policies in AWS KMS", AWS KMS Developer Guide.</summary>
internal static class KeyPolicyRules
{
    /// <summary>Refuses a policy that is too large or malformed, or that its owner could no longer change.</summary>
    /// <param name="policy">The policy of a request, or null for the default one.</param>
    /// <param name="bypassLockoutCheck">Whether its owner may be locked out.</param>
    /// <param name="context">The call; its caller attaches the policy.</param>
    /// <param name="keyArn">The ARN of the key that the policy is for.</param>
    /// <exception cref="KmsException">LimitExceededException or MalformedPolicyDocumentException.</exception>
    public static void Require(string? policy, bool? bypassLockoutCheck, OperationContext context, string keyArn)
    {
        if (policy is null)
        {
            return;
        }

        long limit = context.Quotas[QuotaName.KeyPolicySize];
        if (Encoding.UTF8.GetByteCount(policy) is var size && size > limit)
        {
            throw KmsErrors.LimitExceeded($"The key policy has {size} bytes; at most {limit} are allowed.");
        }

        KeyPolicyDocument document = KeyPolicyDocument.Parse(policy);
        if (bypassLockoutCheck != true && !document.Allows(context.Caller.PrincipalArn, "kms:PutKeyPolicy", keyArn))
        {
            throw KmsErrors.PolicyLocksOut();
        }
    }
}
