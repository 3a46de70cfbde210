using System.Diagnostics;
using System.Globalization;
using KmsTools.Operations;
using KmsTools.Storage;

namespace KmsTools.Benchmarks.Subjects;

/// <summary>One of several processes on a store.</summary>
internal static class StoreWorker
{
    public const string Command = "work-on-store";

    /// <summary>Calls of Encrypt before the measured ones, until the runtime has compiled the way for good.</summary>
    public const int WarmUpCalls = 30_000;

    /// <summary>
    /// Says that it is ready, waits for a line, works for a while, and prints how many calls it made and how many failed.
    /// </summary>
    /// <param name="orders">The folder, the key, the seconds, and how many calls come to one change (0: none does).</param>
    public static void Run(string[] orders)
    {
        string keyId = orders[1];
        TimeSpan duration = TimeSpan.FromSeconds(double.Parse(orders[2], CultureInfo.InvariantCulture));
        int callsPerChange = int.Parse(orders[3], CultureInfo.InvariantCulture);
        using KmsEngine engine = new(
            new StoreFactory().Open(
                new Persistence.StateStoreOptions { Folder = orders[0] }), static () => throw new NotSupportedException(), static () => throw new NotSupportedException());
        EncryptRequest encrypt = new() { KeyId = keyId, Plaintext = new byte[32] };
        for (int i = 0; i < WarmUpCalls; i++)
        {
            _ = engine.Execute(encrypt);
        }

        Console.WriteLine("ready");
        Console.ReadLine();
        int calls = 0;
        int failures = 0;
        string lastFailure = "";
        for (long start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < duration; calls++)
        {
            try
            {
                if (callsPerChange > 0 && calls % callsPerChange == 0)
                {
                    engine.Execute(new UpdateKeyDescriptionRequest { KeyId = keyId, Description = $"{calls}" });
                }
                else
                {
                    _ = engine.Execute(encrypt);
                }
            }
            catch (KmsException exception)
            {
                failures++;
                lastFailure = exception.Message;
            }
        }

        Console.WriteLine($"{calls} {failures} {lastFailure}");
    }
}
