using System.Security.Cryptography;
using KmsTools.Cryptography;
using KmsTools.Files;
using KmsTools.Persistence;
using KmsTools.Sealing;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Backups;

/// <summary>A backup that is written and verified, and has a temporary name. While it has that, its file is locked.</summary>
internal sealed class StagedBackup : IStagedBackup
{
    private const string PartSuffix = ".part-";

    private readonly string _path;
    private readonly string _part;
    private readonly bool _replaces;
    private FileStream? _file;

    private StagedBackup(string path, bool replace)
    {
        _path = Path.GetFullPath(path);
        _part = _path + PartSuffix + Guid.NewGuid().ToString("N");
        _replaces = replace;
    }

    public StoreBackupHeader Header { get; private set; } = null!;

    public long Size { get; private set; }

    /// <summary>Writes a backup and verifies it.</summary>
    /// <exception cref="StateStoreException">It cannot be written; nothing is left of it.</exception>
    public static StagedBackup Write(
        StoreSnapshotSource source, string path, bool replace, DateTimeOffset now, Seal seal, SealKey key)
    {
        StagedBackup backup = new(path, replace);
        try
        {
            backup.Require(source.Folder);
            backup.RemoveLeftovers();
            using StoreSnapshot snapshot = StoreSnapshot.Take(source, now);
            backup.Write(snapshot, seal, key);
            return backup;
        }
        catch (Exception exception)
        {
            backup.Dispose();
            throw exception is IOException or UnauthorizedAccessException
                ? new StateStoreException($"The backup '{backup._path}' cannot be written: {exception.Message}", exception)
                : exception;
        }
    }

    public void Place()
    {
        try
        {
            if (_replaces)
            {
                File.Move(_part, _path, overwrite: true);
            }
            else if (!AtomicMove.TryMoveFile(_part, _path))
            {
                throw Exists();
            }

            _file?.Dispose();
            _file = null;
            AtomicMove.TrySync(Path.GetDirectoryName(_path)!);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new StateStoreException($"The backup '{_path}' cannot be written: {exception.Message}", exception);
        }
    }

    public void Dispose()
    {
        if (_file is not null)
        {
            _file.Dispose();
            _file = null;
            File.Delete(_part);
        }
    }

    private StateStoreException Exists() => new($"'{_path}' exists already. Nothing was written. Choose another name, or replace it.");

    private void Require(StoreFolder folder)
    {
        if (_path == folder.Path || _path.StartsWith(folder.Path + Path.DirectorySeparatorChar, StringComparison.Ordinal))
        {
            throw new StateStoreException(
                $"'{_path}' is in the folder of the store: whatever takes the store takes the backup too. Choose another folder.");
        }

        if (Directory.Exists(_path))
        {
            throw new StateStoreException($"'{_path}' is a folder. Name the file that the backup is to be.");
        }

        if (!_replaces && File.Exists(_path))
        {
            throw Exists();
        }
    }

    // Those of processes that were killed: no process has their lock.
    private void RemoveLeftovers()
    {
        foreach (string left in Directory.GetFiles(
            Path.GetDirectoryName(_path)!, Path.GetFileName(_path) + PartSuffix + new string('?', 32)))
        {
            try
            {
                using FileStream free = new(left, FileMode.Open, FileAccess.ReadWrite, FileShare.None);
                File.Delete(left);
            }
            catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
            {
                // Another process writes it.
            }
        }
    }

    private void Write(StoreSnapshot snapshot, Seal seal, SealKey key)
    {
        using Secret contentKey = Secret.Random(ChunkCipher.KeySize);
        BackupHead head = BackupHead.Create(snapshot.Header, seal, key, contentKey);
        FileStreamOptions options = StoreFolder.NewFile();
        options.Access = FileAccess.ReadWrite;
        options.Share = OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;
        _file = new FileStream(_part, options);
        _file.Write(head.Bytes);
        byte[] written;
        using (ChunkCipher cipher = new(contentKey, head.Hash))
        using (ChunkWriter writer = new(_file, cipher))
        {
            snapshot.WriteTo(writer);
            written = writer.End();
        }

        _file.Flush(flushToDisk: true);
        _file.Position = 0;
        BackupHead read = BackupHead.Read(_file, _path);
        if (!CryptographicOperations.FixedTimeEquals(written, Read(read, _path, _file, key)))
        {
            throw BackupHead.IsDamaged(_path);
        }

        Size = _file.Length;
        Header = read.Header;
    }

    private static byte[] Read(BackupHead head, string path, FileStream file, SealKey key)
    {
        using Secret contentKey = head.UnwrapKey(path, key);
        using ChunkCipher cipher = new(contentKey, head.Hash);
        using ChunkReader reader = new(file, path, cipher);
        return reader.ReadFiles(static (_, _) => null);
    }
}
