using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Sessions;

namespace KmsTools.Pkcs11.Tests.Sessions;

public sealed class PinStateTests : IDisposable
{
    private readonly PinState _pins = new(new Lock());
    private readonly AcceptedPin _first = new("first-pin"u8);
    private readonly AcceptedPin _second = new("second-pin"u8);

    public void Dispose()
    {
        _pins.Dispose();
        _first.Dispose();
        _second.Dispose();
    }

    [Fact]
    public void Accept_FirstPin_IsTheOneToLogInWith()
    {
        Assert.Null(_pins.Accepted);
        _pins.Accept(_first);
        Assert.Same(_first, _pins.Accepted);
        Assert.Null(_pins.Refusal);
        Assert.True(_first.Matches("first-pin"u8));
        Assert.False(_first.Matches("first-pim"u8));
    }

    [Fact]
    public void Accept_AnotherPin_ForgetsTheOneBefore()
    {
        _pins.Accept(_first);
        _pins.Accept(_second);
        Assert.Same(_second, _pins.Accepted);
        AssertForgotten(_first);
        Assert.True(_second.Matches("second-pin"u8));
    }

    [Fact]
    public void Accept_TheSamePinAgain_KeepsIt()
    {
        _pins.Accept(_first);
        _pins.Accept(_first);
        Assert.True(_first.Matches("first-pin"u8));
    }

    [Theory]
    [InlineData(HsmFailure.InvalidCredentials, HsmFailure.InvalidCredentials)]
    [InlineData(HsmFailure.UserLockedOut, HsmFailure.UserLockedOut)]
    [InlineData(HsmFailure.UserNotFound, HsmFailure.UserNotFound)]
    [InlineData(HsmFailure.UserLoggedIn, null)]
    [InlineData(HsmFailure.Unreachable, null)]
    [InlineData(HsmFailure.Failed, null)]
    public void RecordFailure_OfTheAcceptedPin_IsRefusedOnlyByARefusal(HsmFailure failure, HsmFailure? expected)
    {
        _pins.Accept(_first);
        _pins.RecordFailure(_first, failure);
        Assert.Equal(expected, _pins.Refusal);
        Assert.Same(_first, _pins.Accepted);
        Assert.True(_first.Matches("first-pin"u8));
    }

    [Fact]
    public void RecordFailure_OfTheFirstPinOfAConnection_ForgetsItAndRefusesNothing()
    {
        _pins.RecordFailure(_first, HsmFailure.InvalidCredentials);
        Assert.Null(_pins.Refusal);
        Assert.Null(_pins.Accepted);
        AssertForgotten(_first);
    }

    [Theory]
    [InlineData(HsmFailure.InvalidCredentials)]
    [InlineData(HsmFailure.Unreachable)]
    public void RecordFailure_OfANewConnectionAfterARefusal_StaysRefused(HsmFailure failure)
    {
        _pins.Accept(_first);
        _pins.RecordFailure(_first, HsmFailure.UserLockedOut);
        _pins.RecordFailure(_second, failure);
        Assert.Equal(HsmFailure.UserLockedOut, _pins.Refusal);
        AssertForgotten(_second);
    }

    [Fact]
    public void RecordFailure_OfTheUncertainPin_RefusesBoth()
    {
        _pins.Accept(_first);
        _pins.BeginChange(_second, null);
        LoginAttempt attempt = Offering(_first);
        Assert.True(_pins.TryUseUncertain(attempt));
        _pins.RecordFailure(attempt.Pin, HsmFailure.InvalidCredentials);
        Assert.Equal(HsmFailure.InvalidCredentials, _pins.Refusal);
        Assert.True(_second.Matches("second-pin"u8));
    }

    [Fact]
    public void BeginChange_AnotherChangeInDoubt_ForgetsItsPinUnlessAnAttemptUsesIt()
    {
        using AcceptedPin third = new("third-pin"u8);
        using AcceptedPin fourth = new("fourth-pin"u8);
        _pins.Accept(_first);
        _pins.BeginChange(_second, null);
        _pins.BeginChange(third, _first);
        AssertForgotten(_second);
        _pins.BeginChange(fourth, third);
        Assert.True(third.Matches("third-pin"u8));
        _pins.Release(third);
        AssertForgotten(third);
        Assert.True(fourth.Matches("fourth-pin"u8));
    }

    [Fact]
    public void Adopt_AfterARefusal_LetsTheNewPinBeOffered()
    {
        _pins.Accept(_first);
        _pins.RecordFailure(_first, HsmFailure.InvalidCredentials);
        _pins.Adopt(_second);
        Assert.Null(_pins.Refusal);
        Assert.Same(_second, _pins.Accepted);
        AssertForgotten(_first);
    }

    [Fact]
    public void Adopt_TheRefusedPinItself_StaysRefused()
    {
        _pins.Accept(_first);
        _pins.RecordFailure(_first, HsmFailure.InvalidCredentials);
        _pins.Adopt(_first);
        Assert.Equal(HsmFailure.InvalidCredentials, _pins.Refusal);
    }

    [Fact]
    public void TryUseUncertain_NoChangeInDoubt_LeavesTheAttemptItsPin()
    {
        _pins.Accept(_first);
        LoginAttempt attempt = Offering(_first);
        Assert.False(_pins.TryUseUncertain(attempt));
        Assert.Same(_first, attempt.Pin);
    }

    [Fact]
    public void TryUseUncertain_ReplyToTheChangeWasLost_OffersTheOtherPin()
    {
        _pins.Accept(_first);
        _pins.BeginChange(_second, null);
        LoginAttempt attempt = Offering(_first);
        Assert.True(_pins.TryUseUncertain(attempt));
        Assert.Same(_second, attempt.Pin);
        Assert.Same(_first, _pins.Accepted);

        // The HSM has it.
        _pins.Accept(attempt.Pin);
        Assert.Same(_second, _pins.Accepted);
        AssertForgotten(_first);
        Assert.False(_pins.TryUseUncertain(Offering(_second)));
    }

    [Fact]
    public void Accept_OldPinAfterAChangeInDoubt_ForgetsTheNewOne()
    {
        _pins.Accept(_first);
        _pins.BeginChange(_second, null);
        _pins.Accept(_first);
        AssertForgotten(_second);
        Assert.True(_first.Matches("first-pin"u8));
        Assert.False(_pins.TryUseUncertain(Offering(_first)));
    }

    [Fact]
    public void CancelChange_RefusedChange_ForgetsTheNewPin()
    {
        _pins.Accept(_first);
        _pins.BeginChange(_second, null);
        _pins.CancelChange(_second);
        AssertForgotten(_second);
        Assert.Same(_first, _pins.Accepted);
        Assert.False(_pins.TryUseUncertain(Offering(_first)));
    }

    [Fact]
    public void Release_PinThatIsStillNeeded_KeepsIt()
    {
        _pins.Accept(_first);
        _pins.BeginChange(_second, null);
        _pins.Release(_first);
        _pins.Release(_second);
        Assert.True(_first.Matches("first-pin"u8));
        Assert.True(_second.Matches("second-pin"u8));
    }

    [Fact]
    public void DisposeExcept_PinOfAnAttempt_ForgetsTheOthersOnly()
    {
        _pins.Accept(_first);
        _pins.BeginChange(_second, null);
        _pins.DisposeExcept(_first);
        AssertForgotten(_second);
        Assert.True(_first.Matches("first-pin"u8));
        _pins.Dispose();
        AssertForgotten(_first);
    }

    private static LoginAttempt Offering(AcceptedPin pin) => new(pin, null, ReturnValue.NoReply, thorough: true, 1_000);

    private static void AssertForgotten(AcceptedPin pin) => Assert.Throws<ObjectDisposedException>(() => pin.Matches("first-pin"u8));
}
