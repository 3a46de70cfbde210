using System.Text;
using KmsTools.Authorization;
using KmsTools.Identifiers;
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

        Require(policy, bypassLockoutCheck, context.Caller.PrincipalArn, keyArn);
    }

    /// <summary>Refuses a policy that is malformed, or that its owner could no longer change.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public static void Require(string policy, bool? bypassLockoutCheck, string callerArn, string keyArn)
    {
        PolicyDocument document = Parse(policy);
        if (bypassLockoutCheck != true && !AllowsChange(document, callerArn, keyArn))
        {
            throw KmsErrors.PolicyLocksOut();
        }
    }

    /// <summary>Reads a key policy.</summary>
    /// <exception cref="KmsException">MalformedPolicyDocumentException.</exception>
    public static PolicyDocument Parse(string policy) =>
        PolicyDocument.Parse(policy, PolicyForm.Key, PolicyKind.ResourceBased, KeyPolicy.Name);

    /// <summary>
    /// Whether a caller could replace a key policy under that policy. Conditions depend on the call: a statement with conditions can allow
    /// but cannot be relied on to deny. A policy that leaves it to the account is enough, whatever the identity policies of the caller; AWS
    /// does not document whether it looks at these.
    /// </summary>
    public static bool AllowsChange(PolicyDocument policy, string callerArn, string keyArn)
    {
        PrincipalArn? principal = CallerIdentity.Parse(callerArn);
        return Evaluator.Decide(new AccessRequest
        {
            Principal = principal,
            Service = principal is null ? callerArn : null,
            Issuer = principal is { Kind: PrincipalKind.AssumedRole }
                ? CallerIdentity.Parse($"arn:aws:iam::{principal.AccountId}:role/{principal.Name}")
                : null,
            Action = "kms:PutKeyPolicy",
            Resource = keyArn,
            ResourceAccount = KeyArn.Parse(keyArn).AccountId,
            Rule = AccessRule.KeyOfOwnAccount,
            ResourcePolicy = policy.WithoutConditions(),
            IdentityPolicies = CallerIdentity.Administrator,
            Context = NoContext.Instance,
        }).IsAllowed;
    }

    // Nothing is known of a call that is not made yet.
    private sealed class NoContext : IRequestContext
    {
        public static readonly NoContext Instance = new();

        public ConditionValues? Find(string key) => null;
    }
}
