using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>Processes due work on a timer, even without calls.</summary>
internal sealed class DueTimer(KmsEngine engine) : BackgroundService
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private string? _lastFailure;

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
            _lastFailure = null;
        }
        catch (StateStoreException exception)
        {
            // The next tick or the next call processes it. Said once, not each second.
            if (exception.Message != _lastFailure)
            {
                _lastFailure = exception.Message;
                Console.Error.WriteLine(exception.Message);
            }
        }
    }
}
