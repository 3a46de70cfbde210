using System.Runtime.Versioning;
using System.Security.AccessControl;
using System.Security.Principal;
using KmsTools.Persistence;

namespace KmsTools.Storage.Sqlite;

/// <summary>
/// Refuses, before anything of it is opened, a store that others can read or change, and one on a network. As ssh does with its keys:
/// those who can write the folder can put a known root.key there, and those who can read root.key can decrypt every key.
/// </summary>
internal static class StorePrivacy
{
    private const UnixFileMode Readers = UnixFileMode.GroupRead | UnixFileMode.OtherRead;
    private const UnixFileMode Writers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    // .NET calls them neither local nor of a network.
    private static readonly string[] s_sharedByHosts = ["9p", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "fuse.sshfs"];

    /// <summary>Checks the folder, if it exists, the folders in it, and the files of the store and of its event log.</summary>
    /// <exception cref="StateStoreException">The store cannot be used safely; the message says what to do.</exception>
    public static void Require(StoreFolder folder)
    {
        if (!Directory.Exists(folder.Path))
        {
            return;
        }

        RequireLocal(folder.Path);
        if (OperatingSystem.IsWindows())
        {
            foreach (string path in folder.FindFolders().Prepend(folder.Path))
            {
                RequireOwnEntries(new DirectoryInfo(path).GetAccessControl(), path);
            }

            foreach (string file in folder.FindFiles())
            {
                RequireOwnEntries(new FileInfo(file).GetAccessControl(), file);
            }

            return;
        }

        // The names in the folder may be read: that tells nobody a key.
        string advice = $"chmod -R go= '{folder.Path}'";
        foreach (string path in folder.FindFolders().Prepend(folder.Path))
        {
            RequirePrivate(folder.Path, path, Writers, advice);
        }

        foreach (string file in folder.FindFiles())
        {
            RequirePrivate(folder.Path, file, Readers | Writers, advice);
        }
    }

    /// <summary>Checks a file that holds a key, and whether others can put another one in its place.</summary>
    /// <param name="path">Full path of the file, which exists.</param>
    /// <exception cref="StateStoreException">It cannot be used safely; the message says what to do.</exception>
    public static void RequireFile(string path)
    {
        string folder = Path.GetDirectoryName(path)!;
        if (OperatingSystem.IsWindows())
        {
            RequireOwnEntries(new FileInfo(path).GetAccessControl(), path);
            return;
        }

        RequirePrivate(path, path, Readers | Writers, $"chmod go= '{path}'");
        if (FileStatus.Find(folder) is { } status && (status.Mode & UnixFileMode.StickyBit) == 0)
        {
            RequirePrivate(folder, folder, Writers, $"chmod go-w '{folder}'");
        }
    }

    // The log needs memory that all processes on the store share: two hosts would corrupt it.
    private static void RequireLocal(string path)
    {
        DriveInfo drive = new(OperatingSystem.IsWindows() ? Path.GetPathRoot(path)! : path);
        string? type = drive.IsReady ? drive.DriveFormat : null;
        if (drive.DriveType == DriveType.Network || path.StartsWith(@"\\", StringComparison.Ordinal)
            || s_sharedByHosts.Contains(type, StringComparer.Ordinal))
        {
            string format = type is null ? "" : $" ({type})";
            throw new StateStoreException(
                $"'{path}' is on a network file system{format}, where two hosts would damage the store. Put the store on a local disk.");
        }
    }

    private static void RequirePrivate(string owned, string path, UnixFileMode forbidden, string advice)
    {
        if (FileStatus.Find(path) is not { } status)
        {
            return;
        }

        uint user = FileStatus.User;
        if (status.Owner != user && status.Owner != 0)
        {
            throw new StateStoreException(
                $"'{path}' belongs to user {status.Owner}, not to you (user {user}), so that others can read and change the store. Use a "
                    + $"store of your own; or, if it is yours: chown -R {user} '{owned}'");
        }

        UnixFileMode excess = status.Mode & forbidden;
        if (excess != UnixFileMode.None)
        {
            string what = (excess & Writers) != 0 ? "change" : "read";
            throw new StateStoreException(
                $"Other users can {what} '{path}': its mode is {Convert.ToString((int)status.Mode, 8)}. Nothing was opened. If nobody has "
                    + $"done so: {advice}");
        }
    }

    [SupportedOSPlatform("windows")]
    private static void RequireOwnEntries(FileSystemSecurity security, string path)
    {
        using WindowsIdentity user = WindowsIdentity.GetCurrent();
        AuthorizationRuleCollection rules = security.GetAccessRules(
            includeExplicit: true, includeInherited: true, typeof(SecurityIdentifier));
        foreach (FileSystemAccessRule rule in rules)
        {
            SecurityIdentifier who = (SecurityIdentifier)rule.IdentityReference;
            bool isTrusted = who == user.User || who.IsWellKnown(WellKnownSidType.LocalSystemSid)
                || who.IsWellKnown(WellKnownSidType.BuiltinAdministratorsSid) || who.IsWellKnown(WellKnownSidType.CreatorOwnerSid);
            if (rule.AccessControlType == AccessControlType.Allow && !isTrusted
                && (rule.FileSystemRights & (FileSystemRights.ReadData | FileSystemRights.WriteData | FileSystemRights.AppendData)) != 0)
            {
                throw new StateStoreException(
                    $"Other users can read or change '{path}': it has an access rule for {who}. Nothing was opened. Remove the rule "
                        + "(icacls), or use another folder.");
            }
        }
    }
}
