using KmsTools.Persistence;

namespace KmsTools.Commands;

/// <summary>Finds what the user meant with a name that does not exist.</summary>
internal static class NearestName
{
    private const int MaxCandidates = 300;
    private const int MaxLength = 300;

    /// <summary>A sentence for the user, or null. Never fails.</summary>
    public static string? Hint(KmsEngine engine, string? region, string name)
    {
        try
        {
            region ??= engine.Properties.Region;
            using IStateReader state = engine.OpenReader();
            if (state.FindAlias(region, name) is { } alias)
            {
                return $"{name} is the key {alias.TargetKeyId}: this operation takes its ID or ARN.";
            }

            IEnumerable<string> candidates =
            [
                .. state.ListAliases(region, null, null, MaxCandidates).Select(static alias => alias.AliasName),
                .. state.ListKeyIds(region, null, MaxCandidates),
            ];
            return Find(name, candidates) is { } nearest ? $"Did you mean {nearest}? Get-KmsAliasList and Get-KmsKeyList show what there is." : null;
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // The error that is being reported matters more than this.
            return null;
        }
    }

    /// <summary>The candidate that is nearest and near enough, or null.</summary>
    private static string? Find(string name, IEnumerable<string> candidates)
    {
        int most = Math.Clamp(name.Length / 4, 1, 4);
        return name.Length is 0 or > MaxLength ? null : candidates
            .Where(candidate => Math.Abs(candidate.Length - name.Length) <= most)
            .Select(candidate => (Candidate: candidate, Distance: Distance(name, candidate)))
            .Where(pair => pair.Distance > 0 && pair.Distance <= most)
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
