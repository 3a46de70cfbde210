namespace KmsTools.Architecture;

/// <summary>The sources of the repository that the tests run within.</summary>
internal static class SourceTree
{
    private static readonly string Root = FindRoot();

    /// <summary>The C# files below a folder of the repository, without what the build makes.</summary>
    public static string[] Files(string folder) =>
    [
        .. Directory.GetFiles(Path.Combine(Root, folder), "*.cs", SearchOption.AllDirectories)
            .Where(static file => !IsBelow(file, "obj") && !IsBelow(file, "bin")),
    ];

    private static bool IsBelow(string file, string folder) =>
        file.Contains($"{Path.DirectorySeparatorChar}{folder}{Path.DirectorySeparatorChar}", StringComparison.Ordinal);

    private static string FindRoot()
    {
        string folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "KmsTools.sln")))
        {
            folder = Path.GetDirectoryName(folder)
                ?? throw new DirectoryNotFoundException("The tests are not run within the repository.");
        }

        return folder;
    }
}
