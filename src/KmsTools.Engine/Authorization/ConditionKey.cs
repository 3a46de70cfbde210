using System.Collections.Frozen;

namespace KmsTools.Authorization;

/// <summary>
/// A condition key. Source: "AWS KMS condition keys", AWS KMS Developer Guide, and "AWS global condition context keys", IAM User Guide.
/// </summary>
/// <param name="Name">The name, spelled as AWS does where it is one of AWS KMS, of AWS STS or a global one.</param>
/// <param name="IsKnown">Whether some service has it. A statement that allows under a condition on any other key never applies.</param>
/// <param name="IsInCalls">Whether calls can have it in the policy where it is.</param>
internal readonly record struct ConditionKey(string Name, bool IsKnown, bool IsInCalls)
{
    // Keys of which a part is free. The free part is compared regardless of case.
    private static readonly string[] s_prefixes =
    [
        "kms:EncryptionContext:", "kms:RecipientAttestation:", "aws:PrincipalTag/", "aws:RequestTag/", "aws:ResourceTag/",
        "sts:RequestContext/",
    ];

    private static readonly FrozenSet<string> s_names = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "kms:BypassPolicyLockoutSafetyCheck", "kms:CallerAccount", "kms:CustomerMasterKeySpec", "kms:CustomerMasterKeyUsage",
        "kms:DataKeyPairSpec", "kms:EncryptionAlgorithm", "kms:EncryptionContextKeys", "kms:ExpirationModel",
        "kms:GrantConstraintSourceArn", "kms:GrantConstraintType", "kms:GranteePrincipal", "kms:GranteeServicePrincipal",
        "kms:GrantIsForAWSResource", "kms:GrantOperations", "kms:KeyAgreementAlgorithm", "kms:KeyOrigin", "kms:KeySpec", "kms:KeyUsage",
        "kms:MacAlgorithm", "kms:MessageType", "kms:MultiRegion", "kms:MultiRegionKeyType", "kms:PrimaryRegion", "kms:ReEncryptOnSameKey",
        "kms:ReplicaRegion", "kms:RequestAlias", "kms:ResourceAliases", "kms:RetiringPrincipal", "kms:RetiringServicePrincipal",
        "kms:RotationPeriodInDays", "kms:ScheduleKeyDeletionPendingWindowInDays", "kms:SigningAlgorithm", "kms:TrailingDaysWithoutKeyUsage",
        "kms:ValidTo", "kms:ViaService", "kms:WrappingAlgorithm", "kms:WrappingKeySpec",
        "aws:AssumedRoot", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:ChatbotSourceArn", "aws:CurrentTime",
        "aws:Ec2InstanceSourcePrivateIPv4", "aws:Ec2InstanceSourceVpc", "aws:EpochTime", "aws:FederatedProvider", "aws:MultiFactorAuthAge",
        "aws:MultiFactorAuthPresent", "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalIsAWSService", "aws:PrincipalOrgID",
        "aws:PrincipalOrgPaths", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "aws:PrincipalType", "aws:Referer",
        "aws:RequestedRegion", "aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths", "aws:SecureTransport",
        "aws:SourceAccount", "aws:SourceArn", "aws:SourceIdentity", "aws:SourceIp", "aws:SourceOrgID", "aws:SourceOrgPaths",
        "aws:SourceOwner", "aws:SourceVpc", "aws:SourceVpcArn", "aws:SourceVpce", "aws:TagKeys", "aws:TokenIssueTime", "aws:UserAgent",
        "aws:userid", "aws:username", "aws:ViaAWSService", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths", "aws:VpcSourceIp",
        "sts:AWSServiceName", "sts:DurationSeconds", "sts:ExternalId", "sts:RequestContextProviders", "sts:RoleSessionName",
        "sts:SourceIdentity", "sts:TaskPolicyArn", "sts:TransitiveTagKeys");

    // Keys that have many values. They need a set operator.
    private static readonly FrozenSet<string> s_multiValued = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "kms:EncryptionContextKeys", "kms:GrantOperations", "kms:ResourceAliases", "aws:CalledVia", "aws:PrincipalOrgPaths",
        "aws:PrincipalServiceNamesList", "aws:ResourceOrgPaths", "aws:SourceOrgPaths", "aws:TagKeys", "aws:VpceOrgPaths",
        "sts:RequestContextProviders", "sts:TransitiveTagKeys");

    // Services whose condition keys a policy for several services may have. No call of AWS KMS has them: they are absent, as in AWS.
    private static readonly FrozenSet<string> s_otherServices = FrozenSet.Create(
        StringComparer.OrdinalIgnoreCase,
        "acm", "acm-pca", "apigateway", "appconfig", "athena", "autoscaling", "backup", "bedrock", "cloudformation", "cloudfront",
        "cloudhsm", "cloudtrail", "cloudwatch", "codebuild", "codecommit", "codepipeline", "cognito-idp", "config", "dms", "dynamodb",
        "ebs", "ec2", "ecr", "ecs", "eks", "elasticache", "elasticfilesystem", "elasticloadbalancing", "elasticmapreduce", "es", "events",
        "firehose", "fsx", "glacier", "glue", "guardduty", "iam", "identitystore", "iot", "kafka", "kinesis", "lakeformation", "lambda",
        "license-manager", "logs", "macie2", "neptune-db", "network-firewall", "organizations", "quicksight", "ram", "rds", "redshift",
        "route53", "s3", "s3-object-lambda", "s3express", "sagemaker", "scheduler", "secretsmanager", "servicecatalog", "servicediscovery",
        "ses", "signer", "sns", "sqs", "ssm", "sso", "states", "storagegateway", "tag", "transfer", "vpc-lattice", "wafv2", "workspaces",
        "xray");

    /// <summary>The name by which calls are asked for it; null when they never have it.</summary>
    public string? NameInCalls => IsInCalls ? Name : null;

    /// <summary>The key of a name in a policy.</summary>
    public static ConditionKey Of(string name, PolicyForm form)
    {
        if (s_names.TryGetValue(name, out string? known))
        {
            return new ConditionKey(known, IsKnown: true, IsInCalls: form != PolicyForm.Key || known != "kms:ResourceAliases");
        }

        foreach (string prefix in s_prefixes)
        {
            if (name.Length > prefix.Length && name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            {
                // Tags and aliases of keys are not supported in key policies, where they count as absent.
                bool isInCalls = form != PolicyForm.Key || prefix != "aws:ResourceTag/";
                return new ConditionKey(string.Concat(prefix, name.AsSpan(prefix.Length)), IsKnown: true, isInCalls);
            }
        }

        bool isOfOtherService = name.IndexOf(':') is > 0 and var colon && colon < name.Length - 1
            && s_otherServices.Contains(name[..colon]);
        return new ConditionKey(name, isOfOtherService, isOfOtherService);
    }

    /// <summary>Whether a key has many values.</summary>
    public static bool IsMultiValued(string name) => s_multiValued.Contains(name);
}
