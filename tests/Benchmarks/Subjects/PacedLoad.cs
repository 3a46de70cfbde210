using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net.Http.Headers;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>
/// Requests that come evenly, whether or not those before them are answered; so a slow answer is counted for as many as it holds up.
/// </summary>
internal static class PacedLoad
{
    /// <summary>Sends signed calls from a file.</summary>
    /// <returns>How long each took, in milliseconds from the time at which it was due, and how many were not answered with 200.</returns>
    public static async Task<(double[] Times, int Refused)> RunAsync(string url, string calls, int perSecond, int seconds)
    {
        string[] lines = await File.ReadAllLinesAsync(calls).ConfigureAwait(false);
        using HttpClient client = new(new SocketsHttpHandler { MaxConnectionsPerServer = 64 });
        ConcurrentBag<double> times = [];
        int refused = 0;
        List<Task> all = [];
        long start = Stopwatch.GetTimestamp();
        for (int i = 0; i < perSecond * seconds; i++)
        {
            TimeSpan due = TimeSpan.FromSeconds((double)i / perSecond);
            if (due - Stopwatch.GetElapsedTime(start) is { Ticks: > 0 } wait)
            {
                await Task.Delay(wait).ConfigureAwait(false);
            }

            all.Add(SendAsync(4 * (i % (lines.Length / 4)), due));
        }

        await Task.WhenAll(all).ConfigureAwait(false);
        return ([.. times.Order()], refused);

        async Task SendAsync(int line, TimeSpan due)
        {
            using HttpRequestMessage message = new(HttpMethod.Post, url + lines[line + 2]) { Content = new StringContent(lines[line + 3]) };
            message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
            message.Headers.Add("X-Amz-Date", lines[line]);
            _ = message.Headers.TryAddWithoutValidation("Authorization", lines[line + 1]);
            using HttpResponseMessage response = await client.SendAsync(message).ConfigureAwait(false);
            _ = await response.Content.ReadAsByteArrayAsync().ConfigureAwait(false);
            times.Add((Stopwatch.GetElapsedTime(start) - due).TotalMilliseconds);
            if (!response.IsSuccessStatusCode)
            {
                Interlocked.Increment(ref refused);
            }
        }
    }
}
