namespace KmsTools.Persistence;

public sealed class SharedClockTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly MovedClock _own = new();

    [Fact]
    public void UtcNow_BeforeTheFirstAnswer_IsUnknown() => Assert.Null(new SharedClock(_own).UtcNow);

    [Fact]
    public void UtcNow_AfterAnAnswer_GoesOnByTheMonotonicClockWhateverTheOwnClockShows()
    {
        SharedClock clock = new(_own);
        clock.Note(Noon.ToOffset(TimeSpan.FromHours(2)));
        Assert.Equal((Noon, TimeSpan.Zero), (clock.UtcNow!.Value, clock.UtcNow.Value.Offset));

        _own.Jump(TimeSpan.FromDays(31));
        _own.Pass(TimeSpan.FromMilliseconds(1500));
        Assert.Equal(Noon.AddMilliseconds(1500), clock.UtcNow);

        // Another server has taken over, whose clock is behind.
        clock.Note(Noon);
        Assert.Equal(Noon, clock.UtcNow);
    }

    [Fact]
    public void UtcNow_AtTheEndOfTheCalendar_StaysThere()
    {
        SharedClock clock = new(_own);
        clock.Note(DateTimeOffset.MaxValue.AddSeconds(-1));
        _own.Pass(TimeSpan.FromDays(1));

        Assert.Equal(DateTimeOffset.MaxValue, clock.UtcNow);
    }
}
