using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>root.key and the generations in it, as processes on a store see them.</summary>
[OnEveryStore]
public sealed class RootKeyTests : StoreFixture
{
    private static readonly DateTimeOffset s_time = Time("2026-03-04T05:06:07Z");

    private string RootKeyFile => Path.Combine(Folder, "root.key");

    private string State => Path.Combine(Folder, "state.db");

    [Fact]
    [InFolder]
    public void Open_NewStore_HasTheFirstGeneration()
    {
        using IStateStore store = Open();
        RootKeyState state = Read(store, static reader => reader.ReadRootKey());
        Assert.Equal(
            new RootKeyState { Generation = 1, CreationDate = store.Properties.CreationDate },
            state);
        Assert.False(state.IsRotating);
        Assert.Null(state.NextRotationDate);
        Assert.Equal(32, new FileInfo(RootKeyFile).Length);
    }

    [Fact]
    [InFolder]
    public void Open_StoreOfVersion14_WasNeverRotated()
    {
        byte[] wrapped;
        using (IStateStore store = Open())
        {
            wrapped = store.RootKey.Wrap([1], "x");
        }

        using (Database database = new(State))
        {
            database.Execute(Version15.Script + "DROP TABLE root_key; PRAGMA user_version = 14");
        }

        using IStateStore upgraded = Open();
        Assert.Equal(
            new RootKeyState { Generation = 1, CreationDate = upgraded.Properties.CreationDate },
            Read(upgraded, static reader => reader.ReadRootKey()));
        upgraded.RootKey.Unwrap(wrapped, "x").Dispose();
    }

    [Fact]
    [InFolder]
    public void BeginRootKeyRotation_Committed_BothGenerationsAreSealed()
    {
        using IStateStore store = Open();
        byte[] first = File.ReadAllBytes(RootKeyFile);
        byte[] wrapped = store.RootKey.Wrap([1], "x");
        Begin(store);
        byte[] content = File.ReadAllBytes(RootKeyFile);
        Assert.Equal(8 + (2 * 36) + 32, content.Length);
        Assert.Equal("KMSTROOT"u8, content.AsSpan(0, 8));
        Assert.Equal([0, 0, 0, 1], content[8..12]);
        Assert.Equal(first, content[12..44]);
        Assert.Equal([0, 0, 0, 2], content[44..48]);
        Assert.NotEqual(first, content[48..80]);
        Assert.Equal(SHA256.HashData(content.AsSpan(0, 80)), content[80..]);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal((UnixFileMode)0b110_000_000, File.GetUnixFileMode(RootKeyFile));
        }

        Assert.False(File.Exists(RootKeyFile + "-new"));
        Assert.Equal(2, RootKey.GenerationOf(store.RootKey.Wrap([1], "x")));
        store.RootKey.Unwrap(wrapped, "x").Dispose();

        // Nothing is dropped while the rotation is in progress.
        store.DropFormerRootKeys();
        Assert.Equal(content, File.ReadAllBytes(RootKeyFile));
        Write(store, static transaction => Assert.True(transaction.TryEndRootKeyRotation()));
        Assert.Equal(content, File.ReadAllBytes(RootKeyFile));
        store.DropFormerRootKeys();
        byte[] after = File.ReadAllBytes(RootKeyFile);
        Assert.Equal(8 + 36 + 32, after.Length);
        Assert.Equal(content[44..80], after[8..44]);
        Assert.Throws<CryptographicException>(() => store.RootKey.Unwrap(wrapped, "x"));
    }

    [Fact]
    [InFolder]
    public void BeginRootKeyRotation_WhatIsLeftOfADeadProcess_IsReplaced()
    {
        using IStateStore store = Open();
        File.WriteAllBytes(RootKeyFile + "-new", new byte[5]);
        Begin(store);
        Assert.False(File.Exists(RootKeyFile + "-new"));
    }

    [Fact]
    [InFolder]
    public void BeginRootKeyRotation_FileCannotBeReplaced_ChangesNothing()
    {
        using IStateStore store = Open();
        byte[] content = File.ReadAllBytes(RootKeyFile);
        Directory.CreateDirectory(RootKeyFile + "-new");
        StateStoreException error = Assert.Throws<StateStoreException>(() => Begin(store));
        Assert.StartsWith($"'{RootKeyFile}' could not be replaced: ", error.Message, StringComparison.Ordinal);
        Assert.EndsWith(" Check the disk and the permissions of the folder, and try again.", error.Message, StringComparison.Ordinal);
        Assert.Equal(content, File.ReadAllBytes(RootKeyFile));
        Directory.Delete(RootKeyFile + "-new");
        Assert.Equal((1, false), (store.RootKey.Generation, Read(store, static reader => reader.ReadRootKey()).IsRotating));
        Write(store, static transaction => transaction.InsertKey(NewKey("key-1", 1)));
    }

    [Fact]
    public void Rotate_OtherProcessHasTheStoreOpen_FollowsIt()
    {
        using IStateStore one = Open();
        using IStateStore other = Open();
        for (int generation = 2; generation <= 5; generation++)
        {
            IStateStore rotating = generation % 2 == 0 ? one : other;
            Begin(rotating);
            byte[] wrapped = rotating.RootKey.Wrap([1], "x");
            (generation % 2 == 0 ? other : one).RootKey.Unwrap(wrapped, "x").Dispose();
            Write(rotating, static transaction => Assert.True(transaction.TryEndRootKeyRotation()));
            rotating.DropFormerRootKeys();
        }

        // Those who only read notice it within a second, those who write at once.
        using (IStateTransaction transaction = one.BeginTransaction())
        {
            Assert.Equal(5, one.RootKey.Generation);
        }

        Assert.True(SpinWait.SpinUntil(
            () =>
            {
                other.ReadVersion();
                one.Probe();
                return one.RootKey.Held is [5] && other.RootKey.Held is [5];
            },
            TimeSpan.FromSeconds(30)));
    }

    [Fact]
    public void DropFormerRootKeys_AnotherProcessHasDroppedThem_StoreIsStillItsOwn()
    {
        using IStateStore one = Open();
        using IStateStore other = Open();
        Begin(one);
        Write(one, static transaction => Assert.True(transaction.TryEndRootKeyRotation()));
        other.DropFormerRootKeys();
        one.DropFormerRootKeys();
        Assert.Equal([2], one.RootKey.Held);
        Assert.Equal([2], other.RootKey.Held);
        Write(one, static _ => { });
        Write(other, static _ => { });
    }

    // As a restore from a copy would. A rotated root.key of another store is not a rotation of this one.
    [Fact]
    [InFolder]
    public void Change_RootKeyIsThatOfAnotherStore_IsRefusedForGood()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Windows does not tell which file it is.");
        string elsewhere = Folder + "-elsewhere";
        using (IStateStore another = Open(elsewhere))
        {
            Begin(another);
        }

        using IStateStore store = Open();
        byte[] own = File.ReadAllBytes(RootKeyFile);
        File.Move(Path.Combine(elsewhere, "root.key"), RootKeyFile, overwrite: true);
        string message = Assert.Throws<StateStoreException>(() => store.BeginTransaction()).Message;
        Assert.Contains("'root.key' is not the one that it has open", message, StringComparison.Ordinal);
        File.WriteAllBytes(RootKeyFile, own);
        Assert.Equal(message, Assert.Throws<StateStoreException>(() => store.BeginTransaction()).Message);
    }

    [Fact]
    [InFolder]
    public void Open_RotatedRootKeyIsDamaged_IsRefused()
    {
        using (IStateStore store = Open())
        {
            Begin(store);
        }

        byte[] content = File.ReadAllBytes(RootKeyFile);
        string message = $"'{RootKeyFile}' is damaged. Restore it from a backup.";
        foreach (int position in new[] { 0, 7, 8, 11, 12, 43, 47, 79, 80, 111 })
        {
            byte[] damaged = [.. content];
            damaged[position] ^= 1;
            File.WriteAllBytes(RootKeyFile, damaged);
            Assert.Equal(message, Assert.Throws<StateStoreException>(() => Open()).Message);
        }

        foreach (byte[] damaged in new[] { [], content[..31], content[..^1], [.. content, 0], content[..8], new byte[5000] })
        {
            File.WriteAllBytes(RootKeyFile, damaged);
            Assert.Equal(message, Assert.Throws<StateStoreException>(() => Open()).Message);
        }

        File.WriteAllBytes(RootKeyFile, content);
        Open().Dispose();
    }

    // The former root.key from a backup, when the rotation has ended.
    [Fact]
    [InFolder]
    public void Open_RootKeyIsAFormerOne_IsRefused()
    {
        Open().Dispose();
        byte[] first = File.ReadAllBytes(RootKeyFile);
        using (IStateStore store = Open())
        {
            Begin(store);
            Write(store, static transaction => Assert.True(transaction.TryEndRootKeyRotation()));
            store.DropFormerRootKeys();
        }

        File.WriteAllBytes(RootKeyFile, first);
        Assert.Equal(
            $"'{RootKeyFile}' is not the key of this store. Restore the file that was made with it from a backup.",
            Assert.Throws<StateStoreException>(() => Open()).Message);
    }

    // A column that is missing in the list could keep a value that nothing unwraps any more.
    [Fact]
    [InFolder]
    public void TryEndRootKeyRotation_LooksAtEveryWrappedColumn()
    {
        string[] columns =
        [
            "access_keys.wrapped_secret", "custom_key_stores.other_wrapped_password", "custom_key_stores.proxy_wrapped_secret",
            "custom_key_stores.wrapped_password",
            "held_materials.wrapped", "hsm_backups.wrapped_password", "hsm_clusters.wrapped_pin", "key_materials.wrapped",
            "store.root_key_check", "store_secrets.wrapped",
        ];
        using (IStateStore store = Open())
        {
            Assert.True(store.RootKey.Holds(1));
        }

        using Database database = new(State);
        Assert.Equal(
            string.Join(' ', columns),
            database.ReadText(
                """
                SELECT group_concat(name, ' ') FROM (
                    SELECT m.name || '.' || p.name AS name FROM sqlite_schema m JOIN pragma_table_info(m.name) p
                    WHERE m.type = 'table' AND p.type = 'BLOB' AND p.name <> 'mac' AND m.name <> 'commits' ORDER BY name)
                """));
        Assert.Equal(columns, Tables.RootKeyTable.Wrapped.Select(static wrapped => $"{wrapped.Table}.{wrapped.Column}").Order());
    }

    private static void Begin(IStateStore store) => Write(store, static transaction => transaction.BeginRootKeyRotation(s_time));
}
