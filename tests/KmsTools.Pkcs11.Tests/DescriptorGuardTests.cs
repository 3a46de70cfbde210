using System.Runtime.InteropServices;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Tests;

/// <summary>Descriptors that a C_Finalize closes, which may not be its own.</summary>
public sealed partial class DescriptorGuardTests
{
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
        Assert.Equal("/dev/null", Target(first));
        int second = Duplicate(0);
        guard.Run(() => Assert.Equal(0, Close(second)));
        Assert.Equal("/dev/null", Target(second));
        Assert.NotEqual("/dev/null", Target(first));
    }

    private static string? Target(int number) => new FileInfo($"/proc/self/fd/{number}").LinkTarget;

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int number);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int number);
}
