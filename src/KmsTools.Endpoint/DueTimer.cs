using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>Processes due work on a timer, even without calls, and looks at the room on the disk every minute.</summary>
internal sealed class DueTimer(KmsEngine engine) : BackgroundService
{
    private const int TicksPerLook = 60;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    private readonly DiskWatch _disk = new(engine.Folder, Console.Error);

    private string? _lastFailure;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval);
        try
        {
            for (int tick = 0; await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false); tick = (tick + 1) % TicksPerLook)
            {
                if (tick == 0)
                {
                    _disk.Look();
                }

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
