namespace KmsTools.XksProxy.Labs;

/// <summary>The clock of the system, moved by a test.</summary>
public sealed class MovedClock : TimeProvider
{
    public TimeSpan Offset { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Offset;
}
