using System.Globalization;

namespace KmsTools.Benchmarks;

/// <summary>What the command line says.</summary>
/// <param name="Names">The benchmarks to run; all when empty.</param>
/// <param name="IsFull">Also the sizes that take long to fill: 1,000,000 keys and 10,000,000 events.</param>
/// <param name="Figures">The file that the medians are written to, or null.</param>
/// <param name="Against">The benchmark program of another commit that this one is compared with, or null.</param>
/// <param name="RoundCount">How many times both are run for a comparison.</param>
/// <param name="Repository">Where the built module, the git history and the folder of results are.</param>
internal sealed record BenchmarkOptions(IReadOnlyList<string> Names, bool IsFull, string? Figures, string? Against, int RoundCount, string Repository)
{
    public string Module => Path.Combine(Repository, "artifacts", "KmsTools");

    public string Results => Path.Combine(Repository, "tests", "Benchmarks", "results");

    /// <exception cref="ArgumentException">It is not understood.</exception>
    public static BenchmarkOptions Parse(IEnumerable<string> arguments, IReadOnlyCollection<string> known)
    {
        List<string> names = new();
        bool isFull = false;
        string? figures = null, against = null;
        int rounds = 5;
        using IEnumerator<string> rest = arguments.GetEnumerator();
        while (rest.MoveNext())
        {
            switch (rest.Current)
            {
                case "--figures":
                    figures = Value();
                    break;
                case "--against":
                    against = Value();
                    break;
                case "--rounds":
                    rounds = int.TryParse(Value(), CultureInfo.InvariantCulture, out int count) && count > 0
                        ? count
                        : throw new ArgumentException("--rounds needs a number from 1.");
                    break;
                case "--full":
                    isFull = true;
                    break;
                case "--only":
                    break;
                default:
                    names.AddRange(rest.Current.Split(',', StringSplitOptions.RemoveEmptyEntries));
                    break;
            }
        }

        return names.Find(name => !known.Contains(name)) is { } unknown
            ? throw new ArgumentException($"There is no benchmark '{unknown}'.")
            : new BenchmarkOptions(names, isFull, figures, against, rounds, FindRepository());

        string Value()
        {
            string option = rest.Current;
            return rest.MoveNext() ? rest.Current : throw new ArgumentException($"{option} needs a value.");
        }
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
