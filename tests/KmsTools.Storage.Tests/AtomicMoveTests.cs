using System.Diagnostics;
using KmsTools.Files;

namespace KmsTools.Storage.Tests;

public sealed class AtomicMoveTests : IDisposable
{
    private const int Rounds = 100;
    private const int Movers = 8;

    private readonly string _folder = Directory.CreateTempSubdirectory("kmstools-move-").FullName;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void TryMoveFile_NameIsFree_FileHasIt()
    {
        string file = Write("new", "content");
        Assert.True(AtomicMove.TryMoveFile(file, In("name")));
        Assert.False(File.Exists(file));
        Assert.Equal("content", File.ReadAllText(In("name")));
    }

    [Fact]
    public void TryMoveFile_NameIsTaken_BothStay()
    {
        string file = Write("new", "content");
        Write("file", "other");
        Directory.CreateDirectory(In("folder"));
        Assert.False(AtomicMove.TryMoveFile(file, In("file")));
        Assert.False(AtomicMove.TryMoveFile(file, In("folder")));
        if (!OperatingSystem.IsWindows())
        {
            File.CreateSymbolicLink(In("link"), In("nowhere"));
            Assert.False(AtomicMove.TryMoveFile(file, In("link")));
            Assert.Equal(In("nowhere"), new FileInfo(In("link")).LinkTarget);
        }

        Assert.Equal("other", File.ReadAllText(In("file")));
        Assert.Equal("content", File.ReadAllText(file));
    }

    [Fact]
    public void TryMoveFile_NoSuchFile_NothingIsLeft()
    {
        Assert.Throws<FileNotFoundException>(() => AtomicMove.TryMoveFile(In("nothing"), In("name")));
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public void TryMoveFile_NoSuchFolder_FileStays()
    {
        string file = Write("new", "content");
        Assert.ThrowsAny<IOException>(() => AtomicMove.TryMoveFile(file, In("nowhere/name")));
        Assert.Equal("content", File.ReadAllText(file));
    }

    [Fact]
    public void MoveFolder_NameIsTaken_BothStay()
    {
        Directory.CreateDirectory(In("new"));
        Write("new/a", "content");
        Directory.CreateDirectory(In("empty"));
        Write("file", "other");
        Assert.ThrowsAny<IOException>(() => AtomicMove.MoveFolder(In("new"), In("empty")));
        Assert.ThrowsAny<IOException>(() => AtomicMove.MoveFolder(In("new"), In("file")));
        Assert.Empty(Directory.GetFileSystemEntries(In("empty")));
        Assert.Equal("other", File.ReadAllText(In("file")));
        AtomicMove.MoveFolder(In("new"), In("name"));
        Assert.Equal("content", File.ReadAllText(In("name/a")));
    }

    [Fact]
    public void TryExchange_BothAreThere_EachHasTheContentOfTheOther()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() || OperatingSystem.IsMacOS(), "Only Linux and macOS exchange two folders.");
        Directory.CreateDirectory(In("a"));
        Directory.CreateDirectory(In("b"));
        Write("a/file", "of a");
        Assert.True(AtomicMove.TryExchange(In("a"), In("b")));
        Assert.Equal("of a", File.ReadAllText(In("b/file")));
        Assert.Empty(Directory.GetFileSystemEntries(In("a")));
        Assert.False(AtomicMove.TryExchange(In("a"), In("c")));
    }

    [Theory]
    [InlineData("move files", null)]
    [InlineData("move files", "renameat2:error=EINVAL")] // As NFS has it; musl has no such call.
    [InlineData("move files", "renameat2:error=EINVAL link:error=EPERM")] // As many file systems in user space have it.
    [InlineData("move folders", null)]
    public async Task Move_ManyToOneName_OneWinsAndNothingIsOverwritten(string command, string? faults)
    {
        Process child;
        if (faults is null)
        {
            child = ChildProcess.Start(command, _folder);
        }
        else
        {
            Assert.SkipUnless(ChildProcess.CanTrace(), "strace, which makes system calls fail, is not here or may not trace.");
            child = ChildProcess.StartTraced(
                command, _folder, ["-e", "trace=renameat2,link", .. faults.Split(' ')
                    .SelectMany(static fault => new[] { "-e", "inject=" + fault })]);
        }

        Assert.Equal("100 won, 700 lost", await ChildProcess.FinishAsync(child, Cancellation));
    }

    [Fact]
    public async Task TryMoveFile_ManyProcessesToOneName_OneWins()
    {
        Process[] children = [.. Enumerable.Range(0, 4).Select(_ => ChildProcess.Start("move one file", _folder))];
        string[] answers = await Task.WhenAll(children.Select(child => ChildProcess.FinishAsync(child, Cancellation)));
        string[] winners = [.. answers.Where(static answer => answer.StartsWith("won", StringComparison.Ordinal))];
        Assert.Equal(["won " + await File.ReadAllTextAsync(In("name"), Cancellation)], winners);
    }

    /// <summary>What a child does: rounds in which threads move a file each to one name.</summary>
    internal static void MoveFiles(string folder) => Contest(
        folder,
        static (path, content) => File.WriteAllText(path, content),
        AtomicMove.TryMoveFile,
        static path => File.ReadAllText(path));

    /// <summary>The same with folders.</summary>
    internal static void MoveFolders(string folder) => Contest(
        folder,
        static (path, content) =>
        {
            Directory.CreateDirectory(path);
            File.WriteAllText(Path.Combine(path, "file"), content);
        },
        static (path, name) =>
        {
            try
            {
                AtomicMove.MoveFolder(path, name);
                return true;
            }
            catch (IOException)
            {
                return false;
            }
        },
        static path => File.ReadAllText(Path.Combine(path, "file")));

    /// <summary>What a child does: moves a file of its own to a name that others want as well.</summary>
    internal static void MoveOneFile(string folder)
    {
        string content = Guid.NewGuid().ToString();
        string file = Path.Combine(folder, content);
        File.WriteAllText(file, content);
        Console.WriteLine((AtomicMove.TryMoveFile(file, Path.Combine(folder, "name")) ? "won " : "lost ") + content);
    }

    private static void Contest(string folder, Action<string, string> create, Func<string, string, bool> move, Func<string, string> read)
    {
        int won = 0;
        int lost = 0;
        for (int round = 0; round < Rounds; round++)
        {
            string name = Path.Combine(folder, $"name-{round}");
            string[] sources = [.. Enumerable.Range(0, Movers).Select(mover => Path.Combine(folder, $"{round}-{mover}"))];
            bool[] moved = new bool[Movers];
            Array.ForEach(sources, source => create(source, source));
            using Barrier start = new(Movers);
            Thread[] threads =
            [
                .. Enumerable.Range(0, Movers).Select(mover => new Thread(() =>
                {
                    start.SignalAndWait();
                    moved[mover] = move(sources[mover], name);
                })),
            ];
            Array.ForEach(threads, static thread => thread.Start());
            Array.ForEach(threads, static thread => thread.Join());
            for (int mover = 0; mover < Movers; mover++)
            {
                won += moved[mover] && read(name) == sources[mover] && !Path.Exists(sources[mover]) ? 1 : 0;
                lost += !moved[mover] && read(sources[mover]) == sources[mover] ? 1 : 0;
            }
        }

        Console.WriteLine($"{won} won, {lost} lost");
    }

    private string In(string name) => Path.Combine(_folder, name);

    private string Write(string name, string content)
    {
        File.WriteAllText(In(name), content);
        return In(name);
    }
}
