using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>Has done what falls due when nobody calls.</summary>
internal sealed class DueTimer(KmsEngine engine) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                Process();
            }
        }
        catch (OperationCanceledException)
        {
            // The end of the process.
        }
    }

    private void Process()
    {
        try
        {
            engine.ProcessDue();
        }
        catch (StateStoreException error)
        {
            // The next tick or the next call does it.
            Console.Error.WriteLine(error.Message);
        }
    }
}
