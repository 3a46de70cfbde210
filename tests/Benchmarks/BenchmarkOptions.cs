namespace KmsTools.Benchmarks;

/// <summary>What the command line says.</summary>
/// <param name="Names">The benchmarks to run; all when empty.</param>
/// <param name="IsFull">Also the sizes that take long to fill: 1,000,000 keys and 10,000,000 events.</param>
/// <param name="Repository">Where the built module, the git history and the folder of results are.</param>
internal sealed record BenchmarkOptions(IReadOnlyList<string> Names, bool IsFull, string Repository)
{
    public string Module => Path.Combine(Repository, "artifacts", "KmsTools");

    public string Results => Path.Combine(Repository, "tests", "Benchmarks", "results");

    /// <exception cref="ArgumentException">It is not understood.</exception>
    public static BenchmarkOptions Parse(IEnumerable<string> arguments, IReadOnlyCollection<string> known)
    {
        var names = new List<string>();
        bool isFull = false;
        foreach (string argument in arguments)
        {
            switch (argument)
            {
                case "--full":
                    isFull = true;
                    break;
                case "--only":
                    break;
                default:
                    names.AddRange(argument.Split(',', StringSplitOptions.RemoveEmptyEntries));
                    break;
            }
        }

        return names.Find(name => !known.Contains(name)) is { } unknown
            ? throw new ArgumentException($"There is no benchmark '{unknown}'.")
            : new BenchmarkOptions(names, isFull, FindRepository());
    }

    private static string FindRepository()
    {
        string? folder = AppContext.BaseDirectory;
        while (folder is not null && !File.Exists(Path.Combine(folder, "KmsTools.sln")))
        {
            folder = Path.GetDirectoryName(folder);
        }

        return folder ?? throw new ArgumentException("The benchmarks run from the folder of the project only.");
    }
}
