using System.Runtime.InteropServices;

namespace KmsTools.Storage.Sqlite;

/// <summary>What a Unix system knows of a file or folder. The base class library tells neither its identity nor its owner.</summary>
/// <param name="Device">The file system; with <see cref="Inode"/> the identity of the file.</param>
/// <param name="Inode">The number of the file in its file system.</param>
/// <param name="Owner">The user ID of its owner.</param>
/// <param name="Mode">Its permissions.</param>
/// <param name="Size">Its size in bytes.</param>
/// <param name="Changed">
/// When it was last changed, in a folder also when a file was put there or taken away; null where that is not known.
/// </param>
internal readonly partial record struct FileStatus(ulong Device, ulong Inode, uint Owner, UnixFileMode Mode, long Size, DateTime? Changed)
{
    private const int CurrentDirectory = -100;
    private const int Permissions = 0xFFF;

    // STATX_BASIC_STATS.
    private const uint BasicStatus = 0x7FF;

    /// <summary>The effective user ID of this process.</summary>
    public static uint User => GetEffectiveUserId();

    /// <summary>Whether two are the same file.</summary>
    public bool IsSame(FileStatus other) => (Device, Inode) == (other.Device, other.Inode);

    /// <summary>The status of a file or folder, of what a link points to; null if there is none, or the system does not tell.</summary>
    public static FileStatus? Find(string path)
    {
        if (OperatingSystem.IsLinux())
        {
            return Statx(CurrentDirectory, path, 0, BasicStatus, out LinuxStatus linux) == 0
                ? new(
                    ((ulong)linux.DeviceMajor << 32) | linux.DeviceMinor,
                    linux.Inode,
                    linux.Owner,
                    (UnixFileMode)(linux.Mode & Permissions),
                    linux.Size,
                    DateTime.UnixEpoch.AddSeconds(linux.ChangedSeconds).AddTicks(linux.ChangedNanoseconds / TimeSpan.NanosecondsPerTick))
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
