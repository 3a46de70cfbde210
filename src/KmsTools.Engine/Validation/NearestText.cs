namespace KmsTools.Validation;

/// <summary>Finds what somebody meant with a name that does not exist.</summary>
public static class NearestText
{
    /// <summary>The candidate that is nearest and near enough, or null. Case does not count.</summary>
    /// <param name="name">What was given.</param>
    /// <param name="candidates">What there is. The name itself does not count.</param>
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

    // Levenshtein, with two rows.
    private static int Distance(string left, string right)
    {
        int[] before = [.. Enumerable.Range(0, right.Length + 1)];
        int[] now = new int[right.Length + 1];
        for (int i = 1; i <= left.Length; i++)
        {
            now[0] = i;
            for (int j = 1; j <= right.Length; j++)
            {
                int change = char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1;
                now[j] = Math.Min(Math.Min(now[j - 1], before[j]) + 1, before[j - 1] + change);
            }

            (before, now) = (now, before);
        }

        return before[right.Length];
    }
}
