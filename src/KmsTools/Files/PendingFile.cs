namespace KmsTools.Files;

/// <summary>
/// A file that appears under its name only when it is complete and on the disk. Until then its bytes are in a file beside it that only
/// its owner can read, and that is deleted when the work fails.
/// </summary>
internal sealed class PendingFile : IDisposable
{
    private readonly string _temporary;
    private readonly string _path;
    private bool _done;

    /// <summary>Begins the file.</summary>
    /// <param name="path">Its full name, in a folder that exists.</param>
    /// <exception cref="IOException">The folder cannot be written to.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder cannot be written to.</exception>
    public PendingFile(string path)
    {
        _path = path;
        _temporary = Path.Combine(Path.GetDirectoryName(path)!, $".kmstools-{Guid.NewGuid():N}.tmp");
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, Share = FileShare.None, BufferSize = 0 };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        }

        Stream = new FileStream(_temporary, options);
    }

    /// <summary>Takes the bytes.</summary>
    public FileStream Stream { get; }

    /// <summary>Gives the file its name.</summary>
    /// <param name="overwrite">Takes the place and the permissions of a file that has the name already; refused otherwise.</param>
    /// <exception cref="IOException">The disk is full, or there is a file with the name.</exception>
    public void Complete(bool overwrite)
    {
        Stream.Flush(flushToDisk: true);
        Stream.Dispose();
        if (overwrite && !OperatingSystem.IsWindows() && File.Exists(_path))
        {
            File.SetUnixFileMode(_temporary, File.GetUnixFileMode(_path));
        }

        File.Move(_temporary, _path, overwrite);
        _done = true;
    }

    /// <summary>Deletes what there is, unless the file is complete.</summary>
    public void Dispose()
    {
        Stream.Dispose();
        if (!_done)
        {
            File.Delete(_temporary);
        }
    }
}
