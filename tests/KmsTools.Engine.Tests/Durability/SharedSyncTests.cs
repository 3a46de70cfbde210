using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.Durability;

/// <summary>What waits for the sync of a change, and what does not. Each test runs in a process whose syncs it holds.</summary>
public sealed class SharedSyncTests
{
    private const int Changes = 40;

    [Fact]
    public Task AnswerOfAChange_SyncIsHeld_WaitsAndOtherCallsGoOn() => GatedProcess.PlayAsync(static kms =>
    {
        string known = kms.CreateKey().KeyId;
        string cold = kms.CreateKey().KeyId;
        kms.Encrypt(known);
        long version = kms.Engine.Store.ReadVersion();

        GatedProcess.Hold();
        Task change = Run(() => kms.Call(new UpdateKeyDescriptionRequest { KeyId = known, Description = "new" }));
        GatedProcess.AwaitHeld();

        // The key that is changed as it was, and another one that was never read.
        Assert.Equal("", kms.Describe(known).Description);
        kms.Encrypt(known);
        kms.Encrypt(cold);
        Assert.Equal(version, kms.Engine.Store.ReadVersion());
        Assert.False(change.IsCompleted);

        GatedProcess.Release();
        change.GetAwaiter().GetResult();
        Assert.Equal("new", kms.Describe(known).Description);
    });

    [Fact]
    public Task ReadPastTheCaches_SyncIsHeld_IsNotAnsweredWithTheChange() => GatedProcess.PlayAsync(static kms =>
    {
        string key = kms.CreateKey().KeyId;
        GatedProcess.Hold();
        Task change = Run(() => kms.Call(new CreateAliasRequest { AliasName = "alias/new", TargetKeyId = key }));
        GatedProcess.AwaitHeld();

        Task<KeyMetadata> describe = Run(() => kms.Describe("alias/new"));
        Task<ListAliasesResponse> list = Run(() => kms.Call(new ListAliasesRequest { KeyId = key }));
        Task<KmsException> refusal = Run(() => kms.Refused(new CreateAliasRequest { AliasName = "alias/new", TargetKeyId = key }));
        Task.Delay(200).GetAwaiter().GetResult();
        Assert.Equal((false, false, false, false), (change.IsCompleted, describe.IsCompleted, list.IsCompleted, refusal.IsCompleted));

        GatedProcess.Release();
        change.GetAwaiter().GetResult();
        Assert.Equal(key, describe.GetAwaiter().GetResult().KeyId);
        Assert.Equal("alias/new", Assert.Single(list.GetAwaiter().GetResult().Aliases).AliasName);
        Assert.Equal("AlreadyExistsException", refusal.GetAwaiter().GetResult().ErrorCode);
    });

    [Fact]
    public Task DestructionOfMaterial_SyncIsHeld_Waits() => GatedProcess.PlayAsync(static kms =>
    {
        string key = kms.CreateKey("EXTERNAL").KeyId;
        kms.Call(kms.Importing(key, new byte[32]));
        kms.Encrypt(key);

        GatedProcess.Hold();
        Task deletion = Run(() => kms.Call(new DeleteImportedKeyMaterialRequest { KeyId = key }));
        GatedProcess.AwaitHeld();
        Assert.False(deletion.IsCompleted);

        GatedProcess.Release();
        deletion.GetAwaiter().GetResult();
        Assert.Equal("KMSInvalidStateException", kms.Refused(new EncryptRequest { KeyId = key, Plaintext = [1] }).ErrorCode);
    });

    [Fact]
    public Task ManyChanges_SyncIsHeld_ShareTheNextAndHoldNoThread() => GatedProcess.PlayAsync(static kms =>
    {
        kms.CreateKey();
        long before = NewestCommit(kms);
        GatedProcess.Hold();
        Task first = Run(() => kms.CreateKey());
        GatedProcess.AwaitHeld();
        long syncs = GatedProcess.Count;

        // All from this thread: none of them blocks it.
        CreateKeyRequest request = new();
        Operation create = OperationCatalog.ForRequest(request);
        Task[] others = [.. Enumerable.Range(0, Changes).Select(_ => kms.Engine.ExecuteAsync(create, request))];
        Assert.Equal(before + 1 + Changes, NewestCommit(kms));
        Assert.DoesNotContain(others, static other => other.IsCompleted);

        GatedProcess.Release();
        first.GetAwaiter().GetResult();
        Task.WaitAll(others);
        Assert.Equal(syncs + 2, GatedProcess.Count);
    });

    [Fact]
    public Task AnswerOfAChange_SyncFails_IsAnErrorAndTheNextCallTriesAgain() => GatedProcess.PlayAsync(static kms =>
    {
        string key = kms.CreateKey().KeyId;
        Assert.Equal("", kms.Describe(key).Description);
        GatedProcess.Fail(true);
        KmsException error = kms.Refused(new UpdateKeyDescriptionRequest { KeyId = key, Description = "new" });
        Assert.Equal("KMSInternalException", error.ErrorCode);
        Assert.Contains("state.db-wal' could not be written to the disk", error.Message, StringComparison.Ordinal);
        Assert.Equal("KMSInternalException", kms.Refused(new DescribeKeyRequest { KeyId = key }).ErrorCode);

        GatedProcess.Fail(false);
        Assert.Equal("new", kms.Describe(key).Description);
        kms.Call(new UpdateKeyDescriptionRequest { KeyId = key, Description = "newer" });
        Assert.Equal("newer", kms.Describe(key).Description);
    });

    private static long NewestCommit(KmsFixture kms)
    {
        using IStateReader reader = kms.Engine.Store.OpenReader();
        return reader.ReadChanges(null).Number;
    }

    // On a thread of its own: it waits for syncs that are held.
    private static Task<T> Run<T>(Func<T> call) => Task.Factory.StartNew(
        call, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
}
