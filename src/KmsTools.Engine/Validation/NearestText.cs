namespace KmsTools.Validation;

/// <summary>Finds the name that was probably meant by one that does not exist.</summary>
public static class NearestText
{
    /// <summary>
    /// The nearest candidate that is near enough, or null: one edit for every four characters, at least one and at most four. An edit
    /// adds, drops or replaces a character, or swaps two neighbours. Case does not count.
    /// </summary>
    /// <param name="name">The name that was given.</param>
    /// <param name="candidates">The names that exist. The given name itself does not count.</param>
    public static string? Find(string name, IEnumerable<string> candidates)
    {
        ArgumentNullException.ThrowIfNull(name);
        int most = Math.Clamp(name.Length / 4, 1, 4);
        return candidates
            .Where(candidate => candidate != name && Math.Abs(candidate.Length - name.Length) <= most)
            .Select(candidate => (Candidate: candidate, Distance: Distance(name, candidate)))
            .Where(pair => pair.Distance <= most)
            .OrderBy(static pair => pair.Distance)
            .Select(static pair => pair.Candidate)
            .FirstOrDefault();
    }

    // Optimal string alignment: Levenshtein distance in which swapping two neighbours is one edit, not two. Three rows are enough.
    private static int Distance(string left, string right)
    {
        int[] twoBefore = new int[right.Length + 1];
        int[] before = [.. Enumerable.Range(0, right.Length + 1)];
        int[] now = new int[right.Length + 1];
        for (int i = 1; i <= left.Length; i++)
        {
            now[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int change = IsSame(left[i - 1], right[j - 1]) ? 0 : 1;
                now[j] = Math.Min(Math.Min(now[j - 1], before[j]) + 1, before[j - 1] + change);
                if (i > 1 && j > 1 && IsSame(left[i - 1], right[j - 2]) && IsSame(left[i - 2], right[j - 1]))
                {
                    now[j] = Math.Min(now[j], twoBefore[j - 2] + 1);
                }
            }

            (twoBefore, before, now) = (before, now, twoBefore);
        }

        return before[right.Length];
    }

    private static bool IsSame(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
