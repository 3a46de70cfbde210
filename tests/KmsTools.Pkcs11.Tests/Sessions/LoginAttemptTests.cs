using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11.Tests.Sessions;

public sealed class LoginAttemptTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private readonly AcceptedPin _pin = new("user-1234"u8);
    private readonly LoginAttempt _attempt;

    public LoginAttemptTests() => _attempt = new(_pin, null, ReturnValue.NoReply, thorough: true, 10_000);

    public void Dispose() => _pin.Dispose();

    [Theory]
    [InlineData(15_000, false)]
    [InlineData(15_001, true)]
    public void IsOverdue_BegunAt10000_AfterTheLimit(long now, bool expected) => Assert.Equal(expected, _attempt.IsOverdue(Limit, now));

    [Fact]
    public void IsOverdue_WaitingForAnotherProcess_DoesNotCount()
    {
        _attempt.StopClock();
        Assert.False(_attempt.IsOverdue(Limit, 10_000_000));
        _attempt.StartClock(20_000);
        Assert.False(_attempt.IsOverdue(Limit, 25_000));
        Assert.True(_attempt.IsOverdue(Limit, 25_001));
    }

    [Fact]
    public void AwaitPermission_GivenUp_DoesNotOfferThePin()
    {
        _attempt.GiveUp();
        HsmException exception = Assert.Throws<HsmException>(_attempt.AwaitPermission);
        Assert.Equal(HsmFailure.Failed, exception.Failure);
        Assert.Equal("The connect was given up.", exception.Message);
        Assert.True(_attempt.Prepared.IsCompleted);
    }

    [Fact]
    public void AwaitPermission_AllowedBeforeItIsGivenUp_GoesOn()
    {
        _attempt.Allow();
        _attempt.GiveUp();
        _attempt.AwaitPermission();
        Assert.False(_attempt.Ended.IsCompleted);
    }

    [Fact]
    public async Task End_BeforeTheTokenWasFound_TellsAllThatWait()
    {
        HsmException failure = new(HsmFailure.ClusterNotFound, "The library is not there.");
        _attempt.End(failure);
        Assert.True(await _attempt.Prepared);
        Assert.Same(failure, await _attempt.Ended);
    }
}
