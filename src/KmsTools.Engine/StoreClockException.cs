namespace KmsTools;

/// <summary>The clock of a store cannot be moved as asked.</summary>
public sealed class StoreClockException : InvalidOperationException
{
    internal StoreClockException(ErrorCause cause, string message)
        : base(message) => Cause = cause;

    /// <summary>The reason: <see cref="ErrorCause.RealClock"/> or <see cref="ErrorCause.ClockBackwards"/>.</summary>
    public ErrorCause Cause { get; }
}
