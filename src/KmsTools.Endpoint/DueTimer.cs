using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>Processes due work on a timer, even without calls.</summary>
internal sealed class DueTimer(KmsEngine engine) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false))
            {
                Process();
            }
        }
        catch (OperationCanceledException)
        {
            // The process is stopping.
        }
    }

    private void Process()
    {
        try
        {
            engine.ProcessDue();
        }
        catch (StateStoreException exception)
        {
            // The next tick or the next call processes it.
            Console.Error.WriteLine(exception.Message);
        }
    }
}
