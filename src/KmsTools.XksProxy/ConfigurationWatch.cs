using System.Collections.Immutable;

namespace KmsTools.XksProxy;

/// <summary>
/// Reads the configuration of a proxy again when one of its files has changed. It looks at times and sizes: notifications of the system
/// miss what containers and network file systems replace.
/// </summary>
internal static class ConfigurationWatch
{
    /// <summary>How often it looks.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Watches until it is cancelled.</summary>
    /// <param name="service">The proxy.</param>
    /// <param name="interval">How often to look.</param>
    /// <param name="cancellation">Ends it.</param>
    public static async Task RunAsync(ProxyService service, TimeSpan interval, CancellationToken cancellation)
    {
        using PeriodicTimer timer = new(interval);
        string known = StampOf(service.Files);
        string last = known;
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation).ConfigureAwait(false))
            {
                // Only what was the same twice: a file may be half written, or one of two.
                string now = StampOf(service.Files);
                if (now != known && now == last)
                {
                    service.Reload();
                    now = StampOf(service.Files);
                    known = now;
                }

                last = now;
            }
        }
        catch (OperationCanceledException)
        {
            // The proxy is stopping.
        }
    }

    private static string StampOf(ImmutableArray<string> files) => string.Join('|', files.Select(static file =>
    {
        FileInfo info = new(file);
        return info.Exists ? $"{info.LastWriteTimeUtc.Ticks}:{info.Length}" : "";
    }));
}
