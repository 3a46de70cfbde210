using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Sqlite;

/// <summary>What a Unix system knows of a file or folder. The base class library tells neither its identity nor its owner.</summary>
/// <param name="Device">The file system; with <see cref="Inode"/> the identity of the file.</param>
/// <param name="Inode">The number of the file in its file system.</param>
/// <param name="Owner">The user ID of its owner.</param>
/// <param name="Mode">Its permissions.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Changed">
/// When it was last changed, in a folder also when a file was put there or taken away; null where that is not known or was not asked for.
/// </param>
internal readonly partial record struct FileStatus(ulong Device, ulong Inode, uint Owner, UnixFileMode Mode, long Size, DateTime? Changed)
{
    private const int CurrentDirectory = -100;
    private const int Permissions = 0xFFF;

    private const int End = 2;

    // STATX_BASIC_STATS, and the times in it: STATX_ATIME, STATX_MTIME and STATX_CTIME.
    private const uint BasicStatus = 0x7FF;
    private const uint Times = 0xE0;

    /// <summary>The effective user ID of this process.</summary>
    public static uint User => GetEffectiveUserId();

    /// <summary>Whether two are the same file.</summary>
    public bool IsSame(FileStatus other) => (Device, Inode) == (other.Device, other.Inode);

    /// <summary>The status of a file or folder, of what a link points to; null if there is none, or the system does not tell.</summary>
    /// <param name="path">The file or folder.</param>
    /// <param name="withTime">
    /// Whether <see cref="Changed"/> is asked for. On Linux that makes the next write of the file twice as slow: the time that it then has must
    /// be another one.
    /// </param>
    public static FileStatus? Find(string path, bool withTime = false)
    {
        if (OperatingSystem.IsLinux())
        {
            return Statx(CurrentDirectory, path, 0, withTime ? BasicStatus : BasicStatus & ~Times, out LinuxStatus linux) == 0
                ? new(
                    ((ulong)linux.DeviceMajor << 32) | linux.DeviceMinor,
                    linux.Inode,
                    linux.Owner,
                    (UnixFileMode)(linux.Mode & Permissions),
                    linux.Size,
                    withTime
                        ? DateTime.UnixEpoch.AddSeconds(linux.ChangedSeconds)
                            .AddTicks(linux.ChangedNanoseconds / TimeSpan.NanosecondsPerTick)
                        : null)
                : null;
        }

        if (OperatingSystem.IsMacOS())
        {
            int result = RuntimeInformation.ProcessArchitecture == Architecture.X64
                ? StatOfIntel(path, out MacStatus mac)
                : Stat(path, out mac);
            return result == 0
                ? new((uint)mac.Device, mac.Inode, mac.Owner, (UnixFileMode)(mac.Mode & Permissions), mac.Size, null)
                : null;
        }

        return null;
    }

    /// <summary>
    /// The size of a file in bytes, which stays open until the call returns. <see cref="RandomAccess.GetLength"/> asks for the times too, and makes the next write as slow as
    /// <see cref="Find"/> does.
    /// </summary>
    public static long SizeOf(SafeFileHandle file) =>
        OperatingSystem.IsLinux() || OperatingSystem.IsMacOS()
            ? Seek(file.DangerousGetHandle(), 0, End)
            : RandomAccess.GetLength(file);

    // RandomAccess has no use for the position that this sets. It reads a number in memory, and never waits.
    [SuppressGCTransition]
    [LibraryImport("libc", EntryPoint = "lseek")]
    private static partial long Seek(nint file, long offset, int origin);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    private static partial uint GetEffectiveUserId();

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Statx(int folder, string path, int flags, uint mask, out LinuxStatus status);

    [LibraryImport("libc", EntryPoint = "stat", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Stat(string path, out MacStatus status);

    [LibraryImport("libc", EntryPoint = "stat$INODE64", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatOfIntel(string path, out MacStatus status);

    // struct statx, which is the same on all architectures.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct LinuxStatus
    {
        [FieldOffset(20)]
        public uint Owner;

        [FieldOffset(28)]
        public ushort Mode;

        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(40)]
        public long Size;

        [FieldOffset(96)]
        public long ChangedSeconds;

        [FieldOffset(104)]
        public uint ChangedNanoseconds;

        [FieldOffset(136)]
        public uint DeviceMajor;

        [FieldOffset(140)]
        public uint DeviceMinor;
    }

    // struct stat with inodes of 64 bits.
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct MacStatus
    {
        [FieldOffset(0)]
        public int Device;

        [FieldOffset(4)]
        public ushort Mode;

        [FieldOffset(8)]
        public ulong Inode;

        [FieldOffset(16)]
        public uint Owner;

        [FieldOffset(96)]
        public long Size;
    }
}
