namespace KmsTools.WebConsole;

/// <summary>The real clock, moved forward.</summary>
public sealed class MovedClock : TimeProvider
{
    private TimeSpan _by;

    public void Move(TimeSpan by) => _by += by;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _by;
}
