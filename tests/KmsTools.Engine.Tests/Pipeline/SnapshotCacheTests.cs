using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Pipeline;

public sealed class SnapshotCacheTests : IDisposable
{
    private readonly KmsFixture _kms = new();
    private readonly List<string?> _forgotten = [];
    private readonly SnapshotCache _cache;

    public SnapshotCacheTests()
    {
        _cache = new SnapshotCache(_kms.Engine.Store, _forgotten.Add);
        _cache.Open().Dispose();
        _forgotten.Clear();
    }

    public void Dispose() => _kms.Dispose();

    [Fact]
    public void FindKey_OtherKeyHasChanged_IsTheSameValue()
    {
        string key = _kms.CreateKey().KeyId;
        string other = _kms.CreateKey().KeyId;
        Key before = FindKey(key);
        _kms.Call(new UpdateKeyDescriptionRequest { KeyId = other, Description = "x" });
        Assert.Same(before, FindKey(key));
        Assert.Equal("x", FindKey(other).Description);
    }

    [Fact]
    public void FindKey_ChangedByAnotherEngine_IsTheNewValue()
    {
        string key = _kms.CreateKey().KeyId;
        Assert.Equal("", FindKey(key).Description);
        using KmsEngine other = _kms.Open();
        other.Execute(new UpdateKeyDescriptionRequest { KeyId = key, Description = "x" });
        Assert.Equal("x", FindKey(key).Description);
    }

    [Fact]
    public void FindKey_ChangedInAnotherTransaction_IsRememberedOnlyIfNothingHasChangedSinceItWasRead()
    {
        string key = _kms.CreateKey().KeyId;
        using IStateReader slow = _cache.Open();
        _ = slow.CountKeys("us-east-1");
        _kms.Call(new UpdateKeyDescriptionRequest { KeyId = key, Description = "x" });
        _cache.Open().Dispose();

        // Its view is of before the change.
        Assert.Equal("", slow.FindKey("us-east-1", key)!.Description);
        Assert.Equal("x", FindKey(key).Description);
    }

    [Fact]
    public void FindKey_RelatedKeyIsCreatedAndChanged_ShowsIt()
    {
        string key = _kms.Call(new CreateKeyRequest { MultiRegion = true }).KeyMetadata.KeyId;
        Assert.Empty(FindKey(key).RelatedKeys);
        _kms.Call(new ReplicateKeyRequest { KeyId = key, ReplicaRegion = "eu-west-1" });
        Assert.Equal("eu-west-1", Assert.Single(FindKey(key).RelatedKeys).Region);
        _kms.Call(new UpdatePrimaryRegionRequest { KeyId = key, PrimaryRegion = "eu-west-1" });
        Assert.Equal(MultiRegionKeyType.PRIMARY, Assert.Single(FindKey(key).RelatedKeys).Type);
    }

    [Fact]
    public void FindAlias_KeyIsDeleted_IsGoneWithIt()
    {
        string key = _kms.CreateKey().KeyId;
        _kms.Call(new CreateAliasRequest { AliasName = "alias/a", TargetKeyId = key });
        Assert.Equal(key, FindAlias()!.TargetKeyId);
        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = key, PendingWindowInDays = 7 });
        _kms.StepDays(8);
        _kms.Engine.ProcessDue();
        Assert.Null(FindAlias());

        KeyAlias? FindAlias()
        {
            using IStateReader state = _cache.Open();
            return state.FindAlias("us-east-1", "alias/a");
        }
    }

    [Fact]
    public void Open_MaterialIsDestroyed_ForgetsOnlyThat()
    {
        string key = _kms.CreateKey("EXTERNAL").KeyId;
        _kms.Call(_kms.Importing(key, new byte[32]));
        string material = FindKey(key).CurrentMaterial!.KeyMaterialId;
        _kms.CreateKey();
        _ = FindKey(key);
        Assert.Empty(_forgotten);
        Assert.NotNull(_cache.FindBytes(FindKey(key), material));

        _kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key });

        Assert.Null(_cache.FindBytes(FindKey(key), material));
        Assert.Equal([material], _forgotten);
    }

    [Fact]
    public void Open_KeyIsDeleted_ForgetsItsMaterials()
    {
        string key = _kms.CreateKey().KeyId;
        string first = FindKey(key).CurrentMaterial!.KeyMaterialId;
        _kms.Call(new RotateKeyOnDemandRequest { KeyId = key });
        string second = FindKey(key).CurrentMaterial!.KeyMaterialId;
        Assert.Empty(_forgotten);
        _kms.Call(new ScheduleKeyDeletionRequest { KeyId = key, PendingWindowInDays = 7 });
        _kms.StepDays(8);
        _kms.Engine.ProcessDue();
        _cache.Open().Dispose();
        Assert.Equal(new[] { first, second }.Order(), _forgotten.Order());
    }

    [Fact]
    public void Open_MoreCommitsThanAreKept_ForgetsEverything()
    {
        string key = _kms.CreateKey().KeyId;
        Key before = FindKey(key);
        for (int i = 0; i < 600; i++)
        {
            using IStateTransaction transaction = _kms.Engine.Store.BeginTransaction();
            transaction.Commit();
        }

        Assert.NotSame(before, FindKey(key));
        Assert.Equal([null], _forgotten);
    }

    [Fact]
    public void ReadSettings_Changed_AreNew()
    {
        Assert.Equal(KmsFixture.Start, Read(static state => state.ReadSimulatedTime()));
        _kms.StepDays(1);
        Assert.Equal(KmsFixture.Start.AddDays(1), Read(static state => state.ReadSimulatedTime()));
        long revision = Read(static state => state.ReadAuthorizationRevision());
        _kms.Engine.SetConsistencyDelay(5);
        Assert.Equal(5, Read(static state => state.ReadConsistencyDelay()));
        Assert.Equal(revision, Read(static state => state.ReadAuthorizationRevision()));
    }

    [Fact]
    public void FindAccessKey_Removed_IsGone()
    {
        string id = _kms.Engine.AccessKeys.Create().AccessKeyId;
        Assert.NotNull(Read(state => state.FindAccessKey(id)));
        _kms.Engine.AccessKeys.Remove(id);
        Assert.Null(Read(state => state.FindAccessKey(id)));
    }

    private Key FindKey(string keyId) => Read(state => state.FindKey("us-east-1", keyId))!;

    private T Read<T>(Func<IStateReader, T> read)
    {
        using IStateReader state = _cache.Open();
        return read(state);
    }
}
