namespace KmsTools.Endpoint;

/// <summary>Files that only their owner can read: others are refused where a secret is read.</summary>
internal static class PrivateFile
{
    /// <summary>Writes a secret.</summary>
    /// <returns>The path.</returns>
    public static string Write(string file, string text)
    {
        File.WriteAllText(file, text);
        MakePrivate(file);
        return file;
    }

    /// <summary>Takes a file away from others.</summary>
    public static void MakePrivate(string file)
    {
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
    }
}
