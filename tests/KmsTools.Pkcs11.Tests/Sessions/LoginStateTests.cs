using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Sessions;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests.Sessions;

/// <summary>
/// The state machine with literal instants and the default limits: 15 seconds until an attempt is stuck. The logins are real ones, to
/// SoftHSM.
/// </summary>
public sealed class LoginStateTests(LoginStateTests.Logins logins) : IClassFixture<LoginStateTests.Logins>
{
    private static readonly ReturnValue Gone = new(CKR_DEVICE_REMOVED, "C_EncryptInit");
    private static readonly HsmException Unreachable = new(HsmFailure.Unreachable, "Nothing there.");
    private static readonly HsmException Refusal = new(HsmFailure.InvalidCredentials, "Wrong PIN.");

    private readonly Health _health = new(HsmTimeLimits.Default);
    private readonly TokenLogin _first = logins.First;
    private readonly TokenLogin _second = logins.Second;
    private LoginState? _made;

    private LoginState State => _made ??= new("kms-lab", HsmTimeLimits.Default, _health);

    [Fact]
    public void BeginConnect_NotLoggedIn_BeginsOneAttemptForAll()
    {
        LoginAttempt attempt = Begin(1_000);
        Assert.True(attempt.IsThorough);
        Assert.Null(attempt.Lost);
        Assert.False(State.Pins.IsAccepted(attempt.Pin));
        Assert.Same(attempt, State.BeginConnect("user-1234"u8, 1_001, out bool isNew));
        Assert.False(isNew);
        Assert.Same(attempt, State.Attempt);
        Assert.Null(State.Current);
    }

    [Fact]
    public void BeginConnect_LoggedIn_ComparesThePin()
    {
        LogIn(1_000);
        Assert.Null(State.BeginConnect("user-1234"u8, 2_000, out bool isNew));
        Assert.False(isNew);
        HsmException exception = Assert.Throws<HsmException>(() => State.BeginConnect("user-1235"u8, 2_000, out _));
        Assert.Equal(HsmFailure.InvalidCredentials, exception.Failure);
        Assert.Equal("This process is logged in to the token 'kms-lab' with another PIN.", exception.Message);
        Assert.Null(State.Attempt);
    }

    [Fact]
    public void Check_AttemptOfAnotherConnection_ComparesThePin()
    {
        LoginAttempt attempt = Begin(1_000);
        Assert.Null(State.Publish(attempt, _first, null, 1_100));
        Assert.Null(State.Check(attempt, "user-1234"u8));
        Assert.Equal(HsmFailure.InvalidCredentials, State.Check(attempt, "user-1235"u8)!.Failure);
    }

    [Fact]
    public void Publish_Login_IsCurrentAndClearsWhatWasHeldAgainstTheHsm()
    {
        _health.Avoid(900);
        LoginAttempt attempt = Begin(1_000);
        Assert.Null(State.Publish(attempt, _first, null, 1_100));
        Assert.Same(_first, State.Current);
        Assert.Null(State.Attempt);
        Assert.Same(attempt.Pin, State.Pins.Accepted);
        Assert.False(_health.IsAvoided(1_100));
        Assert.False(_health.IsSilent(3_100));
        Assert.True(_health.IsSilent(3_101));
    }

    [Fact]
    public void Publish_FailureOfAFirstConnect_LeavesNothingToComeBackWith()
    {
        LoginAttempt attempt = Begin(1_000);
        Assert.Null(State.Publish(attempt, null, Unreachable, 1_100));
        Assert.Null(State.Attempt);
        Assert.Null(State.ReconnectInBackground(null, Gone, 60_000));
        Assert.Throws<ObjectDisposedException>(() => attempt.Pin.Matches("user-1234"u8));
        Assert.NotSame(attempt, Begin(60_000));
    }

    [Theory]
    [InlineData(11_099, false)]
    [InlineData(11_100, true)]
    public void Reconnect_FailureAt10100_OneSecondLater(long now, bool expected)
    {
        Lose(10_000);
        Fail(Unreachable, 10_100);
        Assert.Equal(expected, State.IsReconnectDue(now));
        Assert.Equal(expected, State.ReconnectInBackground(null, Gone, now) is not null);
    }

    [Theory]
    [InlineData(11_099, false)]
    [InlineData(11_100, true)]
    public void Recover_FailureAt10100_OneSecondLater(long now, bool expected)
    {
        Lose(10_000);
        Fail(Unreachable, 10_100);
        if (expected)
        {
            Assert.Same(State.Recover(null, Gone, thorough: false, now, out bool isNew), State.Attempt);
            Assert.True(isNew);
            return;
        }

        HsmException exception = Assert.Throws<HsmException>(() => State.Recover(null, Gone, thorough: false, now, out _));
        Assert.Equal(HsmFailure.Unreachable, exception.Failure);
        Assert.Equal(
            "The token 'kms-lab' was lost: C_EncryptInit returned CKR_DEVICE_REMOVED (0x32); Nothing there.", exception.Message);
        Assert.Same(Unreachable, exception.InnerException);
        Assert.Null(State.Attempt);
    }

    [Fact]
    public void AllowRetryNow_OfALostHsm_DoesNotWait()
    {
        Lose(10_000);
        Fail(Unreachable, 10_100);
        State.AllowRetryNow();
        Assert.NotNull(State.Recover(null, Gone, thorough: false, 10_101, out _));
    }

    [Fact]
    public void AllowRetryNow_LoggedIn_ChangesNothing()
    {
        LogIn(1_000);
        LoginAttempt attempt = Reconnect(_first, 10_000);
        Assert.Null(State.Publish(attempt, null, Unreachable, 10_100));
        State.AllowRetryNow();
        Assert.False(State.IsReconnectDue(11_099));
        Assert.True(State.IsReconnectDue(11_100));
    }

    [Fact]
    public void Recover_LostLogin_OffersTheAcceptedPinAtOnce()
    {
        LogIn(1_000);
        LoginAttempt attempt = State.Recover(_first, Gone, thorough: false, 10_000, out bool isNew)!;
        Assert.True(isNew);
        Assert.Same(_first, attempt.Lost);
        Assert.False(attempt.IsThorough);
        Assert.True(State.Pins.IsAccepted(attempt.Pin));
        attempt.AwaitPermission();
        Assert.Same(attempt, State.Recover(_first, Gone, thorough: true, 10_001, out isNew));
        Assert.False(isNew);
    }

    [Fact]
    public void Recover_AnotherThreadWasFaster_HasNothingToWaitFor()
    {
        LogIn(1_000);
        LoginAttempt attempt = Reconnect(_first, 10_000);
        State.Drop(_first);
        Assert.Null(State.Current);
        Assert.Null(State.Publish(attempt, _second, null, 10_100));
        Assert.Null(State.Recover(_first, Gone, thorough: false, 10_200, out bool isNew));
        Assert.False(isNew);
        Assert.Null(State.ReconnectInBackground(_first, Gone, 10_200));
        Assert.Same(_second, State.Current);
    }

    [Fact]
    public void Drop_LoginThatIsNotCurrent_ChangesNothing()
    {
        LogIn(1_000);
        State.Drop(_second);
        Assert.Same(_first, State.Current);
    }

    [Theory]
    [InlineData(20_999, true)]
    [InlineData(21_000, false)]
    public void ReconnectInBackground_SeemedHealthyAt20000_IsThoroughForOneSecond(long now, bool thorough)
    {
        LogIn(1_000);
        Assert.Null(State.Publish(Reconnect(_first, 19_900), null, null, 20_000));
        Assert.Same(_first, State.Current);
        Assert.Equal(thorough, Reconnect(_first, now).IsThorough);
    }

    [Theory]
    [InlineData(30_999, false)]
    [InlineData(31_000, true)]
    public void Recover_BegunFromScratchAt30000_AgainAfterOneSecond(long now, bool expected)
    {
        LogIn(1_000);
        State.RecordThorough(30_000);
        if (expected)
        {
            Assert.True(State.Recover(_first, Gone, thorough: true, now, out _)!.IsThorough);
        }
        else
        {
            Assert.Throws<HsmException>(() => State.Recover(_first, Gone, thorough: true, now, out _));
            Assert.False(State.Recover(_first, Gone, thorough: false, now, out _)!.IsThorough);
        }
    }

    [Fact]
    public void Recover_PinWasRefused_IsNotOfferedAgain()
    {
        Lose(10_000);
        Fail(Refusal, 10_100);
        Assert.True(State.IsReconnectDue(1_000_000));
        Assert.Null(State.ReconnectInBackground(null, Gone, 1_000_000));
        HsmException exception = Assert.Throws<HsmException>(() => State.Recover(null, Gone, thorough: false, 1_000_000, out _));
        Assert.Equal(HsmFailure.InvalidCredentials, exception.Failure);
        Assert.Equal("The token 'kms-lab' was lost: C_EncryptInit returned CKR_DEVICE_REMOVED (0x32); Wrong PIN.", exception.Message);
    }

    [Fact]
    public void Recover_PinWasRefusedAndThenANewConnectionFailed_IsNotOfferedAgain()
    {
        Lose(10_000);
        Fail(Refusal, 10_100);
        LoginAttempt attempt = Begin(20_000);
        Assert.Null(State.Publish(attempt, null, Unreachable, 20_100));
        Assert.Null(State.ReconnectInBackground(null, Gone, 1_000_000));
        HsmException exception = Assert.Throws<HsmException>(() => State.Recover(null, Gone, thorough: false, 1_000_000, out _));
        Assert.Equal(HsmFailure.InvalidCredentials, exception.Failure);
    }

    [Fact]
    public void Recover_BothPinsOfAChangeWereRefused_NeitherIsOfferedAgain()
    {
        LogIn(1_000);
        State.BeginPinChange(new AcceptedPin("user-5678"u8));
        LoginAttempt attempt = Reconnect(_first, 10_000);
        State.Drop(_first);
        Assert.True(State.Pins.TryUseUncertain(attempt));
        Fail(Refusal, 10_100);
        Assert.Null(State.ReconnectInBackground(null, Gone, 1_000_000));
        Assert.Equal(HsmFailure.InvalidCredentials, State.Lost(Gone).Failure);
    }

    [Fact]
    public void BeginConnect_PinWasRefused_OffersTheNewOne()
    {
        Lose(10_000);
        Fail(Refusal, 10_100);
        LoginAttempt attempt = Begin(10_200);
        Assert.Null(State.Publish(attempt, _second, null, 10_300));
        Assert.Null(State.Pins.Refusal);
        Assert.Same(_second, State.Current);
        Assert.NotNull(State.ReconnectInBackground(_second, Gone, 20_000));
    }

    [Fact]
    public void Adopt_HsmThatFailedToConnect_ComesBackWithThePin()
    {
        LoginAttempt attempt = Begin(1_000);
        Assert.Null(State.Publish(attempt, null, Unreachable, 1_100));
        State.Adopt(attempt, "user-1234"u8);
        LoginAttempt next = State.ReconnectInBackground(null, Gone, 2_100)!;
        Assert.True(next.IsThorough);
        Assert.True(next.Pin.Matches("user-1234"u8));
        next.AwaitPermission();
    }

    [Fact]
    public void Adopt_AttemptStillInProgress_RemembersARefusalOfItsPin()
    {
        LoginAttempt attempt = Begin(1_000);
        State.Adopt(attempt, "user-1234"u8);
        Assert.Same(attempt.Pin, State.Pins.Accepted);
        Assert.Null(State.Publish(attempt, null, Refusal, 1_100));
        Assert.Null(State.ReconnectInBackground(null, Gone, 60_000));
    }

    [Fact]
    public void Adopt_LoggedIn_ChangesNothing()
    {
        LogIn(1_000);
        AcceptedPin? accepted = State.Pins.Accepted;
        State.Adopt(null, "user-1235"u8);
        Assert.Same(accepted, State.Pins.Accepted);
    }

    [Fact]
    public void Recover_AttemptInProgressFor15Seconds_IsWaitedForAndThenReplaced()
    {
        LogIn(1_000);
        LoginAttempt stuck = Reconnect(_first, 10_000);
        Assert.Same(stuck, State.Recover(_first, Gone, thorough: false, 25_000, out bool isNew));
        Assert.False(isNew);
        LoginAttempt next = State.Recover(_first, Gone, thorough: false, 25_001, out isNew)!;
        Assert.True(isNew);
        Assert.NotSame(stuck, next);
        Assert.True(stuck.IsAbandoned);
        Assert.False(next.IsAbandoned);

        // It came back after all, too late.
        Assert.Same(_second, State.Publish(stuck, _second, null, 26_000));
        Assert.Same(_first, State.Current);
        Assert.Same(next, State.Attempt);
        Assert.True(next.Pin.Matches("user-1234"u8));
    }

    [Fact]
    public void Recover_AttemptThatWaitsForAnotherProcess_IsNeverReplaced()
    {
        LogIn(1_000);
        LoginAttempt waiting = Reconnect(_first, 10_000);
        waiting.StopClock();
        Assert.False(State.IsReconnectDue(1_000_000));
        Assert.Same(waiting, State.Recover(_first, Gone, thorough: false, 1_000_000, out _));
    }

    [Fact]
    public void Recover_FourAttemptsHang_TheFifthIsNotReplacedUntilOneReturns()
    {
        LogIn(0);
        List<LoginAttempt> attempts = [];
        for (long now = 100_000; now <= 500_000; now += 100_000)
        {
            attempts.Add(State.Recover(_first, Gone, thorough: false, now, out bool isNew)!);
            Assert.True(isNew);
        }

        Assert.False(State.MayAbandon());
        Assert.Throws<HsmException>(() => State.Recover(_first, Gone, thorough: false, 600_000, out _));
        Assert.Null(State.ReconnectInBackground(_first, Gone, 600_000));
        Assert.Same(attempts[4], State.Attempt);
        Assert.Null(State.Publish(attempts[0], null, Unreachable, 600_001));
        Assert.True(State.MayAbandon());
        Assert.NotSame(attempts[4], State.Recover(_first, Gone, thorough: false, 600_002, out _));
    }

    [Fact]
    public void MayAbandon_LoginsThatHang_FourAtATime()
    {
        for (int count = 0; count < 4; count++)
        {
            Assert.True(State.MayAbandon());
            State.Abandon();
        }

        Assert.False(State.MayAbandon());
        State.RecordReturn();
        Assert.True(State.MayAbandon());
    }

    [Fact]
    public void Lost_NoReplyAndNoFailure_SaysThatItDoesNotAnswer()
    {
        HsmException exception = State.Lost(ReturnValue.NoReply);
        Assert.Equal(HsmFailure.Unreachable, exception.Failure);
        Assert.Equal("The token 'kms-lab' was lost: it does not answer", exception.Message);
        Assert.Null(exception.InnerException);
    }

    [Fact]
    public void LastError_AfterAFailedAttempt_IsWhatBeganIt()
    {
        Assert.Equal(ReturnValue.NoReply, State.LastError);
        LogIn(1_000);
        Assert.Null(State.Publish(Reconnect(_first, 10_000), null, Unreachable, 10_100));
        Assert.Equal(Gone, State.LastError);
    }

    [Fact]
    public void CurrentPin_OnlyWhileLoggedIn_IsTheAcceptedOne()
    {
        Assert.Equal("The token 'kms-lab' was lost: it does not answer", Assert.Throws<HsmException>(State.CurrentPin).Message);
        LogIn(1_000);
        using Secret pin = State.CurrentPin();
        Assert.True(pin.Use(static bytes => bytes.SequenceEqual("user-1234"u8)));
        State.Drop(_first);
        Assert.Throws<HsmException>(State.CurrentPin);
    }

    [Fact]
    public void Close_LoggedIn_HandsOutTheLoginAndForgetsThePin()
    {
        LoginAttempt attempt = LogIn(1_000);
        Assert.Equal((_first, null), State.Close());
        Assert.Null(State.Current);
        Assert.Throws<ObjectDisposedException>(() => attempt.Pin.Matches("user-1234"u8));
        Assert.Null(State.ReconnectInBackground(null, Gone, 60_000));
        HsmException exception = Assert.Throws<HsmException>(() => State.Recover(null, Gone, thorough: false, 60_000, out _));
        Assert.Equal(HsmFailure.Unreachable, exception.Failure);
    }

    [Fact]
    public void Close_WhileAnAttemptIsInProgress_KeepsItsPinUntilItEnds()
    {
        LogIn(1_000);
        LoginAttempt attempt = Reconnect(_first, 10_000);
        State.Drop(_first);
        Assert.Equal((null, attempt), State.Close());
        Assert.True(attempt.Pin.Matches("user-1234"u8));
        Assert.Same(_second, State.Publish(attempt, _second, null, 10_100));
        Assert.Null(State.Current);
        Assert.Throws<ObjectDisposedException>(() => attempt.Pin.Matches("user-1234"u8));
    }

    [Fact]
    public void Close_ChangeOfThePinInDoubt_ForgetsBothPins()
    {
        LoginAttempt attempt = LogIn(1_000);
        AcceptedPin next = new("user-5678"u8);
        State.BeginPinChange(next);
        State.Close();
        Assert.Throws<ObjectDisposedException>(() => attempt.Pin.Matches("user-1234"u8));
        Assert.Throws<ObjectDisposedException>(() => next.Matches("user-5678"u8));
    }

    private LoginAttempt Begin(long now)
    {
        LoginAttempt? attempt = State.BeginConnect("user-1234"u8, now, out bool isNew);
        Assert.True(isNew);
        return attempt!;
    }

    private LoginAttempt LogIn(long now)
    {
        LoginAttempt attempt = Begin(now);
        Assert.Null(State.Publish(attempt, _first, null, now));
        return attempt;
    }

    private void Lose(long now)
    {
        LogIn(1_000);
        Reconnect(_first, now);
        State.Drop(_first);
    }

    private void Fail(HsmException failure, long now) => Assert.Null(State.Publish(State.Attempt!, null, failure, now));

    private LoginAttempt Reconnect(TokenLogin? lost, long now)
    {
        LoginAttempt? attempt = State.ReconnectInBackground(lost, Gone, now);
        Assert.NotNull(attempt);
        return attempt;
    }

    /// <summary>Two logins to a token of SoftHSM.</summary>
    public sealed class Logins : IDisposable
    {
        private readonly SoftHsmLab _lab = new SoftHsmLab().WithToken();
        private readonly ModuleFile _module;
        private readonly ModuleInstance _instance;

        public Logins()
        {
            _module = ModuleFile.Open(LibraryReference.Parse(_lab.Library));
            _instance = _module.Acquire(LibraryReference.Parse(_lab.Library), out _);
            First = Open(resumed: false);
            Second = Open(resumed: true);
        }

        internal TokenLogin First { get; }

        internal TokenLogin Second { get; }

        public void Dispose()
        {
            Second.Close();
            First.Close();
            _module.Release(_instance);
            _lab.Dispose();
        }

        private TokenLogin Open(bool resumed)
        {
            HsmToken token = _lab.Cluster.Tokens.Single();
            (ulong slot, _) = TokenSlots.Read(_instance.Native).Require(token);
            return TokenLogin.Open(_instance, token, HiddenKeys.Of(LibraryReference.Parse(_lab.Library), token), slot, "user-1234"u8, resumed);
        }
    }
}
