namespace KmsTools.Xks;

/// <summary>The clock of the system, but a timer ends when a test says so, however long a busy machine takes until then.</summary>
internal sealed class HeldTimers : TimeProvider
{
    private readonly Lock _gate = new();
    private readonly List<HeldTimer> _running = [];

    /// <summary>For how long timers were set.</summary>
    public List<TimeSpan> Durations { get; } = [];

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        lock (_gate)
        {
            HeldTimer timer = new(this, () => callback(state));
            Durations.Add(dueTime);
            _running.Add(timer);
            return timer;
        }
    }

    /// <summary>Ends the timers that run.</summary>
    public void End()
    {
        HeldTimer[] ended;
        lock (_gate)
        {
            ended = [.. _running];
            _running.Clear();
        }

        foreach (HeldTimer timer in ended)
        {
            timer.End();
        }
    }

    private sealed class HeldTimer(HeldTimers timers, Action end) : ITimer
    {
        public void End() => end();

        public bool Change(TimeSpan dueTime, TimeSpan period) => throw new NotSupportedException("Nothing sets a timer again here.");

        public void Dispose()
        {
            lock (timers._gate)
            {
                timers._running.Remove(this);
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
