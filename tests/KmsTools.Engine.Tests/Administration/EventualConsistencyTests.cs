using KmsTools.Auditing;
using KmsTools.Operations;
using KmsTools.Persistence;
using KmsTools.Pipeline;
using KmsTools.Storage;

namespace KmsTools;

/// <summary>
/// A store with a consistency delay of 60 seconds: calls that read see each kind of change after exactly that time, calls that change
/// something see it at once.
/// </summary>
public sealed class EventualConsistencyTests : IDisposable
{
    private const string Alice = "arn:aws:iam::111122223333:user/alice";
    private const string Bob = "arn:aws:iam::111122223333:user/bob";
    private const string Missing = "NotFoundException";

    private static readonly byte[] Material = [.. Enumerable.Range(1, 32).Select(static value => (byte)value)];

    private readonly KmsFixture _kms = new();
    private readonly string _keyId;

    public EventualConsistencyTests()
    {
        _keyId = _kms.CreateKey().KeyId;
        _kms.Engine.SetConsistencyDelay(60);
    }

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void CreateKey_IsFoundAndListedAfterTheDelay()
    {
        string keyId = _kms.CreateKey().KeyId;
        SeenLate(() => Code(new DescribeKeyRequest { KeyId = keyId }), Missing, "");
        string other = _kms.CreateKey().KeyId;
        SeenLate(() => _kms.Call(new ListKeysRequest()).Keys.Any(key => key.KeyId == other), false, true);
        Assert.Equal("", Code(new GetKeyPolicyRequest { KeyId = other }));
    }

    [Theory]
    [InlineData("GetKeyPolicy")]
    [InlineData("GetKeyRotationStatus")]
    [InlineData("ListAliases")]
    [InlineData("ListGrants")]
    [InlineData("ListKeyPolicies")]
    [InlineData("ListKeyRotations")]
    [InlineData("ListResourceTags")]
    [InlineData("Encrypt")]
    public void CreateKey_EveryCallThatReads_FindsItAfterTheDelay(string operation)
    {
        string keyId = _kms.CreateKey().KeyId;
        SeenLate(
            () => operation switch
            {
                "GetKeyPolicy" => Code(new GetKeyPolicyRequest { KeyId = keyId }),
                "GetKeyRotationStatus" => Code(new GetKeyRotationStatusRequest { KeyId = keyId }),
                "ListAliases" => Code(new ListAliasesRequest { KeyId = keyId }),
                "ListGrants" => Code(new ListGrantsRequest { KeyId = keyId }),
                "ListKeyPolicies" => Code(new ListKeyPoliciesRequest { KeyId = keyId }),
                "ListKeyRotations" => Code(new ListKeyRotationsRequest { KeyId = keyId }),
                "ListResourceTags" => Code(new ListResourceTagsRequest { KeyId = keyId }),
                _ => Code(new EncryptRequest { KeyId = keyId, Plaintext = [1] }),
            },
            Missing,
            "");
    }

    [Fact]
    public void KeyState_IsSeenAndEnforcedAfterTheDelay()
    {
        _kms.Disable(_keyId);
        Assert.Equal("", Code(new EncryptRequest { KeyId = _keyId, Plaintext = [1] }));
        SeenLate(() => _kms.Describe(_keyId).KeyState, KeyState.Enabled, KeyState.Disabled);
        Assert.Equal("DisabledException", Code(new EncryptRequest { KeyId = _keyId, Plaintext = [1] }));
        _kms.Enable(_keyId);
        SeenLate(() => Code(new EncryptRequest { KeyId = _keyId, Plaintext = [1] }), "DisabledException", "");
        _kms.Schedule(_keyId);
        SeenLate(() => _kms.Describe(_keyId).KeyState, KeyState.Enabled, KeyState.PendingDeletion);
    }

    [Fact]
    public void EachOfSeveralChanges_IsSeenInItsTurn()
    {
        _kms.Disable(_keyId);
        _kms.Step(TimeSpan.FromSeconds(30));
        _kms.Enable(_keyId);
        _kms.Step(TimeSpan.FromSeconds(29));
        Assert.Equal(KeyState.Enabled, _kms.Describe(_keyId).KeyState);
        _kms.Step(TimeSpan.FromSeconds(1));
        Assert.Equal(KeyState.Disabled, _kms.Describe(_keyId).KeyState);
        _kms.Step(TimeSpan.FromSeconds(29));
        Assert.Equal(KeyState.Disabled, _kms.Describe(_keyId).KeyState);
        _kms.Step(TimeSpan.FromSeconds(1));
        Assert.Equal(KeyState.Enabled, _kms.Describe(_keyId).KeyState);
    }

    [Fact]
    public void PolicyTagsDescriptionAndRotation_AreSeenAfterTheDelay()
    {
        string before = _kms.Call(new GetKeyPolicyRequest { KeyId = _keyId }).Policy;
        string policy = before.Replace("Enable IAM User Permissions", "changed", StringComparison.Ordinal);
        Assert.NotEqual(before, policy);
        _kms.Call(new PutKeyPolicyRequest { KeyId = _keyId, Policy = policy });
        SeenLate(() => _kms.Call(new GetKeyPolicyRequest { KeyId = _keyId }).Policy, before, policy);
        _kms.Call(new TagResourceRequest { KeyId = _keyId, Tags = [new Tag { TagKey = "team", TagValue = "blue" }] });
        SeenLate(() => _kms.Call(new ListResourceTagsRequest { KeyId = _keyId }).Tags.Length, 0, 1);
        _kms.Call(new UpdateKeyDescriptionRequest { KeyId = _keyId, Description = "changed" });
        SeenLate(() => _kms.Describe(_keyId).Description, "", "changed");
        _kms.Call(new EnableKeyRotationRequest { KeyId = _keyId });
        SeenLate(() => _kms.Call(new GetKeyRotationStatusRequest { KeyId = _keyId }).KeyRotationEnabled, false, true);
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = _keyId });
        SeenLate(() => _kms.Call(new ListKeyRotationsRequest { KeyId = _keyId }).Rotations.Length, 0, 1);
    }

    [Fact]
    public void RotateKeyOnDemand_EncryptsWithTheFormerMaterialUntilItIsSeen()
    {
        string former = _kms.Describe(_keyId).CurrentKeyMaterialId!;
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = _keyId });
        byte[] ciphertext = _kms.Encrypt(_keyId, 7, 8);
        Assert.Equal(former, _kms.Call(new DecryptRequest { CiphertextBlob = ciphertext }).KeyMaterialId);
        _kms.Step(TimeSpan.FromSeconds(60));
        Assert.NotEqual(former, _kms.Call(new DecryptRequest { CiphertextBlob = _kms.Encrypt(_keyId, 7) }).KeyMaterialId);
        Assert.Equal([7, 8], _kms.Decrypt(ciphertext));
    }

    [Fact]
    public void Alias_IsSeenAfterTheDelay()
    {
        string second = _kms.CreateKey().KeyId;
        _kms.Step(TimeSpan.FromSeconds(60));
        _kms.Alias("alias/b", _keyId);
        SeenLate(() => Code(new DescribeKeyRequest { KeyId = "alias/b" }), Missing, "");
        _kms.Call(new UpdateAliasRequest { AliasName = "alias/b", TargetKeyId = second });
        SeenLate(() => _kms.Describe("alias/b").KeyId, _keyId, second);
        _kms.Call(new UpdateAliasRequest { AliasName = "alias/b", TargetKeyId = _keyId });
        Assert.Equal(["alias/b"], AliasesOf(second));
        Assert.Empty(AliasesOf(_keyId));
        _kms.Step(TimeSpan.FromSeconds(60));
        Assert.Empty(AliasesOf(second));
        _kms.Alias("alias/a", _keyId);
        _kms.Call(new DeleteAliasRequest { AliasName = "alias/b" });
        SeenLate(() => string.Join(' ', AliasesOf(_keyId)), "alias/b", "alias/a");
        Assert.Equal(Missing, Code(new DescribeKeyRequest { KeyId = "alias/b" }));
    }

    [Fact]
    public void Grant_IsSeenAfterTheDelay()
    {
        string grantId = Grant(Alice).GrantId;
        SeenLate(() => GrantsOfKey().Contains(grantId), false, true);
        string second = Grant(Bob).GrantId;
        SeenLate(() => RetirableGrants().Contains(second), false, true);
        _kms.Call(new RevokeGrantRequest { KeyId = _keyId, GrantId = grantId });
        SeenLate(() => GrantsOfKey().Contains(grantId), true, false);
        _kms.Call(new RetireGrantRequest { KeyId = _keyId, GrantId = second });
        SeenLate(() => _kms.Call(new ListGrantsRequest { KeyId = _keyId, GrantId = second }).Grants.Length, 1, 0);
        Assert.Empty(RetirableGrants());
    }

    [Fact]
    public void GrantToken_MakesItsGrantCountAtOnce()
    {
        string old = Grant(Alice).GrantId;
        _kms.Step(TimeSpan.FromSeconds(60));
        CreateGrantResponse created = Grant(Bob);
        Assert.Equal([old], InForce(null));
        Assert.Equal([old, created.GrantId], InForce(null, created.GrantToken, created.GrantToken));
        Assert.Equal([created.GrantId], InForce(Bob, created.GrantToken));
        Assert.Empty(InForce(Bob));
        _kms.Step(TimeSpan.FromSeconds(60));
        Assert.Equal([created.GrantId], InForce(Bob));
        _kms.Call(new RevokeGrantRequest { KeyId = _keyId, GrantId = created.GrantId });
        Assert.Equal([created.GrantId], InForce(Bob, created.GrantToken));
        _kms.Step(TimeSpan.FromSeconds(60));
        Assert.Empty(InForce(Bob, created.GrantToken));
    }

    [Fact]
    public void ImportedMaterial_IsSeenAfterTheDelay()
    {
        string keyId = VisibleExternalKey();
        _kms.Import(keyId, Material);
        Assert.Equal("KMSInvalidStateException", Code(new EncryptRequest { KeyId = keyId, Plaintext = [1] }));
        SeenLate(() => _kms.Describe(keyId).KeyState, KeyState.PendingImport, KeyState.Enabled);
        Assert.Equal("", Code(new EncryptRequest { KeyId = keyId, Plaintext = [1] }));
    }

    [Fact]
    public void DeleteImportedKeyMaterial_DescribeKeySeesItLate_UsesAreRefusedAtOnce()
    {
        string keyId = VisibleExternalKey();
        _kms.Import(keyId, Material);
        _kms.Step(TimeSpan.FromSeconds(60));
        byte[] ciphertext = _kms.Encrypt(keyId, 5);
        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = keyId });
        _kms.Refuses(
            new DecryptRequest { CiphertextBlob = ciphertext },
            "KMSInvalidStateException",
            $"arn:aws:kms:us-east-1:111122223333:key/{keyId} is pending import.");
        SeenLate(() => _kms.Describe(keyId).KeyState, KeyState.Enabled, KeyState.PendingImport);

        // Bytes that are back serve calls that see them as never gone.
        _kms.Import(keyId, Material);
        _kms.Step(TimeSpan.FromSeconds(60));
        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = keyId });
        _kms.Import(keyId, Material);
        Assert.Equal([5], _kms.Decrypt(ciphertext));
    }

    [Fact]
    public void WhatFallsDue_IsSeenOneDelayAfterItsDate()
    {
        string keyId = VisibleExternalKey();
        DateTimeOffset validTo = _kms.Engine.UtcNow.AddDays(2);
        _kms.Import(keyId, Material, validTo);
        _kms.Engine.StepClock(validTo.AddSeconds(59));
        Assert.Equal(KeyState.Enabled, _kms.Describe(keyId).KeyState);
        Assert.Equal("KMSInvalidStateException", Code(new EncryptRequest { KeyId = keyId, Plaintext = [1] }));
        _kms.Engine.StepClock(validTo.AddSeconds(60));
        Assert.Equal(KeyState.PendingImport, _kms.Describe(keyId).KeyState);

        DateTimeOffset rotation = _kms.Engine.UtcNow.AddDays(90);
        _kms.Call(new EnableKeyRotationRequest { KeyId = _keyId, RotationPeriodInDays = 90 });
        _kms.Engine.StepClock(rotation.AddSeconds(59));
        Assert.Empty(_kms.Call(new ListKeyRotationsRequest { KeyId = _keyId }).Rotations);
        _kms.Engine.StepClock(rotation.AddSeconds(60));
        Assert.Single(_kms.Call(new ListKeyRotationsRequest { KeyId = _keyId }).Rotations);
    }

    [Fact]
    public void DeletedKey_IsSeenOneDelayLongerWithWhatItHad_AndNeverUsed()
    {
        _kms.Alias("alias/last", _keyId);
        string grantId = Grant(Alice).GrantId;
        byte[] ciphertext = _kms.Encrypt(_keyId, 1);
        DateTimeOffset deletion = _kms.Engine.UtcNow.AddDays(7);
        _kms.Schedule(_keyId);
        _kms.Engine.StepClock(deletion.AddSeconds(59));
        Assert.Equal(KeyState.PendingDeletion, _kms.Describe("alias/last").KeyState);
        Assert.Equal([grantId], GrantsOfKey());
        Assert.Equal([_keyId], _kms.Call(new ListKeysRequest()).Keys.Select(static key => key.KeyId));
        Assert.Equal("AccessDeniedException", Code(new DecryptRequest { CiphertextBlob = ciphertext }));
        Assert.Equal(Missing, Code(new EncryptRequest { KeyId = _keyId, Plaintext = [1] }));
        Assert.Equal(Missing, Code(new CancelKeyDeletionRequest { KeyId = _keyId }));
        _kms.Engine.StepClock(deletion.AddSeconds(60));
        Assert.Equal(Missing, Code(new DescribeKeyRequest { KeyId = _keyId }));
        Assert.Equal(Missing, Code(new DescribeKeyRequest { KeyId = "alias/last" }));
        Assert.Empty(_kms.Call(new ListKeysRequest()).Keys);
    }

    [Fact]
    public void Replica_IsSeenInBothRegionsAfterTheDelay()
    {
        string keyId = _kms.Call(new CreateKeyRequest { MultiRegion = true }).KeyMetadata.KeyId;
        _kms.Step(TimeSpan.FromSeconds(60));
        _kms.Call(new ReplicateKeyRequest { KeyId = keyId, ReplicaRegion = "us-west-2" });
        Assert.Equal("NotFoundException", _kms.Refused(new DescribeKeyRequest { KeyId = keyId }, "us-west-2").ErrorCode);
        SeenLate(() => _kms.Describe(keyId).MultiRegionConfiguration!.ReplicaKeys.Length, 0, 1);
        Assert.Equal(keyId, _kms.Call(new DescribeKeyRequest { KeyId = keyId }, "us-west-2").KeyMetadata.KeyId);
        _kms.Call(new UpdatePrimaryRegionRequest { KeyId = keyId, PrimaryRegion = "us-west-2" });
        SeenLate(() => _kms.Describe(keyId).MultiRegionConfiguration!.PrimaryKey.Region, "us-east-1", "us-west-2");
    }

    [Fact]
    public void CallsThatChangeSomething_SeeThePresent()
    {
        string keyId = _kms.CreateKey().KeyId;
        _kms.Alias("alias/new", keyId);
        Assert.Equal("AlreadyExistsException", Code(new CreateAliasRequest { AliasName = "alias/new", TargetKeyId = keyId }));
        _kms.Disable(keyId);
        Assert.Equal("DisabledException", Code(new RotateKeyOnDemandRequest { KeyId = keyId }));
        _kms.Schedule(keyId);
        Assert.Equal("KMSInvalidStateException", Code(new EnableKeyRequest { KeyId = keyId }));
        Assert.Equal(Missing, Code(new DescribeKeyRequest { KeyId = keyId }));
    }

    [Fact]
    public void ActsThatAreNoCalls_SeeThePresent()
    {
        string keyId = _kms.CreateKey("EXTERNAL").KeyId;
        Assert.Equal(keyId, Assert.Single(_kms.Engine.Preview(new DescribeKeyRequest { KeyId = keyId })).Key.KeyId);
        _kms.Engine.Alarms.Create("expiring", AlarmEvent.KeyMaterialExpiring, keyId);
        Assert.EndsWith(keyId, Assert.Single(_kms.Engine.Alarms.List()).KeyId, StringComparison.Ordinal);
        using IStateReader state = _kms.Engine.OpenReader();
        Assert.NotNull(state.FindKey("us-east-1", keyId));
    }

    [Fact]
    public void ManagedKeyOfAService_IsSeenByTheCallThatFirstNamesIt()
    {
        Assert.Equal("alias/aws/s3", _kms.Call(new DescribeKeyRequest { KeyId = "alias/aws/s3" }) is { } described
            && AliasesOf(described.KeyMetadata.KeyId) is [var name] ? name : "");
        Assert.Equal("", Code(new GetKeyRotationStatusRequest { KeyId = _kms.Describe("alias/aws/s3").KeyId }));
    }

    [Fact]
    public void Pages_OfAListingThatChangedSince_AreTheFormerOnes()
    {
        string[] former = [.. Enumerable.Range(0, 4).Select(_ => _kms.CreateKey().KeyId).Append(_keyId).Order(StringComparer.Ordinal)];
        _kms.Step(TimeSpan.FromSeconds(60));
        for (int i = 0; i < 5; i++)
        {
            _kms.CreateKey();
        }

        List<string> listed = [];
        ListKeysResponse? page = null;
        do
        {
            page = _kms.Call(new ListKeysRequest { Limit = 2, Marker = page?.NextMarker });
            listed.AddRange(page.Keys.Select(static key => key.KeyId));
        }
        while (page.Truncated);

        Assert.Equal(former, listed);
        _kms.Step(TimeSpan.FromSeconds(60));
        Assert.Equal(10, _kms.Call(new ListKeysRequest()).Keys.Length);
    }

    [Fact]
    public void DelayOfZero_ShowsThePresentAtOnce_AndALaterDelayDoesNotBringBackThePast()
    {
        _kms.Disable(_keyId);
        string keyId = _kms.CreateKey().KeyId;
        Assert.Equal(KeyState.Enabled, _kms.Describe(_keyId).KeyState);
        _kms.Engine.SetConsistencyDelay(0);
        Assert.Equal(KeyState.Disabled, _kms.Describe(_keyId).KeyState);
        Assert.Equal("", Code(new DescribeKeyRequest { KeyId = keyId }));
        _kms.Engine.SetConsistencyDelay(60);
        Assert.Equal(KeyState.Disabled, _kms.Describe(_keyId).KeyState);
        Assert.Equal("", Code(new DescribeKeyRequest { KeyId = keyId }));
    }

    [Fact]
    public void LongerDelay_DoesNotBringBackThePast_AShorterOneShowsMoreAtOnce()
    {
        _kms.Disable(_keyId);
        _kms.Step(TimeSpan.FromSeconds(60));
        _kms.Engine.SetConsistencyDelay(300);
        Assert.Equal(KeyState.Disabled, _kms.Describe(_keyId).KeyState);
        _kms.Enable(_keyId);
        _kms.Step(TimeSpan.FromSeconds(299));
        Assert.Equal(KeyState.Disabled, _kms.Describe(_keyId).KeyState);
        _kms.Engine.SetConsistencyDelay(299);
        Assert.Equal(KeyState.Enabled, _kms.Describe(_keyId).KeyState);
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(301)]
    public void SetConsistencyDelay_OutOfRange_IsRefusedAndRecorded(int seconds)
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => _kms.Engine.SetConsistencyDelay(seconds));
        Assert.Equal(60, _kms.Engine.ConsistencyDelayInSeconds);
        AuditEvent refused = _kms.Events("SetConsistencyDelay")[^1];
        Assert.Equal("ValidationException", refused.ErrorCode);
    }

    [Fact]
    public void SetConsistencyDelay_IsRecordedWithWhatItWas()
    {
        _kms.Engine.SetConsistencyDelay(300);
        Assert.Equal(300, _kms.Engine.ConsistencyDelayInSeconds);
        AuditEvent recorded = _kms.Events("SetConsistencyDelay")[^1];
        Assert.Equal("300", recorded.RequestParameters!["seconds"]);
        Assert.Equal("60", recorded.AdditionalEventData!["from"]);
    }

    [Fact]
    public void OtherEngineOnTheStore_SeesTheSame()
    {
        using KmsEngine other = _kms.Open();
        other.Execute(new DisableKeyRequest { KeyId = _keyId });
        SeenLate(
            () => (_kms.Describe(_keyId).KeyState, StateIn(other)),
            (KeyState.Enabled, KeyState.Enabled),
            (KeyState.Disabled, KeyState.Disabled));
        other.Execute(new EnableKeyRequest { KeyId = _keyId });
        other.SetConsistencyDelay(0);
        Assert.Equal(KeyState.Enabled, _kms.Describe(_keyId).KeyState);
    }

    [Fact]
    public void RealClock_ChangeIsSeenWhenTimePassesWithoutACommit()
    {
        string folder = Path.Combine(Path.GetTempPath(), "kmstools-test-" + Guid.NewGuid().ToString("N"));
        MovedClock clock = new();
        using KmsEngine engine = new(
            new StoreFactory().Open(TestStores.At(new StateStoreOptions { Folder = folder, Temporary = true })),
            static () => throw new NotSupportedException(),
            static () => throw new NotSupportedException(),
            clock);
        string keyId = engine.Execute(new CreateKeyRequest()).KeyMetadata.KeyId;
        engine.SetConsistencyDelay(10);
        engine.Execute(new DisableKeyRequest { KeyId = keyId });
        clock.Now += TimeSpan.FromMilliseconds(4_000);
        engine.Execute(new EnableKeyRequest { KeyId = keyId });
        clock.Now += TimeSpan.FromMilliseconds(5_999);
        Assert.Equal(KeyState.Enabled, engine.Execute(new DescribeKeyRequest { KeyId = keyId }).KeyMetadata.KeyState);
        clock.Now += TimeSpan.FromMilliseconds(1);
        Assert.Equal(KeyState.Disabled, engine.Execute(new DescribeKeyRequest { KeyId = keyId }).KeyMetadata.KeyState);
        clock.Now += TimeSpan.FromMilliseconds(3_999);
        Assert.Equal(KeyState.Disabled, engine.Execute(new DescribeKeyRequest { KeyId = keyId }).KeyMetadata.KeyState);
        clock.Now += TimeSpan.FromMilliseconds(1);
        Assert.Equal(KeyState.Enabled, engine.Execute(new DescribeKeyRequest { KeyId = keyId }).KeyMetadata.KeyState);
    }

    private void SeenLate<T>(Func<T> read, T before, T after)
    {
        Assert.Equal(before, read());
        _kms.Step(TimeSpan.FromSeconds(59));
        Assert.Equal(before, read());
        _kms.Step(TimeSpan.FromSeconds(1));
        Assert.Equal(after, read());
    }

    private string Code<T>(IKmsRequest<T> request)
        where T : class
    {
        try
        {
            _kms.Call(request);
            return "";
        }
        catch (KmsException exception)
        {
            return exception.ErrorCode;
        }
    }

    private KeyState StateIn(KmsEngine engine) => engine.Execute(new DescribeKeyRequest { KeyId = _keyId }).KeyMetadata.KeyState;

    private string VisibleExternalKey()
    {
        string keyId = _kms.CreateKey("EXTERNAL").KeyId;
        _kms.Step(TimeSpan.FromSeconds(60));
        return keyId;
    }

    private string[] AliasesOf(string keyId) =>
        [.. _kms.Call(new ListAliasesRequest { KeyId = keyId }).Aliases.Select(static alias => alias.AliasName)];

    private string[] GrantsOfKey() => [.. _kms.Call(new ListGrantsRequest { KeyId = _keyId }).Grants.Select(static grant => grant.GrantId)];

    private string[] RetirableGrants() =>
        [.. _kms.Call(new ListRetirableGrantsRequest { RetiringPrincipal = Alice }).Grants.Select(static grant => grant.GrantId)];

    private CreateGrantResponse Grant(string grantee) => _kms.Call(new CreateGrantRequest
    {
        KeyId = _keyId,
        GranteePrincipal = grantee,
        RetiringPrincipal = grantee == Bob ? Alice : null,
        Operations = ["Decrypt"],
    });

    // What the authorization of a call with these tokens is given.
    private string[] InForce(string? grantee, params string[] tokens)
    {
        EncryptRequest request = new() { KeyId = _keyId, Plaintext = [1], GrantTokens = tokens };
        Operation operation = OperationCatalog.ForRequest(request);
        using OperationContext context = new(_kms.Engine.Services, operation, request, KmsFixture.CallerIn(null)) { SeesPast = true };
        SnapshotCache snapshots = new(_kms.Engine.Store, static _ => { });
        context.Use(snapshots.OpenPast(_kms.Engine.UtcNow, usesMaterial: false));
        Key key = context.State.FindKey("us-east-1", _keyId)!;
        GrantPrincipal? principal = grantee is null ? null : new GrantPrincipal(grantee, IsService: false);
        return [.. GrantRules.InForce(context, key, principal).Select(static grant => grant.GrantId)];
    }

    private sealed class MovedClock : TimeProvider
    {
        public DateTimeOffset Now { get; set; } = new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero);

        public override DateTimeOffset GetUtcNow() => Now;
    }
}
