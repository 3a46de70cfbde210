using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11.Tests.Sessions;

public sealed class RetryScheduleTests
{
    private readonly RetrySchedule _schedule = new();

    [Fact]
    public void New_NothingHappenedYet_AllMayBeTried()
    {
        Assert.True(_schedule.MayTry(0));
        Assert.True(_schedule.MayTryThoroughly(0));
        Assert.False(_schedule.SeemedHealthyLately(0));
    }

    [Theory]
    [InlineData(10_000, false)]
    [InlineData(10_999, false)]
    [InlineData(11_000, true)]
    public void MayTry_FailureAt10000_AfterOneSecond(long now, bool expected)
    {
        _schedule.RecordFailure(10_000);
        Assert.Equal(expected, _schedule.MayTry(now));
        Assert.Equal(expected, _schedule.MayTryThoroughly(now));
    }

    [Theory]
    [InlineData(10_999, false)]
    [InlineData(11_000, true)]
    public void MayTryThoroughly_BegunFromScratchAt10000_AfterOneSecond(long now, bool expected)
    {
        _schedule.RecordThorough(10_000);
        Assert.True(_schedule.MayTry(now));
        Assert.Equal(expected, _schedule.MayTryThoroughly(now));
    }

    [Theory]
    [InlineData(10_999, true)]
    [InlineData(11_000, false)]
    public void SeemedHealthyLately_HealthyAt10000_ForOneSecond(long now, bool expected)
    {
        _schedule.RecordHealthy(10_000);
        Assert.Equal(expected, _schedule.SeemedHealthyLately(now));
    }

    [Fact]
    public void AllowNow_AfterAFailure_LetsTheNextOneTryButNotThoroughly()
    {
        _schedule.RecordFailure(10_000);
        _schedule.RecordThorough(10_000);
        _schedule.AllowNow();
        Assert.True(_schedule.MayTry(10_001));
        Assert.False(_schedule.MayTryThoroughly(10_001));
    }
}
