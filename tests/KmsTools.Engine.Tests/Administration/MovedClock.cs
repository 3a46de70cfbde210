namespace KmsTools;

/// <summary>A clock that people set, and a monotonic one that they cannot.</summary>
internal sealed class MovedClock : TimeProvider
{
    private DateTimeOffset _now = DateTimeOffset.FromUnixTimeMilliseconds(System.GetUtcNow().ToUnixTimeMilliseconds());
    private TimeSpan _uptime;

    public override long TimestampFrequency => TimeSpan.TicksPerSecond;

    public override DateTimeOffset GetUtcNow() => _now;

    public override long GetTimestamp() => _uptime.Ticks;

    /// <summary>Lets time pass.</summary>
    public void Pass(TimeSpan by)
    {
        _uptime += by;
        _now += by;
    }

    /// <summary>Sets the clock forward or back, or lets time pass while no process runs.</summary>
    public void Jump(TimeSpan by) => _now += by;
}
