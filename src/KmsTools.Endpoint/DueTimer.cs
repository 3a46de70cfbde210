using KmsTools.Persistence;

namespace KmsTools.Endpoint;

/// <summary>
/// Processes due work on a timer, even without calls. Every minute it looks at the room on the disk of a store in a folder, and now and
/// then it records refused signatures.
/// </summary>
/// <param name="engine">The engine.</param>
/// <param name="refusalPeriod">How often it records refused signatures, in whole seconds.</param>
internal sealed class DueTimer(KmsEngine engine, TimeSpan refusalPeriod) : BackgroundService
{
    private const int TicksPerMinute = 60;

    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    // What is full elsewhere is watched there.
    private readonly DiskWatch? _disk = engine.IsShared ? null : new DiskWatch(engine.Folder, Console.Error);

    private readonly long _ticksPerRecording = Math.Max(1, refusalPeriod.Ticks / Interval.Ticks);

    private string? _lastFailure;

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using PeriodicTimer timer = new(Interval);
        try
        {
            for (long tick = 0; await timer.WaitForNextTickAsync(stoppingToken).ConfigureAwait(false); tick++)
            {
                if (tick % TicksPerMinute == 0)
                {
                    _disk?.Look();
                }

                if (tick % _ticksPerRecording == _ticksPerRecording - 1)
                {
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
