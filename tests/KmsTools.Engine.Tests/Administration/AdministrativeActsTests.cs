using System.Reflection;
using System.Text;
using KmsTools.AccessKeys;
using KmsTools.Alarms;
using KmsTools.Auditing;
using KmsTools.Authorization;
using KmsTools.Cryptography;
using KmsTools.Identifiers;
using KmsTools.KeyStores;
using KmsTools.Persistence;
using KmsTools.Sealing;

namespace KmsTools;

/// <summary>Every act that changes a store and is no operation of the API leaves exactly one event, done or refused.</summary>
[Collection("SoftHSM")]
public sealed class AdministrativeActsTests : IDisposable
{
    private const string NoCluster = "cluster-nnnnnnnnnnn";

    private static readonly Caller Alice = new() { PrincipalArn = "arn:aws:iam::111122223333:user/alice", UserAgent = "test" };

    private static readonly RecoveryKeyOpener RecoveryKeyForTests = new(RecoveryKey.Create());

    private static readonly string BackupFile = Path.Combine(Path.GetTempPath(), $"kmstools-acts-{Environment.ProcessId}.kmsbackup");

    private static readonly Type[] Doors =
    [
        typeof(KmsEngine), typeof(AccessKeyRegistry), typeof(AlarmRegistry), typeof(QuotaRegistry), typeof(HsmClusterRegistry), typeof(HsmMembers),
        typeof(HsmBackups), typeof(HsmRestorer), typeof(HsmTokens), typeof(KeyMaterialReconciler), typeof(PrincipalRegistry),
        typeof(AuthorizationRegistry), typeof(ClockTrust), typeof(EventLogRegistry), typeof(RootKeyRegistry), typeof(StoreBackups),
        typeof(StoreVerifier), typeof(ExternalKeyStoreRegistry),
    ];

    private static readonly string[] Reading =
    [
        "KmsEngine.Execute(IKmsRequest, Caller, CallObserver)", "KmsEngine.Execute(Operation, Object, Caller, CallObserver)",
        "KmsEngine.ExecuteAsync(Operation, Object, Caller, CallObserver)",
        "KmsEngine.Preview(Object, Caller, Boolean)", "KmsEngine.FindKey(String, Caller)", "KmsEngine.FindMaterialLoss(Key, String)", "KmsEngine.FindRates(Object, Caller)", "KmsEngine.FindLastUsage(Key)", "KmsEngine.OpenReader()",
        "KmsEngine.RequireHealth()", "KmsEngine.FindEvents(EventQuery)", "KmsEngine.FindDeletionStakes(Key)", "KmsEngine.OpenUncachedReader()", "KmsEngine.WaitForSync()", "KmsEngine.ProcessDue()", "KmsEngine.PreviewStepClock(DateTimeOffset, Caller)", "KmsEngine.FindSchedule(Nullable, Nullable, Int32)", "KmsEngine.Dispose()",
        "AccessKeyRegistry.List()", "AccessKeyRegistry.ListOf(Principal)",
        "AlarmRegistry.List()", "AlarmRegistry.Exist()", "AlarmRegistry.Evaluate()",
        "QuotaRegistry.List(Nullable)",
        "HsmTokens.List(String)", "HsmClusterRegistry.ReadChangedPin(String, String)", "HsmClusterRegistry.ReadPin(String)",
        "HsmClusterRegistry.Find(String)", "HsmClusterRegistry.PreviewUnregister(String, Caller)",
        "HsmMembers.Find(String)", "HsmMembers.PreviewRemoval(String, String, Boolean, String, Caller)",
        "HsmBackups.Find(String, String)", "HsmBackups.FindForKey(String, Nullable, String)", "HsmBackups.FindLostKeys(String, String)", "HsmBackups.PreviewRemove(String, Caller)", "HsmRestorer.PreviewRestore(String, String, Caller)",
        "PrincipalRegistry.List()", "PrincipalRegistry.Find(PrincipalType, String)", "PrincipalRegistry.FindUses(PrincipalType, String)",
        "ClockTrust.Read()", "RootKeyRegistry.Read()", "RootKeyRegistry.ReadSeal()",
        "RootKeyRegistry.CopySealKey()", "RootKeyRegistry.Unlock(Func)", "RootKeyRegistry.FindSealRisks()",
        "RootKeyRegistry.PreviewSeal(String, IEnumerable, Caller)",
        "AuthorizationRegistry.Read()", "AuthorizationRegistry.PreviewResetKeyPolicy(String, Nullable, Caller)",
        "EventLogRegistry.ReadSettings()", "EventLogRegistry.ListSegments()", "EventLogRegistry.Verify(IReadOnlyCollection)",
        "EventLogRegistry.PreviewSet(Nullable, Nullable)",
        "StoreVerifier.Run(Action, IReadOnlyCollection)",
        "ExternalKeyStoreRegistry.CheckHealth()", "ExternalKeyStoreRegistry.ListAddresses()", "ExternalKeyStoreRegistry.ListServices()",
        "KeyMaterialReconciler.IsConnected(String)", "KeyMaterialReconciler.WasLost(Key)", "KeyMaterialReconciler.Find(String, Secret)",
    ];

    private static readonly Dictionary<string, Act> Changing = new()
    {
        ["KmsEngine.StepClock(DateTimeOffset, Caller)"] = new(
            "StepClock",
            static test => () => test.Engine.StepClock(KmsFixture.Start.AddDays(1), Alice),
            static test => test.Engine.StepClock(KmsFixture.Start.AddMilliseconds(-1), Alice),
            "UnsupportedOperationException"),
        ["KmsEngine.SetConsistencyDelay(Int32, Caller)"] = new(
            "SetConsistencyDelay",
            static test => () => test.Engine.SetConsistencyDelay(300, Alice),
            static test => test.Engine.SetConsistencyDelay(301, Alice),
            "ValidationException"),
        ["ClockTrust.Confirm(Caller)"] = new("ConfirmClock", static test => () => test.Engine.ClockTrust.Confirm(Alice)),
        ["ClockTrust.SetRequiredUptime(TimeSpan, Caller)"] = new(
            "SetClock",
            static test => () => test.Engine.ClockTrust.SetRequiredUptime(TimeSpan.FromDays(30), Alice),
            static test => test.Engine.ClockTrust.SetRequiredUptime(TimeSpan.FromDays(31), Alice),
            "ValidationException"),
        ["StoreBackups.Create(String, IReadOnlyCollection, Boolean, Caller)"] = new(
            "BackupStore",
            static test => () => new StoreBackups(test.Engine).Create(BackupFile, [RecoveryKeyForTests], true, Alice),
            static test => new StoreBackups(test.Engine).Create(BackupFile, [], false, Alice),
            "UnsupportedOperationException"),
        ["RootKeyRegistry.Rotate(Caller)"] = new("RotateRootKey", static test => () => test.Engine.RootKey.Rotate(Alice)),
        ["RootKeyRegistry.Seal(IReadOnlyCollection, Caller)"] = new(
            "SealStore",
            static test => () => test.Engine.RootKey.Seal([RecoveryKeyForTests], Alice),
            static test => test.Engine.RootKey.Seal([], Alice),
            "ValidationException"),
        ["RootKeyRegistry.Unseal(Caller)"] = new("UnsealStore", static test =>
        {
            test.Engine.RootKey.Seal([RecoveryKeyForTests], Alice);
            return () => test.Engine.RootKey.Unseal(Alice);
        }),
        ["RootKeyRegistry.SetRotationPeriod(Int32, Caller)"] = new(
            "SetRootKey",
            static test => () => test.Engine.RootKey.SetRotationPeriod(3650, Alice),
            static test => test.Engine.RootKey.SetRotationPeriod(3651, Alice),
            "ValidationException"),
        ["EventLogRegistry.Set(Nullable, Nullable, Nullable, Caller)"] = new(
            "SetEventLog",
            static test => () => test.Engine.EventLog.Set(true, 1, 1 << 20, Alice),
            static test => test.Engine.EventLog.Set(null, null, (1 << 20) - 1, Alice),
            "ValidationException"),
        ["KmsEngine.InvokeMaintenance(Caller)"] = new("InvokeMaintenance", static test => () => test.Engine.InvokeMaintenance(Alice)),
        ["AccessKeyRegistry.Create(String, Caller)"] = new(
            "CreateAccessKey",
            static test => () => test.Engine.AccessKeys.Create(null, Alice),
            static test => test.Engine.AccessKeys.Create("arn:aws:iam::999999999999:user/bob", Alice),
            "ValidationException"),
        ["AccessKeyRegistry.Add(String, String, String, Caller)"] = new(
            "AddAccessKey",
            static test => () => test.Engine.AccessKeys.Add("test", "secret-of-test", null, Alice),
            static test => test.Engine.AccessKeys.Add("no id", "secret-of-test", null, Alice),
            "ValidationException"),
        ["AccessKeyRegistry.Remove(String, Caller)"] = new(
            "RemoveAccessKey",
            static test =>
            {
                string id = test.Engine.AccessKeys.Create().AccessKeyId;
                return () => Assert.True(test.Engine.AccessKeys.Remove(id, Alice));
            },
            static test => Assert.False(test.Engine.AccessKeys.Remove("AKIANONE", Alice)),
            "NoSuchEntityException"),
        ["AlarmRegistry.Create(String, AlarmEvent, String, Nullable, String, Caller)"] = new(
            "CreateAlarm",
            static test => () => test.Engine.Alarms.Create("one", AlarmEvent.KeyStoreFailed, caller: Alice),
            static test => test.Engine.Alarms.Create("one", AlarmEvent.KeyStoreFailed, threshold: 1001, caller: Alice),
            "ValidationException"),
        ["AlarmRegistry.EnableAction(String, Caller)"] = new(
            "EnableAlarmAction",
            static test =>
            {
                test.Engine.Alarms.Create("one", AlarmEvent.KeyStoreFailed, action: "Get-Date");
                return () => Assert.Equal("Get-Date", test.Engine.Alarms.EnableAction("one", Alice));
            },
            static test => Assert.Null(test.Engine.Alarms.EnableAction("none", Alice)),
            "ResourceNotFoundException"),
        ["AlarmRegistry.Remove(String, Caller)"] = new(
            "RemoveAlarm",
            static test =>
            {
                test.Engine.Alarms.Create("one", AlarmEvent.KeyStoreFailed);
                return () => Assert.True(test.Engine.Alarms.Remove("one", Alice));
            },
            static test => Assert.False(test.Engine.Alarms.Remove("none", Alice)),
            "ResourceNotFoundException"),
        ["QuotaRegistry.set_RequestQuotasEnabled(Boolean)"] = new(
            "EnableRequestQuota", static test => () => test.Engine.Quotas.RequestQuotasEnabled = true, HasCaller: false),
        ["QuotaRegistry.SetRequestQuotasEnabled(Boolean, Caller)"] = new(
            "DisableRequestQuota", static test => () => test.Engine.Quotas.SetRequestQuotasEnabled(false, Alice)),
        ["QuotaRegistry.Set(String, Int64, Caller)"] = new(
            "SetQuota",
            static test => () => test.Engine.Quotas.Set("GrantsPerKey", 0, Alice),
            static test => test.Engine.Quotas.Set("GrantsPerKey", -1, Alice),
            "ValidationException"),
        ["QuotaRegistry.Reset(String, Caller)"] = new(
            "ResetQuota",
            static test => () => test.Engine.Quotas.Reset("GrantsPerKey", Alice),
            static test => test.Engine.Quotas.Reset("GrantsPerQuay", Alice),
            "ValidationException"),
        ["PrincipalRegistry.Create(PrincipalType, String, PrincipalSettings, Caller)"] = new(
            "CreatePrincipal",
            static test => () => test.Engine.Principals.Create(PrincipalType.User, "bob", PrincipalSettings.None, Alice),
            static test => test.Engine.Principals.Create(PrincipalType.User, "no name", PrincipalSettings.None, Alice),
            "ValidationError"),
        ["PrincipalRegistry.Change(PrincipalType, String, PrincipalSettings, Caller)"] = new(
            "SetPrincipal",
            static test =>
            {
                test.Engine.Principals.Create(PrincipalType.User, "bob", PrincipalSettings.None);
                return () => test.Engine.Principals.Change(PrincipalType.User, "bob", new() { Tags = [new KeyTag("a", "b")] }, Alice);
            },
            static test => test.Engine.Principals.Change(PrincipalType.User, "bob", PrincipalSettings.None, Alice),
            "NoSuchEntity"),
        ["PrincipalRegistry.PutPolicy(PrincipalType, String, String, String, Caller)"] = new(
            "AddPrincipalPolicy",
            static test =>
            {
                test.Engine.Principals.Create(PrincipalType.User, "bob", PrincipalSettings.None);
                return () => test.Engine.Principals.PutPolicy(PrincipalType.User, "bob", "none", """{"Statement":[]}""", Alice);
            },
            static test => test.Engine.Principals.PutPolicy(PrincipalType.User, "bob", "none", """{"Statement":[]}""", Alice),
            "NoSuchEntity"),
        ["PrincipalRegistry.RemovePolicy(PrincipalType, String, String, Caller)"] = new(
            "RemovePrincipalPolicy",
            static test =>
            {
                test.Engine.Principals.Create(PrincipalType.User, "bob", PrincipalSettings.None);
                test.Engine.Principals.PutPolicy(PrincipalType.User, "bob", "none", """{"Statement":[]}""");
                return () => test.Engine.Principals.RemovePolicy(PrincipalType.User, "bob", "none", Alice);
            },
            static test => test.Engine.Principals.RemovePolicy(PrincipalType.User, "bob", "none", Alice),
            "NoSuchEntity"),
        ["PrincipalRegistry.Remove(PrincipalType, String, Boolean, Caller)"] = new(
            "RemovePrincipal",
            static test =>
            {
                test.Engine.Principals.Create(PrincipalType.User, "bob", PrincipalSettings.None);
                return () => test.Engine.Principals.Remove(PrincipalType.User, "bob", caller: Alice);
            },
            static test => test.Engine.Principals.Remove(PrincipalType.User, "bob", caller: Alice),
            "NoSuchEntity"),
        ["AuthorizationRegistry.Set(Nullable, Nullable, Nullable, Nullable, Caller)"] = new(
            "SetAuthorization",
            static test => () => test.Engine.Authorization.Set(AuthorizationMode.Record, caller: Alice),
            static test => test.Engine.Authorization.Set(resourceControlPolicies: ["no JSON"], caller: Alice),
            "MalformedPolicyDocument"),
        ["AuthorizationRegistry.ResetKeyPolicy(String, Caller)"] = new(
            "ResetKeyPolicy",
            static test =>
            {
                string keyId = test.Kms.CreateKey().KeyId;
                return () => test.Engine.Authorization.ResetKeyPolicy(keyId, Alice);
            },
            static test => test.Engine.Authorization.ResetKeyPolicy("alias/none", Alice),
            "NotFoundException"),
        ["HsmTokens.Initialize(String, String, ReadOnlySpan, ReadOnlySpan, Caller)"] = new(
            "InitializeHsm",
            static test => () => test.Engine.HsmTokens
                .Initialize(SoftHsm.Library, test.NewLabel, Utf8(HsmFixture.OfficerPin), Utf8(HsmFixture.UserPin), Alice),
            static test => test.Engine.HsmTokens
                .Initialize(SoftHsm.Library, test.Hsms.Token, Utf8(HsmFixture.OfficerPin), Utf8(HsmFixture.UserPin), Alice),
            "KMSInvalidStateException"),
        ["HsmTokens.Initialize(String, String, Secret, Secret, Caller)"] = new(
            "InitializeHsm",
            static test => () => test.Engine.HsmTokens.Initialize(SoftHsm.Library, test.NewLabel, test._officerPin, test._userPin, Alice),
            static test => test.Engine.HsmTokens.Initialize(SoftHsm.Library, test.Hsms.Token, test._officerPin, test._userPin, Alice),
            "KMSInvalidStateException"),
        ["HsmTokens.Initialize(String, Secret, Secret, Caller)"] = new(
            "InitializeHsm",
            static test => () => test.Engine.HsmTokens.Initialize(Uri(test.NewLabel), test._officerPin, test._userPin, Alice),
            static test => test.Engine.HsmTokens.Initialize("pkcs11:token=lab", test._officerPin, test._userPin, Alice),
            "ValidationException"),
        ["HsmClusterRegistry.Register(String, IReadOnlyList, String, String, Boolean, Boolean, Caller)"] = new(
            "RegisterHsmCluster",
            static test =>
            {
                string label = test.Hsms.NewToken();
                return () => test.Engine.HsmClusters.Register(SoftHsm.Library, [label], caller: Alice);
            },
            static test => test.Engine.HsmClusters.Register(SoftHsm.Library, ["no such token"], caller: Alice),
            "KMSInvalidStateException"),
        ["HsmClusterRegistry.RegisterUris(IReadOnlyList, String, String, Boolean, Boolean, Caller)"] = new(
            "RegisterHsmCluster",
            static test =>
            {
                string uri = Uri(test.Hsms.NewToken());
                return () => test.Engine.HsmClusters.RegisterUris([uri], caller: Alice);
            },
            static test => test.Engine.HsmClusters.RegisterUris([$"{Uri(test.Hsms.Token)}&pin-value=pin-of-uri"], caller: Alice),
            "ValidationException"),
        ["HsmClusterRegistry.Configure(String, Nullable, Nullable, Nullable, Caller)"] = new(
            "SetHsmCluster",
            static test => () => test.Engine.HsmClusters.Configure(HsmFixture.ClusterId, 1, caller: Alice),
            static test => test.Engine.HsmClusters.Configure(HsmFixture.ClusterId, -1, caller: Alice),
            "ValidationException"),
        ["HsmClusterRegistry.Unregister(String, Caller)"] = new(
            "UnregisterHsmCluster",
            static test =>
            {
                string id = test.Engine.HsmClusters.Register(SoftHsm.Library, [test.Hsms.NewToken()]).ClusterId;
                return () => test.Engine.HsmClusters.Unregister(id, Alice);
            },
            static test => test.Engine.HsmClusters.Unregister(HsmFixture.ClusterId, Alice),
            "CloudHsmClusterInUseException"),
        ["HsmMembers.Add(String, String, String, Secret, Caller, CallObserver)"] = new(
            "AddHsm",
            static test =>
            {
                string label = test.Hsms.NewToken();
                return () => test.Engine.HsmMembers.Add(HsmFixture.ClusterId, label, caller: Alice);
            },
            static test => test.Engine.HsmMembers.Add(NoCluster, test.Hsms.Token, caller: Alice),
            "CloudHsmClusterNotFoundException"),
        ["HsmMembers.AddUri(String, String, Secret, Caller, CallObserver)"] = new(
            "AddHsm",
            static test =>
            {
                string uri = Uri(test.Hsms.NewToken());
                return () => test.Engine.HsmMembers.AddUri(HsmFixture.ClusterId, uri, caller: Alice);
            },
            static test => test.Engine.HsmMembers.AddUri(HsmFixture.ClusterId, Uri(test.Hsms.Token), caller: Alice),
            "ValidationException"),
        ["HsmMembers.Remove(String, String, Boolean, Caller, String)"] = new(
            "RemoveHsm",
            static test => () => test.Engine.HsmMembers.Remove(HsmFixture.ClusterId, test.Hsms.Token, caller: Alice),
            static test => test.Engine.HsmMembers.Remove(HsmFixture.ClusterId, "no such token", caller: Alice),
            "ValidationException"),
        ["HsmBackups.Create(String, Caller, CallObserver)"] = new(
            "BackupHsmCluster",
            static test => () => test.Engine.HsmBackups.Create(HsmFixture.ClusterId, Alice),
            static test => test.Engine.HsmBackups.Create(NoCluster, Alice),
            "CloudHsmClusterNotFoundException"),
        ["HsmBackups.Record(String, String, Nullable, Caller)"] = new(
            "BackupHsmCluster",
            static test => () => test.Engine.HsmBackups.Record(HsmFixture.ClusterId, new string('t', 1024), caller: Alice),
            static test => test.Engine.HsmBackups.Record(HsmFixture.ClusterId, new string('t', 1025), caller: Alice),
            "ValidationException"),
        ["HsmBackups.Remove(String, Caller)"] = new(
            "RemoveHsmClusterBackup",
            static test =>
            {
                string id = test.Engine.HsmBackups.Record(HsmFixture.ClusterId, "tape 7").BackupId;
                return () => test.Engine.HsmBackups.Remove(id, Alice);
            },
            static test => test.Engine.HsmBackups.Remove("backup-nnnnnnnnnnn", Alice),
            "CloudHsmResourceNotFoundException"),
        ["HsmRestorer.Restore(String, IReadOnlyList, String, Caller, CallObserver)"] = new(
            "RestoreHsmCluster",
            static test =>
            {
                string id = test.Engine.HsmBackups.Create(HsmFixture.ClusterId).BackupId;
                return () => test.Engine.HsmRestorer.Restore(id, caller: Alice);
            },
            static test => test.Engine.HsmRestorer.Restore("backup-nnnnnnnnnnn", caller: Alice),
            "CloudHsmResourceNotFoundException"),
        ["HsmRestorer.RestoreInPlace(String, String, Caller, CallObserver)"] = new(
            "RestoreHsmCluster",
            static test =>
            {
                string id = test.Engine.HsmBackups.Create(HsmFixture.ClusterId).BackupId;
                return () => test.Engine.HsmRestorer.RestoreInPlace(id, HsmFixture.ClusterId, Alice);
            },
            static test => test.Engine.HsmRestorer.RestoreInPlace("backup-nnnnnnnnnnn", HsmFixture.ClusterId, Alice),
            "CloudHsmResourceNotFoundException"),
        ["HsmRestorer.AddClone(String, String, Caller, CallObserver)"] = new(
            "AddHsm",
            static test => () => test.Engine.HsmRestorer.AddClone(HsmFixture.ClusterId, test.NewLabel, Alice),
            static test => test.Engine.HsmRestorer.AddClone(NoCluster, "clone", Alice),
            "CloudHsmClusterNotFoundException"),
        ["KeyMaterialReconciler.Remove(String, String, Secret, Caller)"] = new(
            "RemoveOrphanedKeyMaterial",
            static test =>
            {
                string id = test.Orphan();
                return () => test.Engine.KeyMaterial.Remove(HsmFixture.ClusterId, id, test._userPin, Alice);
            },
            static test => test.Engine.KeyMaterial.Remove(HsmFixture.ClusterId, new string('0', 64), test._userPin, Alice),
            "NotFoundException"),
        ["ExternalKeyStoreRegistry.SetAddress(XksProxyAddress, Caller)"] = new(
            "SetXksProxyAddress",
            static test => () => test.Engine.ExternalKeyStores.SetAddress(new() { HostName = "xks.example.com" }, Alice),
            static test => test.Engine.ExternalKeyStores.SetAddress(new() { HostName = "xks.example.com", Port = 0 }, Alice),
            "ValidationException"),
        ["ExternalKeyStoreRegistry.RemoveAddress(String, Caller)"] = new(
            "RemoveXksProxyAddress",
            static test =>
            {
                test.Engine.ExternalKeyStores.SetAddress(new() { HostName = "xks.example.com" });
                return () => test.Engine.ExternalKeyStores.RemoveAddress("xks.example.com", Alice);
            },
            static test => test.Engine.ExternalKeyStores.RemoveAddress("xks.example.com", Alice),
            "ValidationException"),
        ["ExternalKeyStoreRegistry.SetService(VpcEndpointService, Caller)"] = new(
            "SetVpcEndpointService",
            static test => () => test.Engine.ExternalKeyStores.SetService(ExternalFixture.Service(), Alice),
            static test => test.Engine.ExternalKeyStores.SetService(ExternalFixture.Service() with { AvailabilityZones = 7 }, Alice),
            "ValidationException"),
        ["ExternalKeyStoreRegistry.RemoveService(String, Caller)"] = new(
            "RemoveVpcEndpointService",
            static test =>
            {
                test.Engine.ExternalKeyStores.SetService(ExternalFixture.Service());
                return () => test.Engine.ExternalKeyStores.RemoveService(ExternalFixture.ServiceName, Alice);
            },
            static test => test.Engine.ExternalKeyStores.RemoveService(ExternalFixture.ServiceName, Alice),
            "ValidationException"),
    };

    private readonly Lazy<HsmFixture> _hsms = new(static () => new HsmFixture(hsms: 2));
    private readonly Lazy<KmsFixture> _withoutHsms = new(static () => new KmsFixture());
    private readonly Secret _officerPin = Secret.CopyOf(Utf8(HsmFixture.OfficerPin));
    private readonly Secret _userPin = Secret.CopyOf(Utf8(HsmFixture.UserPin));

    static AdministrativeActsTests() => AppDomain.CurrentDomain.ProcessExit += static (_, _) => File.Delete(BackupFile);

    public static TheoryData<string> Acts => [.. Changing.Keys];

    public static TheoryData<string> Refusals =>
        [.. Changing.Where(static act => act.Value.Refused is not null).Select(static act => act.Key)];

    private HsmFixture Hsms => _hsms.Value;

    // Most acts need no HSMs, which take most of the time of a test.
    private KmsFixture Kms => _hsms.IsValueCreated ? Hsms.Kms : _withoutHsms.Value;

    private KmsEngine Engine => Kms.Engine;

    private string NewLabel { get; } = $"n{Guid.NewGuid():N}"[..32];

    public void Dispose()
    {
        _userPin.Dispose();
        _officerPin.Dispose();
        if (_hsms.IsValueCreated)
        {
            Hsms.Dispose();
        }

        if (_withoutHsms.IsValueCreated)
        {
            _withoutHsms.Value.Dispose();
        }
    }

    [Fact]
    public void EveryPublicMethod_IsKnownToChangeOrToRead() => Assert.Equal(
        Changing.Keys.Concat(Reading).Order(StringComparer.Ordinal),
        Doors.SelectMany(static door => door.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(static method => !method.Name.StartsWith("get_", StringComparison.Ordinal))
            .Select(Name)
            .Order(StringComparer.Ordinal));

    [Theory]
    [MemberData(nameof(Acts))]
    public void Act_Done_LeavesOneEventOfItsCaller(string method)
    {
        Act act = Changing[method];
        MakeHsms(method);
        Action work = act.Prepare(this);

        AuditEvent left = Assert.Single(LeftBy(work));

        Assert.Equal(
            (act.EventName, null, act.HasCaller ? Alice.PrincipalArn : Caller.LocalUser(KmsFixture.Account).PrincipalArn, false),
            (left.EventName, left.ErrorCode, left.UserIdentity["arn"], left.ReadOnly));
        Assert.Contains(act.EventName, AuditNames.Administrative);
        Assert.DoesNotContain(HsmFixture.UserPin, left.CloudTrailEvent, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-of-test", left.CloudTrailEvent, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Refusals))]
    public void Act_Refused_LeavesOneEventWithItsErrorAndChangesNothing(string method)
    {
        Act act = Changing[method];
        MakeHsms(method);
        long version = Engine.Store.ReadVersion();

        AuditEvent left = Assert.Single(LeftBy(() => Record.Exception(() => act.Refused!(this))));

        Assert.Equal((act.EventName, act.ErrorCode, Alice.PrincipalArn), (left.EventName, left.ErrorCode, left.UserIdentity["arn"]));
        Assert.NotEqual("", left.ErrorMessage);
        Assert.Null(left.ResponseElements);
        Assert.Equal(version, Engine.Store.ReadVersion());
        Assert.DoesNotContain("pin-of-uri", left.CloudTrailEvent, StringComparison.Ordinal);
    }

    [Fact]
    public void Life_OfAStore_IsTheListOfItsEvents()
    {
        MakeHsms("Hsm");
        string first = NewLabel;
        string second = $"m{Guid.NewGuid():N}"[..32];
        (string, string?)[] life =
        [
            .. LeftBy(() =>
            {
                Engine.HsmTokens.Initialize(SoftHsm.Library, first, _officerPin, _userPin);
                Engine.HsmTokens.Initialize(SoftHsm.Library, second, _officerPin, _userPin);
                string cluster = Engine.HsmClusters.Register(SoftHsm.Library, [first]).ClusterId;
                Engine.HsmClusters.Configure(cluster, commandsFromElsewhere: 100);
                Engine.HsmMembers.Add(cluster, second);
                Engine.Quotas.Set("GrantsPerKey", 3);
                Engine.Quotas.SetRequestQuotasEnabled(true);
                Engine.Alarms.Create("failed", AlarmEvent.KeyStoreFailed);
                Engine.Alarms.Remove("failed");
                Engine.AccessKeys.Remove(Engine.AccessKeys.Create().AccessKeyId);
                Engine.StepClock(KmsFixture.Start.AddDays(1));
                Engine.HsmMembers.Remove(cluster, second);
                Engine.HsmClusters.Unregister(cluster);
            }).Select(static left => (left.EventName, left.ErrorCode)),
        ];

        Assert.Equal(
            [
                ("InitializeHsm", null), ("InitializeHsm", null), ("RegisterHsmCluster", null), ("SetHsmCluster", null), ("AddHsm", null), ("SetQuota", null),
                ("EnableRequestQuota", null), ("CreateAlarm", null), ("RemoveAlarm", null), ("CreateAccessKey", null), ("RemoveAccessKey", null),
                ("StepClock", null), ("RemoveHsm", null), ("UnregisterHsmCluster", null),
            ],
            life);
    }

    [Theory]
    [InlineData("cluster-abcdefghijk\n")]
    [InlineData("cluster-abcdefghijk\0")]
    [InlineData("cluster-abcdefghijk ")]
    [InlineData("cluster-1")]
    [InlineData("")]
    public void Cluster_MalformedId_IsRefusedWithAnEvent(string clusterId)
    {
        MakeHsms("Hsm");
        AuditEvent[] left = LeftBy(() =>
        {
            Refuses(() => Engine.HsmClusters.Register("/nowhere", ["a"], clusterId, caller: Alice));
            Refuses(() => Engine.HsmClusters.RegisterUris(["pkcs11:token=a?module-path=/nowhere"], clusterId, caller: Alice));
            Refuses(() => Engine.HsmRestorer.Restore("backup-abcdefghijk", clusterId: clusterId, caller: Alice));
        });

        Assert.Equal(
            [("RegisterHsmCluster", "ValidationException"), ("RegisterHsmCluster", "ValidationException"), ("RestoreHsmCluster", "ValidationException")],
            left.Select(static entry => (entry.EventName, entry.ErrorCode)));
        Assert.Single(Engine.HsmClusters.Find());

        void Refuses(Action act) =>
            Assert.Contains("' is not a valid cluster ID: ", Assert.Throws<ArgumentException>(act).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void StepClock_Event_TellsFromWhenToWhenAtTheTimeBefore()
    {
        AuditEvent left = Assert.Single(
            LeftBy(() => Engine.StepClock(new DateTimeOffset(2030, 1, 2, 1, 0, 0, TimeSpan.FromHours(1)), Alice)));

        Assert.Equal(new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc), left.EventTime);
        Assert.Equal("2030-01-02T00:00:00.0000000Z", left.RequestParameters!["to"]);
        Assert.Equal("2030-01-01T00:00:00.0000000Z", left.AdditionalEventData!["from"]);
        Assert.Equal(("us-east-1", "test", null), (left.AwsRegion, left.CloudTrailEvent
            .Contains("\"userAgent\":\"test\"", StringComparison.Ordinal) ? "test" : null, left.ResponseElements));
    }

    [Fact]
    public void AccessKey_Events_TellWhoseItIsAndNeverItsSecret()
    {
        NewAccessKey key = null!;
        AuditEvent[] left = LeftBy(() =>
        {
            key = Engine.AccessKeys.Create("arn:aws:iam::111122223333:user/bob", Alice with { Region = RegionName.Parse("eu-west-1") });
            Engine.AccessKeys.Remove(key.AccessKeyId, Alice);
        });

        Assert.Equal(["CreateAccessKey", "RemoveAccessKey"], left.Select(static entry => entry.EventName));
        Assert.Equal("arn:aws:iam::111122223333:user/bob", left[0].RequestParameters!["principalArn"]);
        Assert.Equal(key.AccessKeyId, left[0].ResponseElements!["accessKeyId"]);
        Assert.Equal(key.AccessKeyId, left[1].RequestParameters!["accessKeyId"]);
        Assert.Equal("arn:aws:iam::111122223333:user/bob", left[1].AdditionalEventData!["principalArn"]);
        Assert.Equal(["eu-west-1", "us-east-1"], left.Select(static entry => entry.AwsRegion));
        Assert.All(left, entry => Assert.DoesNotContain(key.SecretAccessKey, entry.CloudTrailEvent, StringComparison.Ordinal));
    }

    private static string Name(MethodInfo method) =>
        $"{method.DeclaringType!.Name}.{method.Name}({string.Join(", ", method.GetParameters().Select(static parameter => parameter.ParameterType.Name.Split('`')[0]))})";

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Uri(string label) => $"pkcs11:token={label}?module-path={SoftHsm.Library}";

    // Before the store is used: for the acts that are about HSMs, or that look at all that a store has.
    private void MakeHsms(string method)
    {
        string[] about = ["Hsm", "KeyMaterial", "KmsEngine.InvokeMaintenance", "RootKeyRegistry.Rotate"];
        if (about.Any(begin => method.StartsWith(begin, StringComparison.Ordinal)))
        {
            _ = Hsms;
        }
    }

    private string Orphan()
    {
        Hsms.Connect();
        KeyMetadata key = Hsms.CreateKey();
        string id = Hsms.BackingKeyId(key.KeyId);
        Hsms.Disconnect();
        Hsms.Kms.Schedule(key.KeyId);
        Hsms.Kms.StepDays(7);
        return id;
    }

    private AuditEvent[] LeftBy(Action work)
    {
        HashSet<string> before = [.. Engine.FindEvents(new EventQuery()).Select(static known => known.EventId)];
        work();
        return [.. Engine.FindEvents(new EventQuery()).Where(left => !before.Contains(left.EventId))];
    }

    /// <summary>An act: what leads up to it and does it, how it is refused, and what its events say.</summary>
    private sealed record Act(
        string EventName,
        Func<AdministrativeActsTests, Action> Prepare,
        Action<AdministrativeActsTests>? Refused = null,
        string? ErrorCode = null,
        bool HasCaller = true);
}
