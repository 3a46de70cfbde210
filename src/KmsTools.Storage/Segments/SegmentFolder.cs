using System.Globalization;
using KmsTools.Files;
using KmsTools.Persistence;
using KmsTools.Storage.Sqlite;
using Microsoft.Win32.SafeHandles;

namespace KmsTools.Storage.Segments;

/// <summary>
/// The folder of the event log: segments such as 00000001.log, the locks of those that a process appends to, and the catalogue. Locks are
/// taken, and files created and deleted, only by the process that has the lock of the catalogue.
/// </summary>
/// <param name="path">The folder.</param>
/// <param name="storeId">The ID of the store, which is in every header.</param>
/// <param name="isDurable">Whether what is written must survive a power loss: not that of temporary stores.</param>
internal sealed class SegmentFolder(string path, string storeId, bool isDurable)
{
    private const string SegmentSuffix = ".log";
    /// <summary>The name of the file of the catalogue.</summary>
    public const string NameOfCatalogue = CatalogueName + SegmentSuffix;

    private const string CatalogueName = "catalogue";
    private const string DamagedSuffix = ".damaged";

    private static readonly TimeSpan s_busyLimit = TimeSpan.FromSeconds(30);

    public string Path => path;

    public string StoreId => storeId;

    /// <summary>Whether what is written must survive a power loss.</summary>
    public bool IsDurable => isDurable;

    /// <summary>The file of the catalogue.</summary>
    public string CatalogueFile => InFolder(NameOfCatalogue);

    /// <summary>Whether there is a catalogue, whatever it contains: one without a whole header is made again.</summary>
    public bool HasCatalogue => File.Exists(CatalogueFile) && new FileInfo(CatalogueFile).Length >= SegmentHeader.Size;

    /// <summary>The file of a segment.</summary>
    public string FileOf(int segment) => InFolder(NameOf(segment) + SegmentSuffix);

    /// <summary>Creates the folder if it does not exist.</summary>
    public void Create()
    {
        if (!Directory.Exists(path))
        {
            StoreFolder.CreateFolder(path);
            Sync(System.IO.Path.GetDirectoryName(path)!);
        }
    }

    /// <summary>The numbers of the segments whose files exist, in their order.</summary>
    public int[] List() => !Directory.Exists(path)
        ? []
        :
        [
            .. Directory.EnumerateFiles(path, "????????" + SegmentSuffix)
                .Select(static file => int.TryParse(
                    System.IO.Path.GetFileNameWithoutExtension(file), NumberStyles.None, CultureInfo.InvariantCulture, out int number)
                    ? number
                    : 0)
                .Where(static number => number > 0)
                .Order(),
        ];

    /// <summary>Gives a catalogue that cannot be used another name, so that a new one is made.</summary>
    public void PutCatalogueAside()
    {
        if (File.Exists(CatalogueFile))
        {
            File.Move(CatalogueFile, CatalogueFile + DamagedSuffix, overwrite: true);
            Sync(path);
        }
    }

    /// <summary>Opens a segment or the catalogue to read it; null if it does not exist.</summary>
    public static SafeFileHandle? OpenToRead(string file)
    {
        try
        {
            return File.OpenHandle(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        }
        catch (Exception exception) when (exception is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Opens a segment or the catalogue to append to it.</summary>
    public static SafeFileHandle OpenToWrite(string file) =>
        File.OpenHandle(file, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Creates a file with its header.</summary>
    public void CreateFile(string file, ReadOnlySpan<byte> header)
    {
        StoreFolder.CreateFile(file);
        using SafeFileHandle handle = OpenToWrite(file);
        RandomAccess.Write(handle, header, 0);
        Sync(handle);
        Sync(path);
    }

    /// <summary>Waits for the lock of the catalogue.</summary>
    /// <exception cref="StateStoreException">Another process kept it for too long.</exception>
    public IDisposable LockCatalogue()
    {
        BackoffWait wait = new(s_busyLimit);
        while (true)
        {
            if (TryLock(CatalogueName) is { } held)
            {
                return held;
            }

            if (!wait.TryWait())
            {
                throw new StateStoreException(
                    $"'{CatalogueFile}' is busy: another process kept it locked for too long. Find the process that uses the store and let "
                        + "it end, then try again.");
            }
        }
    }

    /// <summary>
    /// Waits for the lock of the catalogue to read what it guards. Where its file does not exist, no process has it, and none is made.
    /// </summary>
    /// <exception cref="StateStoreException">Another process kept it for too long.</exception>
    public IDisposable? LockCatalogueToRead() => File.Exists(LockOf(CatalogueName)) ? LockCatalogue() : null;

    /// <summary>Takes the lock of a segment; null if another process appends to it.</summary>
    public IDisposable? TryHold(int segment) => TryLock(NameOf(segment));

    /// <summary>Deletes the lock of a segment that nobody appends to any more.</summary>
    public void RemoveLock(int segment) => File.Delete(LockOf(NameOf(segment)));

    /// <summary>Writes a file to the disk.</summary>
    public void Sync(SafeFileHandle file)
    {
        if (isDurable)
        {
            RandomAccess.FlushToDisk(file);
        }
    }

    /// <summary>Writes the entries of a folder to the disk.</summary>
    private void Sync(string folder)
    {
        if (isDurable)
        {
            AtomicMove.Sync(folder);
        }
    }

    private FileStream? TryLock(string name)
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.OpenOrCreate,
            Access = FileAccess.ReadWrite,
            Share = FileShare.None,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        try
        {
            return new FileStream(LockOf(name), options);
        }
        catch (IOException exception)
            when (exception is not (DirectoryNotFoundException or FileNotFoundException or PathTooLongException)
                && File.Exists(LockOf(name)))
        {
            return null;
        }
    }

    private static string NameOf(int segment) => segment.ToString("D8", CultureInfo.InvariantCulture);

    private string LockOf(string name) => InFolder(name + ".lock");

    private string InFolder(string name) => System.IO.Path.Combine(path, name);
}
