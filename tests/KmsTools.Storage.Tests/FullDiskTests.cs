using System.Diagnostics;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

public sealed class FullDiskTests : StoreFixture
{
    [Fact]
    public void Write_DiskIsFull_FailsAndStoreStaysUsable()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && Environment.UserName == "root", "Only root on Linux can mount a small disk.");
        string disk = Path.Combine(Path.GetDirectoryName(Folder)!, "disk");
        Directory.CreateDirectory(disk);
        Assert.SkipUnless(Run("mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", disk) == 0, "This system lets nobody mount a disk.");
        try
        {
            using IStateStore store = Open(Path.Combine(disk, "store"));
            string ballast = Path.Combine(disk, "ballast");
            Assert.Throws<IOException>(() => File.WriteAllBytes(ballast, new byte[4_000_000]));

            StateStoreException failure = Assert.Throws<StateStoreException>(() => AppendMany(store));
            Assert.Contains("is full. The event of the last call was not saved.", failure.Message);
            Assert.Throws<StateStoreException>(() => InsertMany(store));
            int events = store.Events.Query(new EventQuery()).Count();
            long keys = Read(store, static reader => reader.CountKeys(Region));

            File.Delete(ballast);
            store.Events.Append(NewEvent("after"));
            Write(store, static transaction => transaction.InsertKey(NewKey("after")));
            Assert.Equal(events + 1, store.Events.Query(new EventQuery()).Count());
            Assert.Equal(keys + 1, Read(store, static reader => reader.CountKeys(Region)));
        }
        finally
        {
            Run("umount", disk);
        }
    }

    private static void AppendMany(IStateStore store)
    {
        for (int i = 0; i < 1000; i++)
        {
            store.Events.Append(NewEvent($"{i}"));
        }
    }

    private static void InsertMany(IStateStore store)
    {
        for (int i = 0; i < 1000; i++)
        {
            Write(store, transaction => transaction.InsertKey(NewKey($"key-{i}", new byte[1000])));
        }
    }

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
