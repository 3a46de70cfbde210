using System.Collections.Immutable;

namespace KmsTools;

/// <summary>The names in events of KmsTools itself, so that writers and readers of events spell them the same.</summary>
public static class AuditNames
{
    internal const string AcceptLostChanges = "AcceptLostChanges";
    internal const string AddAccessKey = "AddAccessKey";
    internal const string AddHsm = "AddHsm";
    internal const string AddPrincipalPolicy = "AddPrincipalPolicy";
    internal const string BackupHsmCluster = "BackupHsmCluster";
    internal const string BackupStore = "BackupStore";
    internal const string ConfirmClock = "ConfirmClock";
    internal const string CopyStore = "CopyStore";
    internal const string CreateAccessKey = "CreateAccessKey";
    internal const string CreateAlarm = "CreateAlarm";
    internal const string CreatePrincipal = "CreatePrincipal";
    internal const string DisableRequestQuota = "DisableRequestQuota";
    internal const string DropEvents = "DropEvents";
    internal const string EnableAlarmAction = "EnableAlarmAction";
    internal const string EnableRequestQuota = "EnableRequestQuota";
    internal const string InitializeHsm = "InitializeHsm";
    internal const string InvokeMaintenance = "InvokeMaintenance";
    internal const string RegisterHsmCluster = "RegisterHsmCluster";
    internal const string RemoveAccessKey = "RemoveAccessKey";
    internal const string RemoveAlarm = "RemoveAlarm";
    internal const string RemoveHsm = "RemoveHsm";
    internal const string RemoveHsmClusterBackup = "RemoveHsmClusterBackup";
    internal const string RemoveOrphanedKeyMaterial = "RemoveOrphanedKeyMaterial";
    internal const string RemovePrincipal = "RemovePrincipal";
    internal const string RemovePrincipalPolicy = "RemovePrincipalPolicy";
    internal const string RemoveVpcEndpointService = "RemoveVpcEndpointService";
    internal const string RemoveXksProxyAddress = "RemoveXksProxyAddress";
    internal const string RepairEventLog = "RepairEventLog";
    internal const string ResetKeyPolicy = "ResetKeyPolicy";
    internal const string ResetQuota = "ResetQuota";
    internal const string RestoreHsmCluster = "RestoreHsmCluster";
    internal const string RestoreStore = "RestoreStore";
    internal const string RotateRootKey = "RotateRootKey";
    internal const string SealStore = "SealStore";
    internal const string SetAlarm = "SetAlarm";
    internal const string SetAuthorization = "SetAuthorization";
    internal const string SetClock = "SetClock";
    internal const string SetConsistencyDelay = "SetConsistencyDelay";
    internal const string SetEventLog = "SetEventLog";
    internal const string SetHsmCluster = "SetHsmCluster";
    internal const string SetPrincipal = "SetPrincipal";
    internal const string SetQuota = "SetQuota";
    internal const string SetRootKey = "SetRootKey";
    internal const string SetVpcEndpointService = "SetVpcEndpointService";
    internal const string SetXksProxyAddress = "SetXksProxyAddress";
    internal const string StepClock = "StepClock";
    internal const string SynchronizeHsm = "SynchronizeHsm";
    internal const string UnregisterHsmCluster = "UnregisterHsmCluster";
    internal const string UnsealStore = "UnsealStore";

    internal const string AssumeRole = "AssumeRole";
    internal const string GetFederationToken = "GetFederationToken";
    internal const string GetSessionToken = "GetSessionToken";

    internal const string ClockExplained = "ClockExplained";
    internal const string ClockUnexplained = "ClockUnexplained";
    internal const string CreateAlias = "CreateAlias";
    internal const string CreateKey = "CreateKey";
    internal const string DeleteKey = "DeleteKey";
    internal const string RestoreExpiredKeyMaterial = "RestoreExpiredKeyMaterial";
    internal const string ResumeWaitingPeriod = "ResumeWaitingPeriod";
    internal const string SignaturesRefused = "SignaturesRefused";
    internal const string UpdateAlias = "UpdateAlias";

    /// <summary>The events of administrative acts, for which AWS KMS has no operation, in ordinal order.</summary>
    public static ImmutableArray<string> Administrative { get; } =
    [
        AcceptLostChanges, AddAccessKey, AddHsm, AddPrincipalPolicy, BackupHsmCluster, BackupStore, ConfirmClock, CopyStore,
        CreateAccessKey, CreateAlarm, CreatePrincipal, DisableRequestQuota, DropEvents, EnableAlarmAction, EnableRequestQuota,
        InitializeHsm, InvokeMaintenance, RegisterHsmCluster, RemoveAccessKey, RemoveAlarm, RemoveHsm, RemoveHsmClusterBackup,
        RemoveOrphanedKeyMaterial, RemovePrincipal, RemovePrincipalPolicy, RemoveVpcEndpointService, RemoveXksProxyAddress,
        RepairEventLog, ResetKeyPolicy, ResetQuota, RestoreHsmCluster, RestoreStore, RotateRootKey, SealStore, SetAlarm,
        SetAuthorization, SetClock, SetConsistencyDelay, SetEventLog, SetHsmCluster, SetPrincipal, SetQuota, SetRootKey,
        SetVpcEndpointService, SetXksProxyAddress, StepClock, SynchronizeHsm, UnregisterHsmCluster, UnsealStore,
    ];

    /// <summary>The events of calls of AWS STS, in ordinal order.</summary>
    public static ImmutableArray<string> Sts { get; } = [AssumeRole, GetFederationToken, GetSessionToken];

    /// <summary>The names of members of requestParameters, responseElements and additionalEventData.</summary>
    internal static class Members
    {
        public const string AccessKeyId = "accessKeyId";
        public const string AccessKeyIds = "accessKeyIds";
        public const string AliasName = "aliasName";
        public const string AlreadyThere = "alreadyThere";
        public const string Authorization = "authorization";
        public const string BackingKey = "backingKey";
        public const string BackingKeyId = "backingKeyId";
        public const string BackingKeys = "backingKeys";
        public const string BackingKeysDeletionStatus = "backingKeysDeletionStatus";
        public const string BackupClusterId = "backupClusterId";
        public const string BackupCreationDate = "backupCreationDate";
        public const string AcceptanceRequired = "acceptanceRequired";
        public const string Address = "address";
        public const string AllowedPrincipals = "allowedPrincipals";
        public const string AvailabilityZones = "availabilityZones";
        public const string BackupId = "backupId";
        public const string Bytes = "bytes";
        public const string Clock = "clock";
        public const string Clone = "clone";
        public const string ClusterId = "clusterId";
        public const string CommandsFromElsewhere = "commandsFromElsewhere";
        public const string Copied = "copied";
        public const string Count = "count";
        public const string CustomKeyStoreId = "customKeyStoreId";
        public const string Damages = "damages";
        public const string DeletionStatus = "deletionStatus";
        public const string DirectUseOfAwsManagedKeys = "directUseOfAwsManagedKeys";
        public const string ErrorCode = "errorCode";
        public const string Event = "event";
        public const string ExplainedTime = "explainedTime";
        public const string FirstTime = "firstTime";
        public const string Force = "force";
        public const string From = "from";
        public const string Grants = "grants";
        public const string GroupName = "groupName";
        public const string Groups = "groups";
        public const string HasAction = "hasAction";
        public const string HighAvailability = "highAvailability";
        public const string HostName = "hostName";
        public const string Hsms = "hsms";
        public const string InPlace = "inPlace";
        public const string IsDamaged = "isDamaged";
        public const string IsDomainVerified = "isDomainVerified";
        public const string Items = "items";
        public const string KeyId = "keyId";
        public const string Keys = "keys";
        public const string KeyMaterialId = "keyMaterialId";
        public const string KeyPolicies = "keyPolicies";
        public const string Kind = "kind";
        public const string LastChange = "lastChange";
        public const string LastSourceIPAddress = "lastSourceIPAddress";
        public const string LastTime = "lastTime";
        public const string Library = "library";
        public const string LostChanges = "lostChanges";
        public const string Machine = "machine";
        public const string ManagePassword = "managePassword";
        public const string MaxAgeInDays = "maxAgeInDays";
        public const string MaxSessionDuration = "maxSessionDuration";
        public const string MaxSizeInBytes = "maxSizeInBytes";
        public const string MissingEvents = "missingEvents";
        public const string Mode = "mode";
        public const string Name = "name";
        public const string NewestChange = "newestChange";
        public const string NotCopied = "notCopied";
        public const string OpenedBy = "openedBy";
        public const string Owner = "owner";
        public const string Path = "path";
        public const string PermissionsBoundary = "permissionsBoundary";
        public const string Policies = "policies";
        public const string Policy = "policy";
        public const string PolicyName = "policyName";
        public const string Port = "port";
        public const string Position = "position";
        public const string PrincipalArn = "principalArn";
        public const string PrivateDnsName = "privateDnsName";
        public const string RequiredUptime = "requiredUptime";
        public const string ResourceControlPolicies = "resourceControlPolicies";
        public const string RestoredHsms = "restoredHsms";
        public const string RoleName = "roleName";
        public const string Seconds = "seconds";
        public const string Segment = "segment";
        public const string Segments = "segments";
        public const string RotationPeriodInDays = "rotationPeriodInDays";
        public const string SerialNumber = "serialNumber";
        public const string ServiceControlPolicies = "serviceControlPolicies";
        public const string ServiceName = "serviceName";
        public const string SyncsEveryGroup = "syncsEveryGroup";
        public const string Tags = "tags";
        public const string TargetKeyId = "targetKeyId";
        public const string Threshold = "threshold";
        public const string TimeoutInMilliseconds = "timeoutInMilliseconds";
        public const string To = "to";
        public const string TokenLabel = "tokenLabel";
        public const string TokenLabels = "tokenLabels";
        public const string TrustAnchors = "trustAnchors";
        public const string TrustPolicies = "trustPolicies";
        public const string TrustPolicy = "trustPolicy";
        public const string UniqueId = "uniqueId";
        public const string Uri = "uri";
        public const string Uris = "uris";
        public const string UserName = "userName";
        public const string Value = "value";
        public const string VendorReference = "vendorReference";
        public const string XksKeyId = "xksKeyId";
        public const string XksProxyErrorMessage = "xksProxyErrorMessage";
        public const string XksProxyFault = "xksProxyFault";
    }

    /// <summary>The values of <see cref="Members.DeletionStatus"/>.</summary>
    internal static class DeletionStatus
    {
        public const string Failure = "FAILURE";
        public const string Success = "SUCCESS";
    }
}
