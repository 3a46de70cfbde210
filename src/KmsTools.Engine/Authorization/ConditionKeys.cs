namespace KmsTools.Authorization;

/// <summary>
/// The condition keys that calls have, as <see cref="ConditionKey"/> spells them. Source: "AWS KMS condition keys", AWS KMS Developer
/// Guide, and "AWS global condition context keys", IAM User Guide.
/// </summary>
internal static class ConditionKeys
{
    public const string BypassPolicyLockoutSafetyCheck = "kms:BypassPolicyLockoutSafetyCheck";
    public const string CallerAccount = "kms:CallerAccount";
    public const string CustomerMasterKeySpec = "kms:CustomerMasterKeySpec";
    public const string CustomerMasterKeyUsage = "kms:CustomerMasterKeyUsage";
    public const string DataKeyPairSpec = "kms:DataKeyPairSpec";
    public const string EncryptionAlgorithm = "kms:EncryptionAlgorithm";
    public const string EncryptionContextKeys = "kms:EncryptionContextKeys";
    public const string ExpirationModel = "kms:ExpirationModel";
    public const string GrantConstraintSourceArn = "kms:GrantConstraintSourceArn";
    public const string GrantConstraintType = "kms:GrantConstraintType";
    public const string GranteePrincipal = "kms:GranteePrincipal";
    public const string GranteeServicePrincipal = "kms:GranteeServicePrincipal";
    public const string GrantIsForAwsResource = "kms:GrantIsForAWSResource";
    public const string GrantOperations = "kms:GrantOperations";
    public const string KeyAgreementAlgorithm = "kms:KeyAgreementAlgorithm";
    public const string KeyOrigin = "kms:KeyOrigin";
    public const string KeySpec = "kms:KeySpec";
    public const string KeyUsage = "kms:KeyUsage";
    public const string MacAlgorithm = "kms:MacAlgorithm";
    public const string MessageType = "kms:MessageType";
    public const string MultiRegion = "kms:MultiRegion";
    public const string MultiRegionKeyType = "kms:MultiRegionKeyType";
    public const string PrimaryRegion = "kms:PrimaryRegion";
    public const string ReEncryptOnSameKey = "kms:ReEncryptOnSameKey";
    public const string ReplicaRegion = "kms:ReplicaRegion";
    public const string RequestAlias = "kms:RequestAlias";
    public const string ResourceAliases = "kms:ResourceAliases";
    public const string RetiringPrincipal = "kms:RetiringPrincipal";
    public const string RetiringServicePrincipal = "kms:RetiringServicePrincipal";
    public const string RotationPeriodInDays = "kms:RotationPeriodInDays";
    public const string ScheduleKeyDeletionPendingWindowInDays = "kms:ScheduleKeyDeletionPendingWindowInDays";
    public const string SigningAlgorithm = "kms:SigningAlgorithm";
    public const string TrailingDaysWithoutKeyUsage = "kms:TrailingDaysWithoutKeyUsage";
    public const string ValidTo = "kms:ValidTo";
    public const string ViaService = "kms:ViaService";
    public const string WrappingAlgorithm = "kms:WrappingAlgorithm";
    public const string WrappingKeySpec = "kms:WrappingKeySpec";

    public const string CalledVia = "aws:CalledVia";
    public const string CurrentTime = "aws:CurrentTime";
    public const string EpochTime = "aws:EpochTime";
    public const string MultiFactorAuthAge = "aws:MultiFactorAuthAge";
    public const string MultiFactorAuthPresent = "aws:MultiFactorAuthPresent";
    public const string PrincipalAccount = "aws:PrincipalAccount";
    public const string PrincipalArn = "aws:PrincipalArn";
    public const string PrincipalIsAwsService = "aws:PrincipalIsAWSService";
    public const string PrincipalServiceName = "aws:PrincipalServiceName";
    public const string PrincipalType = "aws:PrincipalType";
    public const string RequestedRegion = "aws:RequestedRegion";
    public const string ResourceAccount = "aws:ResourceAccount";
    public const string SecureTransport = "aws:SecureTransport";
    public const string SourceIdentity = "aws:SourceIdentity";
    public const string SourceIp = "aws:SourceIp";
    public const string TagKeys = "aws:TagKeys";
    public const string TokenIssueTime = "aws:TokenIssueTime";
    public const string UserAgent = "aws:UserAgent";
    public const string UserId = "aws:userid";
    public const string UserName = "aws:username";
    public const string ViaAwsService = "aws:ViaAWSService";

    /// <summary>Precedes the key of a pair of the encryption context.</summary>
    public const string EncryptionContextPrefix = "kms:EncryptionContext:";

    /// <summary>Precedes the key of a tag of the caller.</summary>
    public const string PrincipalTagPrefix = "aws:PrincipalTag/";

    /// <summary>Precedes the key of a tag of the request.</summary>
    public const string RequestTagPrefix = "aws:RequestTag/";

    /// <summary>Precedes the key of a tag of the key.</summary>
    public const string ResourceTagPrefix = "aws:ResourceTag/";
}
