using System.Globalization;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>The CPU time of processes, from /proc.</summary>
internal static class ProcessTime
{
    // USER_HZ is 100 on all platforms that .NET runs on.
    private const double TicksPerSecond = 100;

    // Of the fields behind the name: in user mode and in the kernel, then the same of children that have ended.
    private const int FirstField = 11;

    /// <summary>The CPU time of a process since it began; zero if it has ended.</summary>
    /// <param name="id">The process.</param>
    /// <param name="withEnded">Whether that of children that have ended counts.</param>
    public static TimeSpan Read(int id, bool withEnded = false)
    {
        try
        {
            string stat = File.ReadAllText($"/proc/{id}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            long ticks = fields.Skip(FirstField).Take(withEnded ? 4 : 2)
                .Sum(static field => long.Parse(field, CultureInfo.InvariantCulture));
            return TimeSpan.FromSeconds(ticks / TicksPerSecond);
        }
        catch (IOException)
        {
            return TimeSpan.Zero;
        }
    }
}
