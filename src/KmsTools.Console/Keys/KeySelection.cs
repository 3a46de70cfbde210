using System.Collections.Immutable;
using System.Diagnostics;

namespace KmsTools.WebConsole.Keys;

/// <summary>A row of a page.</summary>
/// <param name="Key">The key.</param>
/// <param name="IsDescribed">Whether the caller may see more than its ID.</param>
internal readonly record struct ShownKey(KeyRow Key, bool IsDescribed);

/// <summary>A page of a list of keys, as a caller may see it.</summary>
/// <param name="Keys">The keys on the page.</param>
/// <param name="Total">How many keys there are on all pages, or more than that.</param>
/// <param name="IsCounted">Whether that is all; false if counting was given up.</param>
/// <param name="Denied">How many keys of the list the caller may not describe, whatever the filter; null if that is not known.</param>
internal sealed record KeySelection(ImmutableArray<ShownKey> Keys, int Total, bool IsCounted, int? Denied)
{
    // What a page may take beside the rest of it.
    private static readonly TimeSpan s_countingLimit = TimeSpan.FromMilliseconds(40);

    /// <summary>
    /// The page that a query asks for. Keys that the caller may not describe are on it with nothing but their IDs, if nothing but IDs decides
    /// what is on it; otherwise they are left out, because their place, or that they are there, would tell what they are.
    /// </summary>
    public static KeySelection Of(KeyList list, KeyQuery query, KeyAccess access)
    {
        IEnumerable<KeyRow> matching = list.In(query.Order).Where(query.Matches);
        int first = (query.Page - 1) * KeyQuery.PageSize;
        if (query.IsById)
        {
            KeyRow[] all = [.. matching];
            return new KeySelection(
                [.. all.Skip(first).Take(KeyQuery.PageSize).Select(row => new ShownKey(row, access.MayDescribeNow(row)))],
                all.Length,
                IsCounted: true,
                Denied: 0);
        }

        int? denied = access.CountDenied(list, query.Manager);
        ImmutableArray<ShownKey>.Builder shown = ImmutableArray.CreateBuilder<ShownKey>(KeyQuery.PageSize);
        int count = 0;
        long begin = Stopwatch.GetTimestamp();
        foreach (KeyRow row in matching)
        {
            if (!access.MayDescribe(row))
            {
                continue;
            }

            if (count >= first && shown.Count < KeyQuery.PageSize)
            {
                // As it is now: the decision by which it got here may be minutes old.
                if (!access.MayDescribeNow(row))
                {
                    continue;
                }

                shown.Add(new ShownKey(row, IsDescribed: true));
            }

            count++;
            if (denied is null && shown.Count == KeyQuery.PageSize && count > first + KeyQuery.PageSize
                && Stopwatch.GetElapsedTime(begin) > s_countingLimit)
            {
                return new KeySelection(shown.DrainToImmutable(), count, IsCounted: false, denied);
            }
        }

        return new KeySelection(shown.DrainToImmutable(), count, IsCounted: true, denied);
    }
}
