using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>
/// Processes due work on a timer, even without calls. Every minute it looks at the room on the disk of a store in a folder, and records
/// refused signatures.
/// </summary>
internal sealed class DueTimer(KmsEngine engine) : BackgroundService
{
    private const int TicksPerMinute = 60;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // What is full elsewhere is watched there.
    private readonly DiskWatch? _disk = engine.IsShared ? null : new DiskWatch(engine.Folder, Console.Error);

    private string? _lastFailure;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval);
        try
        {
            for (int tick = 0; await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false); tick = (tick + 1) % TicksPerMinute)
            {
                if (tick == 0)
                {
                    _disk?.Look();
                    Try(engine.RefusedSignatures.Record);
                }

                Try(() => engine.ProcessDue());
            }
        }
        catch (OperationCanceledException)
        {
            // The process is stopping, after the last call.
            Try(engine.RefusedSignatures.Record);
        }
    }

    private void Try(Action work)
    {
        try
        {
            work();
            _lastFailure = null;
        }
        catch (StateStoreException exception)
        {
            // What is due is processed by the next tick or the next call. Said once, not each second.
            if (exception.Message != _lastFailure)
            {
                _lastFailure = exception.Message;
                Console.Error.WriteLine(exception.Message);
            }
        }
    }
}
