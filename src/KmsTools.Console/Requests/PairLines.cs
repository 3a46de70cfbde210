using System.Collections.Immutable;

namespace KmsTools.WebConsole.Requests;

/// <summary>Names with values as people type them: one pair on each line, as <c>name=value</c>.</summary>
internal static class PairLines
{
    /// <summary>The pairs, such as an encryption context; null for none.</summary>
    /// <param name="text">What was typed; null for nothing.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <exception cref="ArgumentException">A line is no pair, or a name is there twice.</exception>
    public static IReadOnlyDictionary<string, string>? Read(string? text, string what)
    {
        Dictionary<string, string> pairs = new(StringComparer.Ordinal);
        foreach ((string name, string? value) in Split(text, what))
        {
            if (value is null)
            {
                throw new ArgumentException($"{what}: '{name}' has no value. Write one pair on each line, as name=value.");
            }

            if (!pairs.TryAdd(name, value))
            {
                throw new ArgumentException($"{what}: '{name}' is there twice.");
            }
        }

        return pairs.Count == 0 ? null : pairs;
    }

    /// <summary>
    /// The values of condition keys: several lines of one key are its several values; a key alone is one that the call lacks.
    /// </summary>
    /// <param name="text">What was typed; null for nothing.</param>
    /// <param name="what">What it is, for the message.</param>
    /// <exception cref="ArgumentException">A line has no name.</exception>
    public static IReadOnlyDictionary<string, ImmutableArray<string>> ReadValues(string? text, string what) => Split(text, what)
        .GroupBy(static pair => pair.Name, StringComparer.OrdinalIgnoreCase)
        .ToImmutableDictionary(
            static pairs => pairs.Key,
            static pairs => pairs.Select(static pair => pair.Value).OfType<string>().ToImmutableArray(),
            StringComparer.OrdinalIgnoreCase);

    /// <summary>Pairs as they are typed.</summary>
    public static string Write(IReadOnlyDictionary<string, string> pairs) =>
        string.Join('\n', pairs.Select(static pair => $"{pair.Key}={pair.Value}"));

    private static IEnumerable<(string Name, string? Value)> Split(string? text, string what)
    {
        foreach (string line in (text ?? "").Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            int at = line.IndexOf('=', StringComparison.Ordinal);
            string name = (at < 0 ? line : line[..at]).Trim();
            yield return name.Length > 0
                ? (name, at < 0 ? null : line[(at + 1)..].Trim())
                : throw new ArgumentException($"{what}: '{line}' has no name. Write one pair on each line, as name=value.");
        }
    }
}
