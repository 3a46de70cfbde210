using System.Diagnostics;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;
using KmsTools.Pkcs11.TokenFolders;

namespace KmsTools.Pkcs11.Tests;

public sealed class TokenCopierTests : IDisposable
{
    private readonly SoftHsmLab _lab = new SoftHsmLab().WithToken();

    private ITokenCopier Copier => _lab.Provider.Copier;

    private string Backup => Path.Combine(_lab.Folder, "backups", "one");

    private (string, HsmToken)[] Hsms => [(_lab.Library, _lab.Cluster.Tokens[0])];

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void WhyNot_SoftHsmOverFiles_Null() => Assert.Null(Copier.WhyNot(_lab.Library));

    [Fact]
    public void Configuration_LaterLinesAndComments_AreReadAsSoftHsmReadsThem()
    {
        string configuration = File.ReadAllText(_lab.Configuration);
        File.WriteAllText(_lab.Configuration, configuration + "# objectstore.backend = nothing\nobjectstore.backend = db # not files\n");
        SoftHsmConfiguration read = SoftHsmConfiguration.Read();
        Assert.Equal((_lab.Configuration, _lab.Tokens, "db"), (read.Path, read.TokenFolder, read.Backend));
        File.WriteAllText(_lab.Configuration, configuration);
    }

    [Fact]
    public void WhyNot_Nss_NamesItsMaker()
    {
        using NssLab nss = new();
        Assert.Matches(
            "^.*libsoftokn3.so.* is a module of 'Mozilla Foundation', whose tokens are not files that could be copied\\.$",
            nss.Provider.Copier.WhyNot(nss.Library));
    }

    [Fact]
    public void CreateToken_OfACopy_HoldsTheSameKeysUnderItsOwnName()
    {
        byte[] id = HsmLab.NewId();
        byte[] ciphertext = new byte[29];
        using (IHsmConnection connection = _lab.Connect())
        {
            connection.GenerateKey("arn:one", id);
            connection.Encrypt(id, [5], [], ciphertext);
        }

        HsmCopy copy = Copier.Copy(Hsms, Backup);
        HsmToken token = new("clone", "0123456789abcdef");
        Copier.CreateToken(new(Backup, copy.Digest), 0, _lab.Library, token);

        Assert.Equal(1, copy.KeyCount);
        HsmStatus status = _lab.Provider.Find(_lab.Library, ["clone"])[0];
        Assert.Equal(("clone", "0123456789abcdef", HsmState.ACTIVE), (status.TokenLabel, status.SerialNumber, status.State));
        using IHsmConnection clone = _lab.Provider.Connect(_lab.Cluster with { Tokens = [token] }, "user-1234"u8);
        byte[] plaintext = new byte[1];
        clone.Decrypt(id, ciphertext, [], plaintext);
        Assert.Equal([5], plaintext);
        HsmKeyObject key = Assert.Single(Assert.Single(clone.ListKeys()).Keys);
        Assert.Equal(("arn:one", true), (key.Label, key.IsUsable));

        // Each goes its own way from here on.
        clone.GenerateKey("arn:two", HsmLab.NewId());
        using IHsmConnection original = _lab.Connect();
        Assert.Single(Assert.Single(original.ListKeys()).Keys);
    }

    [Fact]
    public void Discard_RemovesTheTokenAndNoOther()
    {
        HsmCopy copy = Copier.Copy(Hsms, Backup);
        HsmToken token = new("clone", "0123456789abcdef");
        Copier.CreateToken(new(Backup, copy.Digest), 0, _lab.Library, token);
        Copier.Discard(_lab.Library, token);
        Copier.Discard(_lab.Library, token);
        Assert.Equal(_lab.TokenFolder, Assert.Single(Directory.GetFileSystemEntries(_lab.Tokens)));
        _lab.Connect().Dispose();
    }

    [Fact]
    public void Copy_TokenNotThereOrDamaged_IsRefusedAndLeavesNothing()
    {
        HsmException error = Assert.Throws<HsmException>(
            () => Copier.Copy([(_lab.Library, new HsmToken(_lab.TokenLabel, "0000000000000000"))], Backup));
        Assert.Equal(HsmFailure.ClusterNotFound, error.Failure);
        File.WriteAllBytes(Path.Combine(_lab.TokenFolder, "token.object"), []);
        error = Assert.Throws<HsmException>(() => Copier.Copy(Hsms, Backup));
        Assert.Equal($"The token 'kms-lab' is damaged: '{Path.Combine(_lab.TokenFolder, "token.object")}' is not whole.", error.Message);
        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(Backup)!));
    }

    [Fact]
    public async Task Copy_AnotherProgramKeepsWriting_GivesUp()
    {
        // A pipe with another content each time that it is read: it changes under every look, however slow the writer is.
        string busy = Path.Combine(_lab.TokenFolder, "busy.object");
        using (Process made = Process.Start("mkfifo", [busy]))
        {
            await made.WaitForExitAsync(TestContext.Current.CancellationToken);
        }

        using Process writer = Process.Start(
            "sh",
            ["-c", "trap '' PIPE; n=0; while :; do n=$((n + 1)); echo $n > \"$0\"; sleep 0.01; done", busy]);
        try
        {
            HsmException error = Assert.Throws<HsmException>(() => Copier.Copy(Hsms, Backup));
            Assert.Equal(HsmFailure.Unreachable, error.Failure);
            Assert.Equal("Another program keeps changing the token 'kms-lab'. Try again when it has finished.", error.Message);
        }
        finally
        {
            writer.Kill(entireProcessTree: true);
            await writer.WaitForExitAsync(CancellationToken.None);
            File.Delete(busy);
        }

        Assert.Empty(Directory.GetFileSystemEntries(Path.GetDirectoryName(Backup)!));
        Copier.Copy(Hsms, Backup);
    }

    [Fact]
    public void ReplaceContent_CopyIsDamaged_LeavesTheTokenAsItIs()
    {
        HsmCopy copy = Copier.Copy(Hsms, Backup);
        File.Delete(Path.Combine(Backup, "0", "generation"));
        string home = _lab.TokenFolder;
        Assert.Throws<HsmException>(() => Copier.ReplaceContent(new(Backup, copy.Digest), 0, _lab.Library, _lab.Cluster.Tokens[0]));
        Assert.Equal(home, Assert.Single(Directory.GetFileSystemEntries(_lab.Tokens)));
        _lab.Connect().Dispose();
    }

    // SoftHSM aborts the process at C_Initialize when two tokens have one serial number.
    [Fact]
    public void ReplaceContent_AnotherTokenHasItsSerialNumber_IsRefusedBeforeAnythingIsThere()
    {
        HsmCopy copy = Copier.Copy(Hsms, Backup);
        HsmToken token = _lab.Cluster.Tokens[0];
        string file = Path.Combine(_lab.TokenFolder, "token.object");
        SoftHsmObjectFile content = SoftHsmObjectFile.Parse(File.ReadAllBytes(file))!;
        content.Name("renamed", token.SerialNumber);
        File.WriteAllBytes(file, content.ToArray());
        string expected = $"HSM 'kms-lab' is not there, and the token 'renamed' has its serial number {token.SerialNumber}: SoftHSM ends every "
            + "process that finds two tokens with one serial number. Delete that token, or restore into a new one. Nothing was changed.";

        HsmException previewed = Assert.Throws<HsmException>(() => Copier.RequireReplaceable(_lab.Library, token));
        HsmException refused = Assert.Throws<HsmException>(() => Copier.ReplaceContent(new(Backup, copy.Digest), 0, _lab.Library, token));

        Assert.Equal((HsmFailure.NotPermitted, expected), (refused.Failure, refused.Message));
        Assert.Equal((HsmFailure.NotPermitted, expected), (previewed.Failure, previewed.Message));
        Assert.Equal([Path.GetDirectoryName(file)!], Directory.GetFileSystemEntries(_lab.Tokens));
        Directory.Delete(_lab.TokenFolder, recursive: true);
        Copier.RequireReplaceable(_lab.Library, token);
        Copier.ReplaceContent(new(Backup, copy.Digest), 0, _lab.Library, token);
        _lab.Connect().Dispose();
    }

    [Fact]
    public void Initialize_TwoFoldersWithOneSerialNumber_IsRefusedInsteadOfEndingTheProcess()
    {
        string one = _lab.TokenFolder;
        string other = Path.Combine(_lab.Tokens, "zz");
        HsmCopy copy = Copier.Copy(Hsms, Backup);
        Directory.CreateDirectory(other);
        File.Copy(Path.Combine(one, "token.object"), Path.Combine(other, "token.object"));
        string expected = $"The folders '{one}' and '{other}' have tokens with the same serial number, {_lab.SerialNumber} ('kms-lab' and "
            + "'kms-lab'), at which SoftHSM ends every process that uses it. Move one of the two folders to another place.";

        foreach (Action use in new Action[]
        {
            () => _lab.Provider.ListTokens(_lab.Library),
            () => _lab.Connect().Dispose(),
            () => Copier.RequireReplaceable(_lab.Library, _lab.Cluster.Tokens[0]),
            () => Copier.ReplaceContent(new(Backup, copy.Digest), 0, _lab.Library, _lab.Cluster.Tokens[0]),
        })
        {
            HsmException refused = Assert.Throws<HsmException>(use);
            Assert.Equal((HsmFailure.Failed, expected), (refused.Failure, refused.Message));
        }

        Directory.Delete(other, recursive: true);
        Assert.Equal(one, _lab.TokenFolder);
        _lab.Connect().Dispose();
    }

    [Fact]
    public void ReplaceContent_ProcessDiedBetweenTwoMoves_IsUndoneByTheNext()
    {
        HsmCopy copy = Copier.Copy(Hsms, Backup);
        string home = _lab.TokenFolder;
        string staging = Path.Combine(_lab.Tokens, ".kmstools-dead");
        Directory.CreateDirectory(staging);
        File.WriteAllText(Path.Combine(staging, "home"), Path.GetFileName(home));
        Directory.Move(home, Path.Combine(staging, "former"));

        Copier.CreateToken(new(Backup, copy.Digest), 0, _lab.Library, new HsmToken("clone", "0123456789abcdef"));

        Assert.Equal(2, Directory.GetFileSystemEntries(_lab.Tokens).Length);
        Assert.True(File.Exists(Path.Combine(home, "token.object")));
        _lab.Connect().Dispose();
    }

    [Fact]
    public void DiskFull_LeavesNothingHalf()
    {
        using (IHsmConnection connection = _lab.Connect())
        {
            for (int i = 0; i < 12; i++)
            {
                connection.GenerateKey($"arn:{i}", HsmLab.NewId());
            }
        }

        using SmallDisk disk = new(_lab.Folder, kilobytes: 32);
        Assert.Throws<IOException>(() => Copier.Copy(Hsms, Path.Combine(disk.Folder, "backups", "one")));
        Assert.Empty(Directory.GetFileSystemEntries(Path.Combine(disk.Folder, "backups")));

        HsmCopy copy = Copier.Copy(Hsms, Backup);
        string configuration = File.ReadAllText(_lab.Configuration);
        File.WriteAllText(_lab.Configuration, configuration.Replace(_lab.Tokens, disk.Folder, StringComparison.Ordinal));
        Directory.Delete(Path.Combine(disk.Folder, "backups"));
        Assert.Throws<IOException>(
            () => Copier.CreateToken(new(Backup, copy.Digest), 0, _lab.Library, new HsmToken("clone", "0123456789abcdef")));
        Assert.Empty(Directory.GetFileSystemEntries(disk.Folder));

        // The same token on a disk that holds it, but not twice.
        using SmallDisk larger = new(_lab.Folder, kilobytes: 96);
        File.WriteAllText(_lab.Configuration, configuration.Replace(_lab.Tokens, larger.Folder, StringComparison.Ordinal));
        HsmToken token = new("clone", "0123456789abcdef");
        Copier.CreateToken(new(Backup, copy.Digest), 0, _lab.Library, token);
        string home = Assert.Single(Directory.GetFileSystemEntries(larger.Folder));
        string[] before = [.. Directory.GetFiles(home).Select(static file => Convert.ToHexString(File.ReadAllBytes(file)))];
        Assert.Throws<IOException>(() => Copier.ReplaceContent(new(Backup, copy.Digest), 0, _lab.Library, token));
        Assert.Equal([home], Directory.GetFileSystemEntries(larger.Folder));
        Assert.Equal(before, Directory.GetFiles(home).Select(static file => Convert.ToHexString(File.ReadAllBytes(file))));
        _lab.Provider.Connect(_lab.Cluster with { Tokens = [token] }, "user-1234"u8).Dispose();
        File.WriteAllText(_lab.Configuration, configuration);
    }

    /// <summary>A file system that is soon full.</summary>
    private sealed class SmallDisk : IDisposable
    {
        public SmallDisk(string folder, int kilobytes)
        {
            Folder = Path.Combine(folder, $"disk-{kilobytes}");
            Directory.CreateDirectory(Folder);
            Assert.SkipUnless(
                OperatingSystem.IsLinux() && Run("mount", "-t", "tmpfs", "-o", $"size={kilobytes}k", "tmpfs", Folder),
                "A small file system needs the right to mount one.");
        }

        public string Folder { get; }

        public void Dispose() => Run("umount", Folder);

        private static bool Run(string program, params string[] arguments)
        {
            using Process process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardError = true })!;
            process.WaitForExit();
            return process.ExitCode == 0;
        }
    }
}
