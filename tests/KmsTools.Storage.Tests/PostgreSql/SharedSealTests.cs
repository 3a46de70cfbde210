using System.Security.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.RootKeys;

namespace KmsTools.Storage.Tests;

/// <summary>The root key of a store that machines share while it is sealed: the sealed content is in the database.</summary>
public sealed class SharedSealTests : SharedStoreFixture
{
    private static readonly RecoveryKey s_one = RecoveryKey.Create();
    private static readonly RecoveryKey s_two = RecoveryKey.Create();

    [Fact]
    public void SealRootKey_Committed_OpensWithTheSealOnlyAndNoKeyIsLeftInClear()
    {
        byte[] clear;
        using (IStateStore store = OpenNode(One))
        {
            clear = File.ReadAllBytes(One);
            Seal(store, s_one);
            Insert(store, "key-1");
            store.Probe();
        }

        AssertNowhere(clear);
        Assert.Equal(["one.key", "one.key.lock"], FilesOf(One));
        Assert.Equal(Convert.ToHexStringLower(File.ReadAllBytes(One)), Query("SELECT encode(content, 'hex') FROM root_key_file"));
        AssertIsPrivate(One);
        StateStoreException refused = Assert.Throws<StateStoreException>(() => OpenNode(One));
        Assert.Equal($"The store '{Location}' is sealed, and was not unlocked.", refused.Message);
        Assert.Equal(SealFault.Locked, refused.SealFault);
        Assert.Equal(SealFault.WrongRecoveryKey, Assert.Throws<StateStoreException>(() => OpenWith(s_two, One)).SealFault);
        OpenWith(s_one, One).Dispose();

        // A machine without any file.
        using IStateStore other = OpenWith(s_one, root: null);
        Assert.NotNull(Read(other, static reader => reader.FindKey(Region, "key-1")));
        Rotate(other);
        Assert.Equal([2], other.RootKey.Held);
        Assert.Equal([SealSlotKind.RECOVERY_KEY], other.ReadSeal()!.Slots.Select(static slot => slot.Kind));
    }

    [Fact]
    public void SealRootKey_NotCommitted_IsAsBefore()
    {
        using IStateStore store = OpenNode(One);
        byte[] clear = File.ReadAllBytes(One);
        SealWithoutCommit(store, s_one);
        Assert.Equal(clear, File.ReadAllBytes(One));
        Assert.Equal("0", Query("SELECT count(*) FROM root_key_file"));
        Assert.Null(store.ReadSeal());
        Assert.Null(store.CopySealKey());
        Seal(store, s_one);
        byte[] first = File.ReadAllBytes(One);
        SealWithoutCommit(store, s_two);
        using (IStateTransaction transaction = store.BeginTransaction())
        {
            transaction.UnsealRootKey();
        }

        Assert.Equal(first, File.ReadAllBytes(One));
        Assert.Equal(Convert.ToHexStringLower(first), Query("SELECT encode(content, 'hex') FROM root_key_file"));
        Assert.Equal(["one.key", "one.key.lock"], FilesOf(One));
        Rotate(store);
        store.Dispose();
        OpenWith(s_one, One).Dispose();
    }

    [Fact]
    public void UnsealRootKey_Committed_ThisMachineHasAFileAgain()
    {
        using (IStateStore store = OpenNode(One))
        {
            Seal(store, s_one);
            Rotate(store);
        }

        File.Delete(One);
        using (IStateStore store = OpenWith(s_one, root: null))
        {
            AssertRefused(
                SharedStoreFault.RootKeyFileMissing,
                $"The store '{Location}' is not sealed: each machine that uses it needs a file with its root key, and none was named.",
                () => Unsealing(store));
            Assert.NotNull(store.ReadSeal());
        }

        using (IStateStore store = OpenWith(s_one, One))
        {
            using (IStateTransaction transaction = store.BeginTransaction())
            {
                transaction.UnsealRootKey();
                Assert.True(File.Exists(One));
            }

            Assert.False(File.Exists(One));
            Unseal(store);
            Assert.Null(store.ReadSeal());
            Assert.Null(store.CopySealKey());
        }

        Assert.Equal("0", Query("SELECT count(*) FROM root_key_file"));
        Assert.Equal(8 + 36 + 32, new FileInfo(One).Length);
        AssertIsPrivate(One);
        using IStateStore opened = OpenNode(One);
        Assert.Equal([2], opened.RootKey.Held);
    }

    // It may be all that another store has.
    [Fact]
    public void UnsealRootKey_FileIsOfAnotherStore_IsRefused()
    {
        using IStateStore store = OpenNode(One);
        Seal(store, s_one);
        byte[] foreign = RandomNumberGenerator.GetBytes(32);
        File.WriteAllBytes(One, foreign);
        Assert.Equal(
            $"'{One}' is there already, and not a key of the store '{Location}' as it is now. Nothing was changed. Move the file away, or "
                + "name another one.",
            Assert.Throws<StateStoreException>(() => Unsealing(store).Dispose()).Message);
        Seal(store, s_two);
        Assert.Equal(foreign, File.ReadAllBytes(One));
        store.Dispose();
        using IStateStore opened = OpenWith(s_two, One);
        Assert.Equal(foreign, File.ReadAllBytes(One));
        File.Delete(One);
        Unseal(opened);
    }

    // What a process has in memory is enough for it to go on, whatever others do with the seal.
    [Fact]
    public void Seal_OtherMachineIsUp_GoesOnAndSealsItsFile()
    {
        using IStateStore one = OpenNode(One);
        CopyFile();
        byte[] clear = File.ReadAllBytes(One);
        using IStateStore other = OpenNode(Other);
        Seal(one, s_one);
        Insert(other, "key-1");
        WaitUntil(OtherHasOnlyWhatIsSealed);
        AssertNowhere(clear);
        Rotate(other);
        Insert(one, "key-2");
        WaitUntil(() => one.RootKey.Held is [2]);
        Seal(other, s_two);
        Rotate(one);
        Insert(other, "key-3");
        Unseal(other);
        Rotate(one);
        Insert(other, "key-4");
        WaitUntil(() => one.RootKey.Held is [4] && other.RootKey.Held is [4]);
        one.Probe();
        other.Probe();
        Assert.Equal(4, Read(one, static reader => reader.CountKeys(Region)));
        Assert.Equal("0", Query("SELECT count(*) FROM root_key_file"));
    }

    // It looks once a second: by then the sealed content has nothing any more of what its file has.
    [Fact]
    public void Seal_OtherMachineIsUpAndTheRootKeyIsRotatedBeforeItLooks_ItsFileIsSealed()
    {
        using IStateStore one = OpenNode(One);
        CopyFile();
        byte[] clear = File.ReadAllBytes(Other);
        using IStateStore other = OpenNode(Other);
        Seal(one, s_one);
        Rotate(one);
        WaitUntil(OtherHasOnlyWhatIsSealed);
        AssertNowhere(clear);
        OpenWith(s_one, Other).Dispose();
    }

    // One that has slept through the seal and the whole rotation after it.
    [Fact]
    public void Seal_OtherMachineWasAwayUntilItsGenerationWasGone_OpensWithTheSeal()
    {
        using IStateStore store = OpenNode(One);
        CopyFile();
        byte[] clear = File.ReadAllBytes(Other);
        Seal(store, s_one);
        Rotate(store);
        Assert.Equal(SealFault.Locked, Assert.Throws<StateStoreException>(() => OpenNode(Other)).SealFault);
        using IStateStore other = OpenWith(s_one, Other);
        Insert(other, "key-1");

        // That it was of this store cannot be known any more.
        Assert.Equal(clear, File.ReadAllBytes(Other));
        Assert.Equal([2], other.RootKey.Held);
    }

    [Fact]
    public void Open_FileInClearWasLeftWhenTheStoreWasSealed_IsSealedToo()
    {
        byte[] clear;
        using (IStateStore store = OpenNode(One))
        {
            CopyFile();
            clear = File.ReadAllBytes(Other);
            Seal(store, s_one);
        }

        OpenWith(s_one, Other).Dispose();
        AssertNowhere(clear);
        Assert.Equal(File.ReadAllBytes(One), File.ReadAllBytes(Other));
    }

    // A backup of the database from before the store was sealed, or a server that has lost that change.
    [Fact]
    public void Open_DatabaseIsFromBeforeItWasSealed_TheSealOpensTheFile()
    {
        using (IStateStore store = OpenNode(One))
        {
            Seal(store, s_one);
        }

        Query("DELETE FROM root_key_file");
        Assert.Equal(SealFault.Locked, Assert.Throws<StateStoreException>(() => OpenNode(One)).SealFault);
        using (IStateStore store = OpenWith(s_one, One))
        {
            Rotate(store);
        }

        OpenWith(s_one, One).Dispose();
        Assert.True(IsSealed(One));
    }

    [Fact]
    public void Open_SealedRootKeyIsDamaged_IsRefused()
    {
        using (IStateStore store = OpenNode(One))
        {
            Seal(store, s_one);
        }

        Query("UPDATE root_key_file SET content = set_byte(content, 40, get_byte(content, 40) # 1)");
        Assert.Equal(
            $"The sealed root key in the database of the store '{Location}' (table root_key_file) is damaged. Restore the database from a "
                + "backup.",
            Assert.Throws<StateStoreException>(() => OpenWith(s_one, One)).Message);
    }

    // The process died after the commit, and before it could delete what the file was before.
    [Fact]
    public void Open_FormerFileIsLeft_IsDeleted()
    {
        byte[] clear;
        using (IStateStore store = OpenNode(One))
        {
            clear = File.ReadAllBytes(One);
            using SealKey key = SealKey.Generate();
            Seal seal = Sealing.Seal.Create(key, new RecoveryKeyOpener(s_one));
            Write(store, transaction => transaction.SealRootKey(seal, key));
            Assert.Equal(clear, File.ReadAllBytes(One + "-new"));
        }

        OpenWith(s_one, One).Dispose();
        Assert.Equal(["one.key", "one.key.lock"], FilesOf(One));
        AssertNowhere(clear);
    }

    // The former file is there for a moment beside the one that has replaced it.
    private bool OtherHasOnlyWhatIsSealed() => IsSealed(Other) && FilesOf(Other) is ["other.key", "other.key.lock"];

    private static bool IsSealed(string file) => SealedRootKey.IsSealed(File.ReadAllBytes(file));

    private static IStateTransaction Unsealing(IStateStore store)
    {
        using IStateTransaction transaction = store.BeginTransaction();
        transaction.UnsealRootKey();
        return transaction;
    }

    private static void Seal(IStateStore store, RecoveryKey recoveryKey)
    {
        using SealKey key = SealKey.Generate();
        Seal seal = Sealing.Seal.Create(key, new RecoveryKeyOpener(recoveryKey));
        Write(store, transaction => transaction.SealRootKey(seal, key));
        store.ForgetFormerRootKeyFile();
    }

    private static void SealWithoutCommit(IStateStore store, RecoveryKey recoveryKey)
    {
        using SealKey key = SealKey.Generate();
        Seal seal = Sealing.Seal.Create(key, new RecoveryKeyOpener(recoveryKey));
        using IStateTransaction transaction = store.BeginTransaction();
        transaction.SealRootKey(seal, key);
    }

    private static void Unseal(IStateStore store)
    {
        Write(store, static transaction => transaction.UnsealRootKey());
        store.ForgetFormerRootKeyFile();
    }

    private IStateStore OpenWith(RecoveryKey recoveryKey, string? root) =>
        OpenNode(Options(root) with { Unlock = seal => seal.Open(new RecoveryKeyOpener(recoveryKey)) });

    private void AssertNowhere(byte[] secret)
    {
        foreach (string file in Directory.GetFiles(Folder, "*", SearchOption.AllDirectories))
        {
            byte[] content = File.ReadAllBytes(file);
            for (int part = 0; part < secret.Length; part += 16)
            {
                Assert.True(content.AsSpan().IndexOf(secret.AsSpan(part, 16)) < 0, file);
            }
        }

        Assert.DoesNotContain(
            Convert.ToHexStringLower(secret.AsSpan(0, 16)),
            Query("SELECT coalesce(string_agg(encode(content, 'hex'), ''), '') FROM root_key_file"),
            StringComparison.Ordinal);
    }
}
