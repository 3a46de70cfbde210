using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11.Tests.Sessions;

/// <summary>With the default limits: 2 seconds for a call, 5 for work with objects, 30 for long work.</summary>
public sealed class HealthTests
{
    private readonly Health _health = new(HsmTimeLimits.Default);

    // Its sessions are never opened.
    private readonly SessionPool _sessions = new(null!, 0);

    [Theory]
    [InlineData(10_000, false)]
    [InlineData(12_000, false)]
    [InlineData(12_001, true)]
    public void IsSilent_AnswerAt10000_AfterTwoSeconds(long now, bool expected)
    {
        _health.RecordAnswer(10_000);
        Assert.Equal(expected, _health.IsSilent(now));
    }

    [Theory]
    [InlineData(10_200, 12_000)]
    [InlineData(10_201, 12_201)]
    public void RecordCall_AfterAnAnswerAt10000_CountsFromTheGrainOn(long call, long lastNotSilent)
    {
        _health.RecordAnswer(10_000);
        _health.RecordCall(call);
        Assert.False(_health.IsSilent(lastNotSilent));
        Assert.True(_health.IsSilent(lastNotSilent + 1));
    }

    [Theory]
    [InlineData(10_000, true)]
    [InlineData(14_999, true)]
    [InlineData(15_000, false)]
    public void IsAvoided_LockNotHadAt10000_ForFiveSeconds(long now, bool expected)
    {
        Assert.False(_health.IsAvoided(now));
        _health.Avoid(10_000);
        Assert.Equal(expected, _health.IsAvoided(now));
    }

    [Fact]
    public void RecordLogin_HsmThatWasAvoided_StartsAfresh()
    {
        _health.Avoid(10_000);
        _health.RecordLogin(10_001);
        Assert.False(_health.IsAvoided(10_001));
        Assert.False(_health.IsSilent(12_001));
        Assert.True(_health.IsSilent(12_002));
    }

    [Fact]
    public void IsFrozen_NoCallInProgress_IsNotHoweverLongItWasSilent()
    {
        _health.RecordAnswer(10_000);
        Assert.False(_health.IsFrozen(_sessions, 1_000_000));
    }

    [Theory]
    [InlineData(12_000, false)]
    [InlineData(12_001, true)]
    public void IsFrozen_OneCallSince10000_WhenItIsOverdue(long now, bool expected)
    {
        _health.RecordAnswer(10_000);
        Take(2, 10_000);
        Assert.Equal(expected, _health.IsFrozen(_sessions, now));
    }

    [Theory]
    [InlineData(12_001, false)]
    [InlineData(13_500, false)]
    [InlineData(13_501, true)]
    public void IsFrozen_OneCallOverdueAndAnotherAnsweredAt11500_OnlyTwoSecondsAfterThat(long now, bool expected)
    {
        Take(2, 10_000);
        _health.RecordAnswer(11_500);
        Assert.Equal(expected, _health.IsFrozen(_sessions, now));
    }

    [Theory]
    [InlineData(12_001, false)]
    [InlineData(40_000, false)]
    [InlineData(40_001, true)]
    public void IsFrozen_CallHeldUpByLongWork_OnlyWhenThatIsOverdueToo(long now, bool expected)
    {
        _health.RecordAnswer(10_000);
        Take(2, 10_000);
        Take(30, 10_000);
        Assert.Equal(expected, _health.IsFrozen(_sessions, now));
    }

    [Fact]
    public void IsFrozen_WorkOfManySteps_CountsFromTheLastOne()
    {
        _health.RecordAnswer(10_000);
        HsmSession session = Take(2, 10_000);
        session.ReportProgress(11_900);
        Assert.False(_health.IsFrozen(_sessions, 13_900));
        Assert.True(_health.IsFrozen(_sessions, 13_901));
    }

    [Fact]
    public void IsFrozen_CallThatCameBack_IsNot()
    {
        _health.RecordAnswer(10_000);
        HsmSession session = Take(2, 10_000);
        Assert.True(_health.IsFrozen(_sessions, 12_001));
        _sessions.Return(session, wentWell: true);
        Assert.False(_health.IsFrozen(_sessions, 12_001));
    }

    private HsmSession Take(int seconds, long now) =>
        _sessions.Take(TimeSpan.FromSeconds(seconds), now) ?? throw new InvalidOperationException("The pool is closed.");
}
