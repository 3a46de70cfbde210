using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>The root key files of machines that share a store which is not sealed. Two stores with files of their own are two machines.</summary>
public sealed class SharedRootKeyTests : SharedStoreFixture
{
    [Fact]
    public void UtcNow_FromTheOpeningOn_IsThatOfTheDatabase()
    {
        using IStateStore store = OpenNode(One);

        Assert.InRange((DateTimeOffset.UtcNow - store.UtcNow!.Value).TotalSeconds, -1, 60);
        Assert.True(store.IsShared);
    }

    [Fact]
    public void Open_NoStore_MakesTheFileFirst()
    {
        using (IStateStore store = OpenNode(One))
        {
            Assert.Equal(32, new FileInfo(One).Length);
            store.RootKey.Unwrap(store.RootKey.Wrap([1], "x"), "x").Dispose();
            Assert.Equal(new RootKeyState { Generation = 1, CreationDate = store.Properties.CreationDate }, StateOf(store));
        }

        AssertIsPrivate(One);
        Assert.Equal(["one.key", "one.key.lock"], FilesOf(One));
        Assert.Equal("0", Query("SELECT count(*) FROM root_key_file"));
        OpenNode(One).Dispose();
    }

    [Fact]
    public void Open_OnlyExisting_MakesNothing()
    {
        StateStoreException refused = Assert.Throws<StateStoreException>(() => OpenNode(Options(One) with { OnlyExisting = true }));
        Assert.Equal(SharedStoreFault.NoStore, refused.SharedFault);
        Assert.False(File.Exists(One));
        Assert.Equal("0", Query("SELECT count(*) FROM store"));
    }

    [Fact]
    public void Open_NoFileIsNamed_IsRefused()
    {
        Assert.SkipWhen(
            Environment.GetEnvironmentVariable(SharedStoreOptions.RootKeyFileVariable) is not null, "The environment names a file.");
        AssertRefused(
            SharedStoreFault.RootKeyFileMissing,
            $"The store '{Location}' is not sealed: each machine that uses it needs a file with its root key, and none was named.",
            () => OpenNode(root: null));
        OpenNode(One).Dispose();
        Assert.Equal(
            SharedStoreFault.RootKeyFileMissing, Assert.Throws<StateStoreException>(() => OpenNode(root: null)).SharedFault);
    }

    // The process that made the file died before it made the store.
    [Fact]
    public void Open_FileIsThereAndNoStore_ItsKeyIsUsed()
    {
        byte[] key = RandomNumberGenerator.GetBytes(32);
        Directory.CreateDirectory(Path.GetDirectoryName(One)!);
        File.WriteAllBytes(One, key);
        using IStateStore store = OpenNode(One);
        Assert.Equal(key, File.ReadAllBytes(One));
        using RootKey rootKey = new(key);
        rootKey.Unwrap(store.RootKey.Wrap([1], "x"), "x").Dispose();
    }

    [Theory]
    [InlineData(31, "is damaged")]
    [InlineData(0, "is damaged")]
    public void Open_FileHoldsNoKeyForANewStore_IsRefused(int length, string what)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(One)!);
        File.WriteAllBytes(One, new byte[length]);
        AssertRefused(
            SharedStoreFault.OtherRootKey,
            $"There is no store in the database yet, and '{One}', with which it would be made, {what}. Nothing was made. Name a root key "
                + "file that does not exist yet; or, if there was a store, restore the database.",
            () => OpenNode(One));
        Assert.Equal("0", Query("SELECT count(*) FROM store"));
    }

    [Fact]
    public void Open_FileOfARotatedStoreAndNoStore_IsRefused()
    {
        using (IStateStore store = OpenNode(One))
        {
            Rotate(store);
        }

        Query("DELETE FROM store; DELETE FROM store_secrets; DELETE FROM root_key; DELETE FROM authorization_settings");
        Assert.Contains(
            "is that of a store whose root key was rotated",
            Assert.Throws<StateStoreException>(() => OpenNode(One)).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SecondMachine_NeedsTheFileOfTheFirst()
    {
        using IStateStore one = OpenNode(One);
        AssertRefused(
            SharedStoreFault.RootKeyFileMissing,
            $"'{Other}' is missing. Nothing in the store '{Location}' can be decrypted without it. Copy the root key file from another "
                + "machine that uses the store, or restore it from a backup.",
            () => OpenNode(Other));
        Assert.False(File.Exists(Other));
        Directory.CreateDirectory(Path.GetDirectoryName(Other)!);
        File.WriteAllBytes(Other, new byte[32]);
        AssertRefused(
            SharedStoreFault.OtherRootKey,
            $"'{Other}' is not the key of the store '{Location}'. Copy the root key file from a machine that uses the store.",
            () => OpenNode(Other));
        CopyFile();
        using IStateStore other = OpenNode(Other);
        other.RootKey.Unwrap(one.RootKey.Wrap([1], "x"), "x").Dispose();
    }

    [Fact]
    public async Task Open_TwoMachinesAtOnce_OneMakesTheStore()
    {
        Task<Exception?>[] opening = [.. new[] { One, Other }.Select(file => Task.Run(
            () => Record.Exception(() => OpenNode(file).Dispose()), Cancellation))];
        Exception?[] results = await Task.WhenAll(opening);
        Assert.Single(results, static result => result is null);
        Assert.Equal(
            SharedStoreFault.RootKeyFileMissing,
            Assert.IsType<StateStoreException>(results.Single(static result => result is not null)).SharedFault);
        Assert.Equal("1", Query("SELECT count(*) FROM store"));
    }

    [Theory]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead, "read", "640")]
    [InlineData(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherWrite, "change", "602")]
    public void Open_OthersCanUseTheFile_IsRefused(UnixFileMode mode, string what, string number)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no modes.");
        OpenNode(One).Dispose();
#pragma warning disable CA1416 // Not on Windows.
        File.SetUnixFileMode(One, mode);
#pragma warning restore CA1416
        Assert.Equal(
            $"Other users can {what} '{One}': its mode is {number}. Nothing was opened. If nobody has done so: chmod go= '{One}'",
            Assert.Throws<StateStoreException>(() => OpenNode(One)).Message);
    }

    [Fact]
    public void Rotate_OtherMachineIsUp_TakesItIntoItsFile()
    {
        using IStateStore one = OpenNode(One);
        CopyFile();
        using IStateStore other = OpenNode(Other);
        byte[] wrapped = other.RootKey.Wrap([1], "x");
        Insert(other, "key-1");
        for (int generation = 2; generation <= 4; generation++)
        {
            Rotate(generation % 2 == 0 ? one : other);
        }

        WaitUntil(() => one.RootKey.Held is [4] && other.RootKey.Held is [4] && Query("SELECT count(*) FROM root_key_handover") == "0");
        Assert.Equal(File.ReadAllBytes(One), File.ReadAllBytes(Other));
        Assert.Equal(8 + 36 + 32, new FileInfo(Other).Length);
        AssertIsPrivate(Other);
        Assert.Throws<CryptographicException>(() => other.RootKey.Unwrap(wrapped, "x"));
        other.RootKey.Unwrap(one.RootKey.Wrap([1], "x"), "x").Dispose();
    }

    // Before it wraps anything by it, and while it has calls in progress.
    [Fact]
    public void BeginRotation_OtherMachineChangesTheStore_HasItInItsFileFirst()
    {
        using IStateStore one = OpenNode(One);
        CopyFile();
        using IStateStore other = OpenNode(Other);
        byte[] former = other.RootKey.Wrap([1], "x");
        Begin(one);
        Insert(other, "key-1", former);
        Assert.Equal(8 + (2 * 36) + 32, new FileInfo(Other).Length);
        Assert.Equal(2, RootKey.GenerationOf(other.RootKey.Wrap([1], "x")));
        End(other);
        Assert.Equal([2], other.RootKey.Held);
        one.RootKey.Unwrap(other.RootKey.Wrap([1], "x"), "x").Dispose();
    }

    [Fact]
    public void BeginRotation_OtherMachineOpensWhileItLasts_TakesIt()
    {
        using IStateStore one = OpenNode(One);
        CopyFile();
        Begin(one);
        using (IStateStore other = OpenNode(Other))
        {
            Assert.Equal([1, 2], other.RootKey.Held);
            Assert.Equal(8 + (2 * 36) + 32, new FileInfo(Other).Length);
        }

        End(one);
        OpenNode(Other).Dispose();
        Assert.Equal(File.ReadAllBytes(One), File.ReadAllBytes(Other));
    }

    [Fact]
    public void Rotate_OtherMachineWasAway_IsRefusedUntilItHasTheFile()
    {
        using IStateStore one = OpenNode(One);
        CopyFile();
        Rotate(one);
        AssertRefused(
            SharedStoreFault.OlderRootKey,
            $"'{Other}' has generation 1 of the root key, and the store '{Location}' uses generation 2: the root key was rotated while "
                + "this machine was away, or the file is that of another store. Copy the root key file from a machine that uses the store.",
            () => OpenNode(Other));
        Assert.Equal(32, new FileInfo(Other).Length);
        CopyFile();
        OpenNode(Other).Dispose();
    }

    // As long as one that is up lacks it; then not any more.
    [Fact]
    public void Rotate_AllThatAreUpHaveIt_IsHandedOverNoLonger()
    {
        using IStateStore one = OpenNode(One);
        Rotate(one);
        Assert.Equal("0", Query("SELECT count(*) FROM root_key_handover"));
        Query("INSERT INTO root_key_nodes VALUES ('hangs', 2, CAST(extract(epoch FROM now()) * 1000 AS bigint))");
        Rotate(one);
        Assert.Equal("3", Query("SELECT generation FROM root_key_handover"));
        Query("UPDATE root_key_nodes SET seen = seen - 15001 WHERE node = 'hangs'");
        WaitUntil(() => Query("SELECT count(*) FROM root_key_handover") == "0");
    }

    // A number always means the same key: a value that was wrapped by one that came to nothing is never taken for another.
    [Fact]
    public void BeginRotation_NotCommitted_ItsNumberIsNeverUsedAgain()
    {
        using IStateStore one = OpenNode(One);
        CopyFile();
        using IStateStore other = OpenNode(Other);
        using (IStateTransaction transaction = one.BeginTransaction())
        {
            transaction.BeginRootKeyRotation(At);
        }

        Assert.Equal((1, 1), (one.RootKey.Generation, StateOf(one).Generation));
        Insert(one, "key-1");
        Begin(other);
        Assert.Equal(3, StateOf(one).Generation);
        Insert(one, "key-2");
        End(one);
        WaitUntil(() => one.RootKey.Held is [3] && other.RootKey.Held is [3]);
        OpenNode(One).Dispose();
        OpenNode(Other).Dispose();
    }

    [Fact]
    public void BeginRotation_FileCannotBeReplaced_ChangesNothing()
    {
        using IStateStore store = OpenNode(One);
        Directory.CreateDirectory(One + "-new");
        Assert.StartsWith(
            $"'{One}' could not be replaced: ", Assert.Throws<StateStoreException>(() => Begin(store)).Message, StringComparison.Ordinal);
        Directory.Delete(One + "-new");
        Assert.Equal((1, false), (store.RootKey.Generation, StateOf(store).IsRotating));
        Insert(store, "key-1");
        Rotate(store);
    }

    // What is handed over is of use to who has the former generation of this store only.
    [Fact]
    public void Rotate_HandedOverValueIsOfAnotherStore_IsNotTaken()
    {
        using IStateStore one = OpenNode(One);
        Query("INSERT INTO root_key_handover VALUES (2, '\\x00'), (3, decode(repeat('ab', 88), 'hex'))");
        CopyFile();
        using IStateStore other = OpenNode(Other);
        Assert.Equal([1], other.RootKey.Held);
        Begin(one);
        Insert(other, "key-1");
        Assert.Equal([1, 4], other.RootKey.Held);
    }

    [Fact]
    public void Look_StoreIsAsItWas_WritesNothing()
    {
        using IStateStore store = OpenNode(One);
        DateTime written = File.GetLastWriteTimeUtc(One);
        Thread.Sleep(2500);
        Assert.Equal(written, File.GetLastWriteTimeUtc(One));
        Assert.Equal("1", Query("SELECT count(*) FROM root_key_nodes"));
        store.Dispose();
        Assert.Equal("0", Query("SELECT count(*) FROM root_key_nodes"));
    }
}
