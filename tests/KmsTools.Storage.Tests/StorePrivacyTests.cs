using System.Diagnostics;
using System.Runtime.Versioning;
using KmsTools.Persistence;

namespace KmsTools.Storage.Tests;

/// <summary>Stores that others can read or change, or that are on a network: refused, and not touched.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class StorePrivacyTests : StoreFixture
{
    [Theory]
    [InlineData("root.key", 0x1A4, "read", "644")]
    [InlineData("root.key", 0x1A0, "read", "640")]
    [InlineData("root.key", 0x192, "change", "622")]
    [InlineData("state.db", 0x1A4, "read", "644")]
    [InlineData("state.db", 0x182, "change", "602")]
    [InlineData("events", 0x1FF, "change", "777")]
    [InlineData("events/catalogue.log", 0x1B6, "change", "666")]
    [InlineData("events/00000001.log", 0x1A4, "read", "644")]
    [InlineData("", 0x1FF, "change", "777")]
    [InlineData("", 0x1F8, "change", "770")]
    [InlineData("", 0x1C2, "change", "702")]
    public void Open_OthersMayUseIt_IsRefusedAndNotTouched(string name, int mode, string what, string octal)
    {
        Open().Dispose();
        string path = Path.Combine(Folder, name).TrimEnd('/');
        File.SetUnixFileMode(path, (UnixFileMode)mode);
        string before = Content();
        StateStoreException refusal = Assert.Throws<StateStoreException>(() => Open());
        Assert.Equal(
            $"Other users can {what} '{path}': its mode is {octal}. Nothing was opened. If nobody has done so: chmod -R go= '{Folder}'",
            refusal.Message);
        Assert.Equal(before, Content());
        Run("chmod", "-R", "go=", Folder);
        Open().Dispose();
    }

    [Theory]
    [InlineData("root.key", 0x100)]
    [InlineData("root.key", 0x1C0)]
    [InlineData("events", 0x1ED)]
    [InlineData("", 0x1ED)]
    [InlineData("", 0x1C0)]
    public void Open_OnlyTheOwnerMayUseIt_Opens(string name, int mode)
    {
        Open().Dispose();
        File.SetUnixFileMode(Path.Combine(Folder, name).TrimEnd('/'), (UnixFileMode)mode);
        Open().Dispose();
    }

    // A folder that somebody else has prepared, with a root.key that he knows.
    [Theory]
    [InlineData("root.key")]
    [InlineData("events")]
    [InlineData("events/catalogue.log")]
    [InlineData("")]
    public void Open_BelongsToSomebodyElse_IsRefused(string name)
    {
        Assert.SkipUnless(Environment.UserName == "root", "Only root can give files away.");
        Open().Dispose();
        string path = Path.Combine(Folder, name).TrimEnd('/');
        Run("chown", "65534", path);
        StateStoreException refusal = Assert.Throws<StateStoreException>(() => Open());
        Assert.Equal(
            $"'{path}' belongs to user 65534, not to you (user 0), so that others can read and change the store. Use a store of your own; "
                + $"or, if it is yours: chown -R 0 '{Folder}'",
            refusal.Message);
    }

    [Theory]
    [InlineData("nfs4")]
    [InlineData("cifs")]
    [InlineData("fuse.sshfs")]
    [InlineData("9p")]
    public async Task Open_OnANetwork_IsRefusedAndNothingIsMade(string type)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux() && File.Exists("/usr/bin/cc"), "There is no C compiler for the shim.");
        string shim = Path.Combine(Path.GetDirectoryName(Folder)!, "mounts.so");
        string mounts = Path.ChangeExtension(shim, ".txt");
        string source = Path.ChangeExtension(shim, ".c");
        await File.WriteAllTextAsync(
            mounts, $"20 1 8:1 / / rw - ext4 /dev/sda1 rw\n21 20 0:40 / {Folder} rw - {type} host:/share rw\n", Cancellation);
        await File.WriteAllTextAsync(
            source,
            $$"""
            #define _GNU_SOURCE
            #include <dlfcn.h>
            #include <string.h>
            #define SHIM(name) int name(const char *path, int flags, int mode) { \
                int (*real)(const char *, int, int) = dlsym(RTLD_NEXT, #name); \
                return real(strcmp(path, "/proc/self/mountinfo") == 0 ? "{{mounts}}" : path, flags, mode); }
            SHIM(open)
            SHIM(open64)
            """,
            Cancellation);
        Assert.Equal(0, Run("cc", "-shared", "-fPIC", "-o", shim, source, "-ldl"));
        Directory.CreateDirectory(Folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string output = await ChildProcess.FinishAsync(ChildProcess.StartPreloaded(shim, "try to open", Folder), Cancellation);
        Assert.Equal(
            $"'{Folder}' is on a network file system ({type}), where two hosts would damage the store. Put the store on a local disk.",
            output);
        Assert.Empty(Directory.GetFileSystemEntries(Folder));
    }

    private string Content() => string.Join(
        '\n',
        Directory.GetFiles(Folder).Order().Select(
            static file => $"{file} {Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(file)))}"));

    private static int Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(program, arguments);
        process.WaitForExit();
        return process.ExitCode;
    }
}
