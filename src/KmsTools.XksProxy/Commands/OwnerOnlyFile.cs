using KmsTools.Files;

namespace KmsTools.XksProxy.Commands;

/// <summary>New files that only their owner can read. They appear when they are complete and on the disk.</summary>
internal static class OwnerOnlyFile
{
    /// <summary>Writes one.</summary>
    /// <param name="path">The file, which must not exist.</param>
    /// <param name="content">The content.</param>
    /// <exception cref="IOException">It exists, or cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It cannot be written.</exception>
    public static void Write(string path, ReadOnlySpan<byte> content)
    {
        string full = Path.GetFullPath(path);
        if (!Directory.Exists(Path.GetDirectoryName(full)))
        {
            throw new IOException($"The folder of '{full}' does not exist. Make it first.");
        }

        using PendingFile file = new(full);
        file.Stream.Write(content);
        if (!file.TryComplete(overwrite: false))
        {
            throw new IOException($"'{full}' exists already, and is not overwritten. Name another file, or remove this one first.");
        }
    }
}
