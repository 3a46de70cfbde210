namespace KmsTools.Files;

/// <summary>
/// A file that appears under its name only when it is complete and on the disk. Until then its bytes are in a temporary file beside it that
/// only its owner can read, and that is deleted if the operation fails.
/// </summary>
internal sealed class PendingFile : IDisposable
{
    private readonly string _temporary;
    private readonly string _path;
    private bool _done;

    /// <summary>Creates the temporary file.</summary>
    /// <param name="path">The full name of the file, in an existing folder.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public PendingFile(string path)
    {
        _path = path;
        _temporary = Path.Combine(Path.GetDirectoryName(path)!, $".kmstools-{Guid.NewGuid():N}.tmp");
        FileStreamOptions options = new() { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        Stream = new FileStream(_temporary, options);
    }

    /// <summary>Receives the bytes.</summary>
    public FileStream Stream { get; }

    /// <summary>Gives the file its name.</summary>
    /// <param name="overwrite">Replaces an existing file of that name, and keeps its permissions.</param>
    /// <returns>False if the name is taken, even if only since a moment ago, and must not be overwritten.</returns>
    /// <exception cref="IOException">The disk is full.</exception>
    public bool TryComplete(bool overwrite)
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        if (!overwrite)
        {
            _done = AtomicMove.TryMoveFile(_temporary, _path);
            return _done;
        }

        if (!OperatingSystem.IsWindows() && File.Exists(_path))
        {
            File.SetUnixFileMode(_temporary, File.GetUnixFileMode(_path));
        }

        File.Move(_temporary, _path, overwrite: true);
        _done = true;
        return true;
    }

    /// <summary>Deletes the temporary file, unless the file is complete.</summary>
    public void Dispose()
    {
        Stream.Dispose();
        if (!_done)
        {
            File.Delete(_temporary);
        }
    }
}
