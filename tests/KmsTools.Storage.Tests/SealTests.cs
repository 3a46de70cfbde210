using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.RootKeys;

namespace KmsTools.Storage.Tests;

/// <summary>root.key under a seal, as processes on a store see it.</summary>
[OnEveryStore]
public sealed class SealTests : StoreFixture
{
    private static readonly DateTimeOffset s_time = Time("2026-03-04T05:06:07Z");
    private static readonly RecoveryKey s_one = RecoveryKey.Create();
    private static readonly RecoveryKey s_two = RecoveryKey.Create();

    private string RootKeyFile => Path.Combine(Folder, "root.key");

    [Fact]
    [InFolder]
    public void SealRootKey_Committed_OpensWithTheSealOnlyAndNothingIsLeftInClear()
    {
        byte[] bytes;
        byte[] wrapped;
        using (IStateStore store = Open())
        {
            bytes = File.ReadAllBytes(RootKeyFile);
            wrapped = store.RootKey.Wrap([1], "x");
            Insert(store, "key-1");
            Seal(store, s_one);
            Assert.False(File.Exists(RootKeyFile + "-new"));
            store.RootKey.Unwrap(wrapped, "x").Dispose();
            Insert(store, "key-2");
            store.Probe();
            Assert.Empty(Findings(store));
        }

        Assert.Equal("KMSTLOCK"u8, File.ReadAllBytes(RootKeyFile).AsSpan(0, 8));
        AssertNowhere(bytes);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(RootKeyFile));
        }

        Dictionary<string, string> before = Hashes();
        StateStoreException refused = Assert.Throws<StateStoreException>(() => Open());
        Assert.Equal($"The store '{Folder}' is sealed, and was not unlocked.", refused.Message);
        Assert.Equal((SealFault.Locked, "The store is sealed, and was not unlocked."), (refused.SealFault, refused.Reason));
        Assert.Equal(
            SealFault.WrongRecoveryKey, Assert.Throws<StateStoreException>(() => OpenWith(s_two)).SealFault);
        Assert.Equal(before, Hashes());
        using IStateStore opened = OpenWith(s_one);
        opened.RootKey.Unwrap(wrapped, "x").Dispose();
        Assert.NotNull(Read(opened, static reader => reader.FindKey(Region, "key-2")));
        Assert.Equal([SealSlotKind.RECOVERY_KEY], opened.ReadSeal()!.Slots.Select(static slot => slot.Kind));
    }

    [Fact]
    [InFolder]
    public void SealRootKey_Again_FormerSealOpensNothing()
    {
        using (IStateStore store = Open())
        {
            Seal(store, s_one);
            string first = store.ReadSeal()!.Id;
            Seal(store, s_two);
            Assert.NotEqual(first, store.ReadSeal()!.Id);
        }

        Assert.Equal(SealFault.WrongRecoveryKey, Assert.Throws<StateStoreException>(() => OpenWith(s_one)).SealFault);
        OpenWith(s_two).Dispose();
    }

    [Fact]
    [InFolder]
    public void SealRootKey_NotCommitted_IsAsBefore()
    {
        using IStateStore store = Open();
        byte[] clear = File.ReadAllBytes(RootKeyFile);
        SealWithoutCommit(store, s_one);
        Assert.Equal(clear, File.ReadAllBytes(RootKeyFile));
        Assert.Null(store.ReadSeal());
        Assert.Null(store.CopySealKey());
        Seal(store, s_one);
        byte[] first = File.ReadAllBytes(RootKeyFile);
        SealWithoutCommit(store, s_two);
        using (IStateTransaction transaction = store.BeginTransaction())
        {
            transaction.UnsealRootKey();
        }

        Assert.Equal(first, File.ReadAllBytes(RootKeyFile));
        Assert.False(File.Exists(RootKeyFile + "-new"));

        // The key of the seal is that of the file again.
        Rotate(store);
        store.Dispose();
        OpenWith(s_one).Dispose();
    }

    [Fact]
    [InFolder]
    public void UnsealRootKey_Committed_OpensWithoutAnything()
    {
        using (IStateStore store = Open())
        {
            Seal(store, s_one);
            Unseal(store);
            Assert.Null(store.ReadSeal());
            Assert.Null(store.CopySealKey());
            using IStateTransaction transaction = store.BeginTransaction();
            Assert.Equal(
                "The store is not sealed.", Assert.Throws<InvalidOperationException>(transaction.UnsealRootKey).Message);
        }

        Assert.Equal(8 + 36 + 32, new FileInfo(RootKeyFile).Length);
        Open().Dispose();
    }

    [Fact]
    [InFolder]
    public void Rotate_SealedStore_StaysSealedAndAsksForNothing()
    {
        using (IStateStore store = Open())
        {
            Seal(store, s_one);
            byte[] wrapped = store.RootKey.Wrap([1], "x");
            for (int generation = 2; generation <= 4; generation++)
            {
                Rotate(store);
                Assert.Equal([generation], store.RootKey.Held);
            }

            Assert.Throws<CryptographicException>(() => store.RootKey.Unwrap(wrapped, "x"));
            Assert.Equal("KMSTLOCK"u8, File.ReadAllBytes(RootKeyFile).AsSpan(0, 8));
        }

        using IStateStore opened = OpenWith(s_one);
        Assert.Equal([4], opened.RootKey.Held);
    }

    // What a process has in memory is enough for it to go on, whatever others do with the seal.
    [Fact]
    [InFolder]
    public void Seal_OtherProcessesHaveTheStoreOpen_TheyGoOn()
    {
        using IStateStore one = Open();
        using IStateStore other = Open();
        Seal(one, s_one);
        Insert(other, "key-1");
        Rotate(other);
        Insert(one, "key-2");
        Assert.Equal([2], one.RootKey.Held);
        Seal(other, s_two);
        Rotate(one);
        Insert(other, "key-3");
        Unseal(other);
        Rotate(one);
        Assert.Null(one.CopySealKey());
        Insert(other, "key-4");
        Thread.Sleep(1100);
        one.ReadVersion();
        one.Probe();
        other.Probe();
        Assert.Equal(4, Read(one, static reader => reader.CountKeys(Region)));
    }

    // One that has slept through the seal and the whole rotation after it.
    [Fact]
    public void Seal_OtherProcessWasAsleepUntilItsGenerationWasGone_GoesOnOnceUnlocked()
    {
        (IStateStore opened, Exception? refusal) = SealWhileAsleep(Folder);
        for (int attempt = 1; refusal is null; attempt++)
        {
            // It looks once a second, and a busy machine may take longer for the rest.
            Assert.True(attempt < 20, "It was never refused.");
            opened.Dispose();
            (opened, refusal) = SealWhileAsleep($"{Folder}-{attempt}");
        }

        using IStateStore asleep = opened;
        Assert.Equal(SealFault.Locked, Assert.IsType<StateStoreException>(refusal).SealFault);
        Assert.Equal(
            SealFault.WrongRecoveryKey,
            Assert.Throws<StateStoreException>(() => asleep.Unlock(seal => seal.Open(new RecoveryKeyOpener(s_two)))).SealFault);
        asleep.Unlock(seal => seal.Open(new RecoveryKeyOpener(s_one)));
        Insert(asleep, "key-1");
        Assert.Equal([2], asleep.RootKey.Held);
    }

    // An old copy of root.key, from before the store was sealed, is worth nothing once the root key was rotated.
    [Fact]
    [InFolder]
    public void Rotate_AfterSealing_FormerRootKeyOpensNothingInTheFolder()
    {
        byte[] clear;
        using (IStateStore store = Open())
        {
            clear = File.ReadAllBytes(RootKeyFile);
            Seal(store, s_one);
            using RootKey former = new(clear);
            Assert.NotNull(SealedRootKeyOf().TakeOver(former));
            Rotate(store);
            Assert.Null(SealedRootKeyOf().TakeOver(former));
        }

        byte[] sealedFile = File.ReadAllBytes(RootKeyFile);
        File.WriteAllBytes(RootKeyFile, clear);
        StateStoreException refused = Assert.Throws<StateStoreException>(() => Open());
        Assert.EndsWith("is not the key of this store. Restore the file that was made with it from a backup.", refused.Message);
        File.WriteAllBytes(RootKeyFile, sealedFile);
        OpenWith(s_one).Dispose();
    }

    [Fact]
    [InFolder]
    public void Open_SealedRootKeyIsDamaged_IsRefused()
    {
        using (IStateStore store = Open())
        {
            Seal(store, s_one);
        }

        byte[] content = File.ReadAllBytes(RootKeyFile);
        string message = $"'{RootKeyFile}' is damaged. Restore it from a backup.";
        for (int position = 0; position < content.Length; position += 7)
        {
            byte[] damaged = [.. content];
            damaged[position] ^= 1;
            File.WriteAllBytes(RootKeyFile, damaged);
            Assert.Equal(message, Assert.Throws<StateStoreException>(() => OpenWith(s_one)).Message);
        }

        foreach (byte[] damaged in new[] { content[..8], content[..20], content[..^1], [.. content, 0] })
        {
            File.WriteAllBytes(RootKeyFile, damaged);
            Assert.Equal(message, Assert.Throws<StateStoreException>(() => OpenWith(s_one)).Message);
        }

        File.WriteAllBytes(RootKeyFile, content);
        OpenWith(s_one).Dispose();
    }

    // With correct hashes, as somebody would write them.
    [Fact]
    [InFolder]
    public void Open_SealOfAnotherStore_IsRefused()
    {
        string elsewhere = Folder + "-elsewhere";
        using (IStateStore another = Open(elsewhere))
        {
            Seal(another, s_two);
        }

        using (IStateStore store = Open())
        {
            Seal(store, s_one);
        }

        byte[] own = File.ReadAllBytes(RootKeyFile);
        byte[] other = File.ReadAllBytes(Path.Combine(elsewhere, "root.key"));
        int sealEnd = 12 + SealedRootKeyOf().Seal.ToBytes().Length;
        other.AsSpan(12, sealEnd - 12).CopyTo(own.AsSpan(12));
        SHA256.HashData(own.AsSpan(0, own.Length - 32)).CopyTo(own, own.Length - 32);
        File.WriteAllBytes(RootKeyFile, own);
        Assert.Equal(SealFault.ForeignSlot, Assert.Throws<StateStoreException>(() => OpenWith(s_two)).SealFault);
        Assert.Equal(SealFault.WrongRecoveryKey, Assert.Throws<StateStoreException>(() => OpenWith(s_one)).SealFault);
        File.Copy(Path.Combine(elsewhere, "root.key"), RootKeyFile, overwrite: true);
        Assert.EndsWith(
            "is not the key of this store. Restore the file that was made with it from a backup.",
            Assert.Throws<StateStoreException>(() => OpenWith(s_two)).Message);
    }

    [Theory]
    [InFolder]
    [InlineData("root.key-new")]
    [InlineData("root.key-old")]
    public void Open_ProcessDiedBeforeTheFormerFileWasDeleted_IsDeleted(string left)
    {
        byte[] clear;
        using (IStateStore store = Open())
        {
            clear = File.ReadAllBytes(RootKeyFile);
            Seal(store, s_one);
        }

        File.WriteAllBytes(Path.Combine(Folder, left), clear);
        OpenWith(s_one).Dispose();
        Assert.False(File.Exists(Path.Combine(Folder, left)));
        AssertNowhere(clear);
    }

    [Fact]
    [InFolder]
    public void SealRootKey_FileCannotBeReplaced_ChangesNothing()
    {
        using IStateStore store = Open();
        byte[] clear = File.ReadAllBytes(RootKeyFile);
        Directory.CreateDirectory(RootKeyFile + "-new");
        StateStoreException refused = Assert.Throws<StateStoreException>(() => Seal(store, s_one));
        Assert.StartsWith($"'{RootKeyFile}' could not be replaced: ", refused.Message, StringComparison.Ordinal);
        Assert.Equal(clear, File.ReadAllBytes(RootKeyFile));
        Directory.Delete(RootKeyFile + "-new");
        Insert(store, "key-1");
        Seal(store, s_one);
    }

    private static (IStateStore Asleep, Exception? Refusal) SealWhileAsleep(string folder)
    {
        IStateStore asleep = Open(folder);
        using (IStateStore store = Open(folder))
        {
            Seal(store, s_one);
            Rotate(store);
        }

        return (asleep, Record.Exception(() => asleep.BeginTransaction().Dispose()));
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

    private static void Insert(IStateStore store, string keyId) =>
        Write(store, transaction => transaction.InsertKey(NewKey(keyId, store.RootKey.Wrap([1], "x"))));

    private static void Unseal(IStateStore store)
    {
        Write(store, static transaction => transaction.UnsealRootKey());
        store.ForgetFormerRootKeyFile();
    }

    private static void Rotate(IStateStore store)
    {
        Write(store, static transaction => transaction.BeginRootKeyRotation(s_time));
        Write(store, transaction =>
        {
            foreach (StoredMaterial material in transaction.ListFormerMaterials(null, 100))
            {
                transaction.RewrapMaterial(material with
                {
                    Material = material.Material with { Wrapped = [.. store.RootKey.Wrap([1], "x")] },
                });
            }

            Assert.True(transaction.TryEndRootKeyRotation());
        });
        store.DropFormerRootKeys();
    }

    private static List<StoreFinding> Findings(IStateStore store)
    {
        List<StoreFinding> found = [];
        store.VerifyFiles(found.Add);
        return found;
    }

    private IStateStore OpenWith(RecoveryKey recoveryKey) => Open(new StateStoreOptions
    {
        Folder = Folder,
        Unlock = seal => seal.Open(new RecoveryKeyOpener(recoveryKey)),
    });

    private SealedRootKey SealedRootKeyOf() => SealedRootKey.Read(File.ReadAllBytes(RootKeyFile))!;

    private Dictionary<string, string> Hashes() => Directory.GetFiles(Folder, "*", SearchOption.AllDirectories)
        .Where(static file => !file.EndsWith("-shm", StringComparison.Ordinal))
        .ToDictionary(static file => file, static file => Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file))));

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
    }
}
