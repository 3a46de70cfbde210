using System.Runtime.InteropServices;
using KmsTools.Pkcs11.Libraries;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Pkcs11.Tests;

/// <summary>Descriptors that a C_Finalize closes, which may not be its own.</summary>
public sealed partial class DescriptorGuardTests
{
    private const int ExclusiveNoWait = 6; // LOCK_EX | LOCK_NB
    private const string Placeholder = "/memfd:kmstools-placeholder (deleted)";

    [Fact]
    public void Run_ClosesItsOwnOnceAndAgain_NoOtherFileGetsTheNumber()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are guarded on Linux only.");
        DescriptorGuard guard = new();
        int own = Duplicate(0);
        guard.Run(() => Assert.Equal(0, Close(own)));
        for (int round = 0; round < 3; round++)
        {
            int other = Duplicate(0);
            Assert.NotEqual(own, other);
            guard.Run(() => Assert.Equal(0, Close(own)));
            Assert.Equal(0, Close(other));
        }
    }

    [Fact]
    public void Run_ClosesAnotherOneEachTime_TheFormerNumbersAreFreeAgain()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are guarded on Linux only.");
        DescriptorGuard guard = new();
        int first = Duplicate(0);
        guard.Run(() => Assert.Equal(0, Close(first)));
        Assert.Equal(Placeholder, Target(first));
        int second = Duplicate(0);
        guard.Run(() => Assert.Equal(0, Close(second)));
        Assert.Equal(Placeholder, Target(second));
        Assert.NotEqual(Placeholder, Target(first));
    }

    [Fact]
    public void Run_LocksTheNumberThatItHasClosed_WaitsForNobody()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Descriptors are guarded on Linux only.");
        using SafeFileHandle other = File.OpenHandle("/dev/null");
        DescriptorGuard first = new();
        DescriptorGuard second = new();
        int own = Duplicate(0);
        int others = Duplicate(0);
        first.Run(() => Assert.Equal(0, Close(own)));
        second.Run(() => Assert.Equal(0, Close(others)));
        first.Run(() => second.Run(() =>
        {
            Assert.Equal(0, LockFile(own, ExclusiveNoWait));
            Assert.Equal(0, LockFile(others, ExclusiveNoWait));
        }));
    }

    private static string? Target(int number) => new FileInfo($"/proc/self/fd/{number}").LinkTarget;

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int number);

    [LibraryImport("libc", EntryPoint = "flock")]
    private static partial int LockFile(int number, int operation);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int number);
}
