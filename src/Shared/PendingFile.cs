using Microsoft.Win32.SafeHandles;

namespace KmsTools.Files;

/// <summary>
/// A file that appears under its name only when it is complete and on the disk. Until then it has no name, so that nothing is left when
/// the process is killed. Where files need names, it has a temporary one beside its own, and <see cref="Sweep"/> deletes what a killed
/// process left.
/// </summary>
internal sealed class PendingFile : IDisposable
{
    /// <summary>The permissions of a file that only its owner may use.</summary>
    public const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The permissions of a file that anyone may read and write whom the umask of the process allows to.</summary>
    public const UnixFileMode Usual = OwnerOnly
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private const string Prefix = ".kmstools-";
    private const string Extension = ".tmp";

    // EWOULDBLOCK, which .NET puts into HResult where another process has locked a file.
    private static readonly int s_isLocked = OperatingSystem.IsMacOS() ? 35 : 11;

    private readonly string _folder;
    private readonly string _path;
    private readonly bool _isNameless;
    private string? _temporary;

    /// <summary>Creates the file, without its name.</summary>
    /// <param name="path">The full name of the file, in an existing folder.</param>
    /// <param name="mode">Its permissions on Unix.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public PendingFile(string path, UnixFileMode mode = OwnerOnly)
    {
        _path = path;
        _folder = Path.GetDirectoryName(path) ?? path;
        SafeFileHandle? nameless = NamelessFile.TryCreate(_folder, mode);
        _isNameless = nameless is not null;
        Stream = nameless is null ? CreateNamed(mode) : new FileStream(nameless, FileAccess.Write, bufferSize: 0);
    }

    /// <summary>Receives the bytes.</summary>
    public FileStream Stream { get; }

    /// <summary>Deletes what killed processes have left in a folder. What cannot be deleted stays.</summary>
    public static void Sweep(string folder)
    {
        try
        {
            foreach (string file in Directory.EnumerateFiles(folder, $"{Prefix}*{Extension}").Where(IsTemporary))
            {
                TryDeleteAbandoned(file);
            }
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Whoever may not list the folder may still create files in it.
        }
    }

    /// <summary>Gives the file its name, and writes that to the disk.</summary>
    /// <param name="overwrite">Replaces an existing file of that name, and keeps its permissions.</param>
    /// <returns>False if the name is taken, even if only since a moment ago, and must not be overwritten.</returns>
    /// <exception cref="IOException">The disk is full.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not get this name.</exception>
    public bool TryComplete(bool overwrite)
    {
        if (overwrite && !OperatingSystem.IsWindows() && File.Exists(_path))
        {
            File.SetUnixFileMode(Stream.SafeFileHandle, File.GetUnixFileMode(_path));
        }

        Stream.Flush(flushToDisk: true);
        if (!TryTakeName(overwrite))
        {
            return false;
        }

        AtomicMove.TrySync(_folder);
        return true;
    }

    /// <summary>Deletes the file, unless it is complete.</summary>
    public void Dispose()
    {
        if (_temporary is not null)
        {
            File.Delete(_temporary);
        }

        Stream.Dispose();
    }

    private static bool IsTemporary(string file) =>
        Guid.TryParseExact(Path.GetFileName(file)[Prefix.Length..^Extension.Length], "N", out _);

    // The file of a living process is locked.
    private static void TryDeleteAbandoned(string file)
    {
        try
        {
            using FileStream locked = new(file, FileMode.Open, FileAccess.ReadWrite, WhileUnnamed, bufferSize: 0);
            File.Delete(file);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // Another process has it, or another user.
        }
    }

    // Windows renames and deletes an open file only if it is shared for that.
    private static FileShare WhileUnnamed => OperatingSystem.IsWindows() ? FileShare.Delete : FileShare.None;

    private string NewTemporary() => Path.Combine(_folder, $"{Prefix}{Guid.NewGuid():N}{Extension}");

    private FileStream CreateNamed(UnixFileMode mode)
    {
        FileStreamOptions options = new()
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            Share = WhileUnnamed,
            BufferSize = 0,
        };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = mode;
        }

        while (true)
        {
            string name = NewTemporary();
            try
            {
                FileStream stream = new(name, options);
                if (File.Exists(name))
                {
                    _temporary = name;
                    return stream;
                }

                stream.Dispose();
            }
            catch (IOException exception) when (exception.HResult == s_isLocked)
            {
                // Between its creation and its lock a sweep takes the file for an abandoned one, and deletes it.
            }
        }
    }

    private bool TryTakeName(bool overwrite)
    {
        if (_isNameless)
        {
            if (NamelessFile.TryName(Stream.SafeFileHandle, _path))
            {
                return true;
            }

            if (!overwrite)
            {
                return false;
            }

            // Only a file with a name can replace another one.
            string name = NewTemporary();
            _temporary = NamelessFile.TryName(Stream.SafeFileHandle, name) ? name : throw new IOException($"'{name}' exists already.");
        }

        if (overwrite)
        {
            File.Move(_temporary!, _path, overwrite: true);
        }
        else if (!AtomicMove.TryMoveFile(_temporary!, _path))
        {
            return false;
        }

        _temporary = null;
        return true;
    }
}
