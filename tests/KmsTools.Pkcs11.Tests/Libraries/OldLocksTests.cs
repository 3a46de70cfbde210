using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11;

public sealed class OldLocksTests : IDisposable
{
    private static readonly DateTime s_now = new(2030, 3, 2, 0, 0, 0, DateTimeKind.Utc);

    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-locks-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void Delete_Locks_GoAfterThirtyDaysUnlessTheyAreInUse()
    {
        Write("young.lock", s_now.AddDays(-30));
        Write("old.lock", s_now.AddDays(-30).AddMilliseconds(-1));
        Write("held.lock", s_now.AddDays(-400));
        Write("refused.lock", s_now.AddDays(-400));
        Write("refused.refused-pin", s_now.AddDays(-400));
        Write("several.lock", s_now.AddDays(-400));
        Write("several-01.refused-pin", s_now.AddDays(-400));
        Write("other.txt", s_now.AddDays(-400));
        using (FileStream held = new(Path.Combine(_folder, "held.lock"), FileMode.Open, FileAccess.ReadWrite, FileShare.None))
        {
            OldLocks.Delete(_folder, s_now);
        }

        Assert.Equal(
            ["held.lock", "other.txt", "refused.lock", "refused.refused-pin", "several-01.refused-pin", "several.lock", "young.lock"],
            Names());
    }

    [Fact]
    public void Enter_LockFile_GetsTheTimeOfItsUse()
    {
        Write("a.lock", s_now.AddDays(-400));
        using (new InterProcessLock(Path.Combine(_folder, "a.lock"), "token").Enter(TimeSpan.Zero))
        {
            DateTime used = File.GetLastWriteTimeUtc(Path.Combine(_folder, "a.lock"));
            Assert.InRange(used, DateTime.UtcNow.AddHours(-1), DateTime.UtcNow.AddHours(1));
        }

        OldLocks.Delete(_folder, DateTime.UtcNow);
        Assert.Equal(["a.lock"], Names());
    }

    // A lock of a file that was deleted while it was waited for excludes nobody.
    [Fact]
    public void IsCurrent_FileIsGoneOrAnother_IsFalse()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not delete a file that is open.");
        string file = Path.Combine(_folder, "a.lock");
        using FileStream held = new(file, FileMode.Create, FileAccess.ReadWrite, FileShare.None);
        Assert.True(OldLocks.IsCurrent(held, file));
        File.Delete(file);
        Assert.False(OldLocks.IsCurrent(held, file));
        Write("a.lock", s_now);
        Assert.False(OldLocks.IsCurrent(held, file));
    }

    [Fact]
    public async Task Enter_FilesAreDeletedAgainAndAgain_ExcludesAllOthers()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows does not delete a file that is open.");
        string file = Path.Combine(_folder, "a.lock");
        int inside = 0;
        int entered = 0;
        Task[] users = [.. Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (int i = 0; i < 200; i++)
            {
                using FileStream held = new InterProcessLock(file, "token").Enter(TimeSpan.FromMinutes(1));
                Assert.Equal(1, Interlocked.Increment(ref inside));
                Interlocked.Increment(ref entered);
                Interlocked.Decrement(ref inside);
                if (i % 2 == 0)
                {
                    File.Delete(file);
                }
            }
        }))];
        await Task.WhenAll(users);
        Assert.Equal(800, entered);
    }

    private void Write(string name, DateTime time)
    {
        File.WriteAllText(Path.Combine(_folder, name), "");
        File.SetLastWriteTimeUtc(Path.Combine(_folder, name), time);
    }

    private string[] Names() =>
        [.. Directory.GetFiles(_folder).Select(static file => Path.GetFileName(file)).Order(StringComparer.Ordinal)];
}
