namespace KmsTools.Persistence;

/// <summary>The folders of temporary stores: each has a unique name, in the system's folder for temporary files.</summary>
public static class TemporaryStoreFolder
{
    private const string Prefix = "kmstools-";

    /// <summary>The full path of a folder for another temporary store, which does not exist yet.</summary>
    public static string New() => Path.Combine(Path.GetTempPath(), $"{Prefix}{Guid.NewGuid():N}");

    /// <summary>Whether a folder has the name of one of a temporary store.</summary>
    public static bool IsOne(string path)
    {
        string name = Path.GetFileName(path);
        return name.StartsWith(Prefix, StringComparison.Ordinal) && Guid.TryParseExact(name.AsSpan(Prefix.Length), "N", out _);
    }
}
