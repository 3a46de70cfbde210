using KmsTools.Storage.Backups;
using KmsTools.Storage.Sqlite;

namespace KmsTools.Storage.Copying;

/// <summary>
/// Takes copies of tokens of HSMs into the folder for what only this machine has of a shared store. A file that is there already stays: the
/// folder of a copy is named after its ID.
/// </summary>
/// <param name="local">The folder.</param>
internal sealed class LocalTokens(StoreFolder local) : ISnapshotWriter
{
    public void AddFile(string name, Stream content, long length)
    {
        string folder = local.Path;
        CreateFolder(folder);
        string[] parts = name.Split('/');
        foreach (string part in parts[..^1])
        {
            folder = Path.Combine(folder, part);
            CreateFolder(folder);
        }

        string path = Path.Combine(folder, parts[^1]);
        if (File.Exists(path))
        {
            return;
        }

        using FileStream file = new(path, StoreFolder.NewFile());
        content.CopyTo(file);
        file.Flush(flushToDisk: true);
    }

    public void AddFile(string name, ReadOnlySpan<byte> content)
    {
        using MemoryStream stream = new(content.ToArray());
        AddFile(name, stream, content.Length);
    }

    private static void CreateFolder(string folder)
    {
        if (!Directory.Exists(folder))
        {
            StoreFolder.CreateFolder(folder);
        }
    }
}
