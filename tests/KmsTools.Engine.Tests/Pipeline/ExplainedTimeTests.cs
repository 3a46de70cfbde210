using KmsTools.Persistence;

namespace KmsTools.Pipeline;

/// <summary>Which time is explained, with literal times on both sides of each limit.</summary>
public sealed class ExplainedTimeTests
{
    private static readonly DateTimeOffset Noon = new(2030, 1, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Millisecond = TimeSpan.FromMilliseconds(1);

    private static StoreTime AtNoon => StoreTime.Of(Noon);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3_599_999)]
    [InlineData(3_600_000)]
    public void Look_ClosedForAnHourAtMost_BelievesTheClock(long milliseconds)
    {
        StoreTime looked = First(AtNoon, Noon.AddMilliseconds(milliseconds));

        Assert.True(looked.IsExplained);
        Assert.Equal(Noon.AddMilliseconds(milliseconds), looked.Explained);
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), looked.Elapsed);
    }

    [Fact]
    public void Look_ClosedForMoreThanAnHour_KnowsWhatItKnewAndSinceWhenItDoesNot()
    {
        DateTimeOffset clock = Noon + Hour + Millisecond;

        StoreTime looked = First(AtNoon, clock);

        Assert.Equal((clock, Noon, TimeSpan.Zero, TimeSpan.Zero), (looked.UnexplainedSince, looked.Explained, looked.Uptime, looked.Elapsed));
        Assert.Equal((clock, clock), (looked.Greatest, looked.Seen));
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Look_OpenAllTheTime_ExplainsItsUptimeAndAnHour(long beyond, bool isExplained)
    {
        StoreTime looked = ExplainedTime.Look(AtNoon, AtNoon, TimeSpan.FromDays(3), Noon.AddDays(3) + Hour + TimeSpan.FromMilliseconds(beyond));

        Assert.Equal(isExplained, looked.IsExplained);
        Assert.Equal(isExplained ? Noon.AddDays(3) + Hour : Noon.AddDays(3), looked.Explained);
    }

    [Fact]
    public void Look_ClockBack_FollowsItAndKeepsTheGreatestTime()
    {
        StoreTime looked = First(AtNoon, Noon.AddDays(-2));

        Assert.Equal((true, Noon.AddDays(-2), Noon, TimeSpan.Zero), (looked.IsExplained, looked.Explained, looked.Greatest, looked.Elapsed));
    }

    [Theory]
    [InlineData(3_599_999, false)]
    [InlineData(3_600_000, true)]
    public void Look_AheadForAnHourOfUptime_IsBelieved(long uptime, bool isBelieved)
    {
        StoreTime first = First(AtNoon, Noon.AddDays(31));

        StoreTime later = Later(first, TimeSpan.FromMilliseconds(uptime));

        Assert.Equal(isBelieved, later.IsExplained);
        Assert.Equal(Noon.AddMilliseconds(uptime).AddDays(isBelieved ? 31 : 0), later.Explained);
    }

    [Fact]
    public void Look_RequiredUptimeIsSet_IsBelievedAfterIt()
    {
        StoreTime first = First(AtNoon with { RequiredUptime = TimeSpan.FromMinutes(2) }, Noon.AddDays(31));

        Assert.False(Later(first, TimeSpan.FromMinutes(2) - Millisecond).IsExplained);
        Assert.True(Later(first, TimeSpan.FromMinutes(2)).IsExplained);
        Assert.True(First(AtNoon with { RequiredUptime = TimeSpan.Zero }, Noon.AddDays(31)).IsExplained);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void Look_ClockReturns_EndsTheWaitWithinAnHourOfWhatIsExplained(long beyond, bool isExplained)
    {
        StoreTime first = First(AtNoon, Noon.AddDays(31));

        StoreTime back = ExplainedTime.Look(first, first, TimeSpan.FromSeconds(2), Noon + TimeSpan.FromSeconds(2) + Hour + TimeSpan.FromMilliseconds(beyond));

        Assert.Equal(isExplained, back.IsExplained);
        Assert.Equal(isExplained ? null : Noon + TimeSpan.FromSeconds(2) + Hour + Millisecond, back.UnexplainedSince);
    }

    [Fact]
    public void Look_JumpsAgainWhileItWaits_BelievesOnlyWhatItShowedForAnHour()
    {
        StoreTime first = First(AtNoon, Noon.AddDays(31));
        StoreTime again = ExplainedTime.Look(first, first, TimeSpan.FromMinutes(59), Noon.AddYears(50));
        Assert.Equal((Noon.AddDays(31), TimeSpan.FromMinutes(59)), (again.UnexplainedSince, again.Uptime));

        StoreTime hour = ExplainedTime.Look(again, again, TimeSpan.FromMinutes(1), Noon.AddYears(50).AddMinutes(1));

        Assert.Equal(
            (Noon.AddDays(31) + Hour, Noon.AddYears(50).AddMinutes(1), TimeSpan.Zero), (hour.Explained, hour.UnexplainedSince, hour.Uptime));
        Assert.False(Later(hour, Hour - Millisecond).IsExplained);
        Assert.True(Later(hour, Hour).IsExplained);
    }

    [Fact]
    public void Look_ProcessesInTurn_AddUp()
    {
        StoreTime time = First(AtNoon, Noon.AddDays(31));
        for (int day = 0; day < 2; day++)
        {
            StoreTime begin = First(time, Noon.AddDays(32 + day));
            time = Later(begin, TimeSpan.FromMinutes(29));
            Assert.False(time.IsExplained);
        }

        Assert.Equal(TimeSpan.FromMinutes(58), time.Uptime);
        time = Later(First(time, Noon.AddDays(40)), TimeSpan.FromMinutes(2));

        // What the clock showed at first is believed now; the days since are to be explained in their turn.
        Assert.Equal(Noon.AddDays(31) + Hour, time.Explained);
        Assert.Equal(Noon.AddDays(40).AddMinutes(2), time.UnexplainedSince);
    }

    [Fact]
    public void Look_ProcessesAtOnce_CountTheSameTimeOnce()
    {
        StoreTime one = First(AtNoon, Noon.AddDays(31));
        StoreTime two = First(one, Noon.AddDays(31));
        TimeSpan half = TimeSpan.FromMinutes(30);
        StoreTime saved = Later(one, half);

        StoreTime both = ExplainedTime.Look(saved, two, half, Noon.AddDays(31) + half);

        Assert.Equal((half, half), (both.Uptime, both.Elapsed));
    }

    [Fact]
    public void Look_ProcessOpenLongBeforeTheJump_CountsOnlyFromWhereItSawIt()
    {
        StoreTime idle = AtNoon;
        StoreTime jumped = First(AtNoon, Noon.AddDays(31));

        StoreTime looked = ExplainedTime.Look(jumped, idle, TimeSpan.FromHours(10), Noon.AddDays(31));

        Assert.False(looked.IsExplained);
        Assert.Equal((TimeSpan.Zero, Noon.AddHours(10)), (looked.Uptime, looked.Explained));
    }

    [Fact]
    public void Look_ProcessOpenAllTheTime_ExplainsWhatAnotherCouldNot()
    {
        StoreTime idle = AtNoon;
        StoreTime other = First(AtNoon, Noon.AddHours(5));
        Assert.False(other.IsExplained);

        Assert.True(ExplainedTime.Look(other, idle, TimeSpan.FromHours(5), Noon.AddHours(5)).IsExplained);
    }

    [Fact]
    public void Look_TwoMachinesInTurnWhoseClocksDiffer_CountTimeOnceAndStayExplained()
    {
        TimeSpan skew = TimeSpan.FromSeconds(2);
        StoreTime exact = First(AtNoon, Noon);
        StoreTime ahead = First(exact, Noon + skew);
        StoreTime known = ahead;
        for (int seconds = 10; seconds < 3600; seconds += 20)
        {
            DateTimeOffset now = Noon.AddSeconds(seconds);
            known = exact = ExplainedTime.Look(known, exact, TimeSpan.FromSeconds(seconds == 10 ? 10 : 20), now);
            Assert.Equal((true, now), (known.IsExplained, known.Explained));
            known = ahead = ExplainedTime.Look(known, ahead, TimeSpan.FromSeconds(20), now.AddSeconds(10) + skew);
            Assert.Equal((true, now.AddSeconds(10) + skew), (known.IsExplained, known.Explained));
        }

        Assert.Equal(Hour + skew, known.Elapsed);

        // A third one was open and idle all the time. Then nobody looks for two hours.
        StoreTime idle = ExplainedTime.Look(known, AtNoon, TimeSpan.FromHours(3), Noon.AddHours(3));
        Assert.Equal((true, Noon.AddHours(3)), (idle.IsExplained, idle.Explained));
    }

    [Fact]
    public void Look_OneMachineIsDaysAhead_IsNeverBelievedWhileAnotherLooks()
    {
        StoreTime exact = First(AtNoon, Noon);
        StoreTime ahead = exact;
        StoreTime known = exact;
        for (int seconds = 60; seconds <= 3 * 3600; seconds += 60)
        {
            DateTimeOffset now = Noon.AddSeconds(seconds);
            known = ahead = ExplainedTime.Look(known, ahead, TimeSpan.FromMinutes(1), now.AddDays(31));
            Assert.Equal((false, now), (known.IsExplained, known.Explained));
            known = exact = ExplainedTime.Look(known, exact, TimeSpan.FromMinutes(1), now);
            Assert.Equal((true, now, TimeSpan.Zero), (known.IsExplained, known.Explained, known.Uptime));
        }
    }

    [Fact]
    public void NeedsLook_AnotherMachineIsSecondsAhead_AsOfOneMachine()
    {
        StoreTime lookedAtAhead = AtNoon with { Seen = Noon.AddSeconds(9) };

        Assert.False(ExplainedTime.NeedsLook(lookedAtAhead, Noon));
        Assert.False(ExplainedTime.NeedsLook(AtNoon, Noon.AddSeconds(9)));
    }

    [Fact]
    public void Look_InTheLastHoursOfTheCalendar_DoesNotFail()
    {
        StoreTime first = First(AtNoon, DateTimeOffset.MaxValue);
        StoreTime believed = ExplainedTime.Look(first, first, Hour, DateTimeOffset.MaxValue);

        Assert.True(believed.IsExplained);
        Assert.True(ExplainedTime.Look(believed, believed, Hour, DateTimeOffset.MaxValue).IsExplained);
    }

    [Fact]
    public void NeedsLook_TimeIsExplained_EveryMinuteOrWhenTheClockWentBack()
    {
        Assert.False(ExplainedTime.NeedsLook(AtNoon, Noon.AddMinutes(1) - Millisecond));
        Assert.True(ExplainedTime.NeedsLook(AtNoon, Noon.AddMinutes(1)));
        Assert.False(ExplainedTime.NeedsLook(AtNoon, Noon.AddSeconds(-10) + Millisecond));
        Assert.True(ExplainedTime.NeedsLook(AtNoon, Noon.AddSeconds(-10)));
        Assert.True(ExplainedTime.NeedsLook(AtNoon with { EarliestHeld = Noon }, Noon));
        Assert.True(ExplainedTime.NeedsLook(AtNoon with { HasHeldRotations = true }, Noon));
    }

    [Fact]
    public void NeedsLook_TimeIsUnexplained_EveryTenSecondsOrWhenSomethingIsNoLongerDue()
    {
        StoreTime time = AtNoon with { UnexplainedSince = Noon, EarliestHeld = Noon.AddDays(-1), LatestHeld = Noon.AddSeconds(-5) };

        Assert.False(ExplainedTime.NeedsLook(time, Noon.AddSeconds(10) - Millisecond));
        Assert.True(ExplainedTime.NeedsLook(time, Noon.AddSeconds(10)));
        Assert.False(ExplainedTime.NeedsLook(time, Noon.AddSeconds(-5)));
        Assert.True(ExplainedTime.NeedsLook(time, Noon.AddSeconds(-5) - Millisecond));
    }

    // A process that has just opened the store.
    private static StoreTime First(StoreTime known, DateTimeOffset clock) => ExplainedTime.Look(known, known, TimeSpan.Zero, clock);

    // The same process some time later, by both clocks.
    private static StoreTime Later(StoreTime time, TimeSpan by) => ExplainedTime.Look(time, time, by, time.Seen + by);
}
