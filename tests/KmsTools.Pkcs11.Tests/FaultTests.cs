using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>Return values that SoftHSM does not give by itself.</summary>
public sealed class FaultTests : IClassFixture<Made<FaultyHsmLab>>, IDisposable
{
    private readonly FaultyHsmLab _lab;
    private readonly IHsmConnection _connection;
    private readonly byte[] _id = HsmLab.NewId();
    private readonly byte[] _ciphertext = new byte[44];

    public FaultTests(Made<FaultyHsmLab> made)
    {
        _lab = made.Lab;
        _lab.Activate();
        _lab.SetFaults();
        _connection = _lab.Connect();
        _connection.GenerateKey("arn:fault", _id);
        Encrypt();
    }

    public void Dispose()
    {
        _lab.SetFaults();
        _connection.Dispose();
    }

    [Theory]
    [InlineData("C_Encrypt", CKR_DEVICE_ERROR)]
    [InlineData("C_Encrypt", CKR_DEVICE_REMOVED)]
    [InlineData("C_Encrypt", CKR_GENERAL_ERROR)]
    [InlineData("C_EncryptInit", CKR_SESSION_HANDLE_INVALID)]
    [InlineData("C_EncryptInit", CKR_SESSION_CLOSED)]
    [InlineData("C_EncryptInit", CKR_USER_NOT_LOGGED_IN)]
    [InlineData("C_EncryptInit", CKR_GENERAL_ERROR)]
    [InlineData("C_EncryptInit", CKR_FUNCTION_FAILED)]
    [InlineData("C_EncryptInit", CKR_KEY_HANDLE_INVALID)]
    [InlineData("C_EncryptInit", CKR_CRYPTOKI_NOT_INITIALIZED)]
    [InlineData("C_EncryptInit", CKR_OPERATION_ACTIVE)]
    [InlineData("C_GenerateRandom", CKR_DEVICE_ERROR)]
    public void Encrypt_FailsOnce_SucceedsByTryingAgain(string function, CKR code)
    {
        _lab.SetFaults($"before {function} {code:x} 1");
        Encrypt();
    }

    // Keys that were only to try something, or to be wrapped, live as long as their session.
    [Fact]
    public void TrySharing_HsmDoesNotDestroyWhatIsInTheSession_TheSessionIsClosedAndNothingIsListed()
    {
        const int C_CloseSession = 13;
        string[] before = Held();
        long closed = _lab.Calls(C_CloseSession);
        _lab.SetFaults($"before C_DestroyObject {CKR_GENERAL_ERROR:x} -1");
        Assert.Null(_connection.TrySharing());
        _lab.SetFaults();
        Assert.Equal(closed + 1, _lab.Calls(C_CloseSession));
        Assert.Equal(before, Held());
    }

    // What cannot be closed either stays, and is not the token's.
    [Fact]
    public void TrySharing_HsmDoesNotCloseTheSessionEither_NothingIsListed()
    {
        string[] before = Held();
        _lab.SetFaults($"before C_DestroyObject {CKR_GENERAL_ERROR:x} -1", $"before C_CloseSession {CKR_GENERAL_ERROR:x} -1");
        Assert.Null(_connection.TrySharing());
        _lab.SetFaults();
        Assert.Equal(before, Held());
    }

    [Fact]
    public void Encrypt_SessionsLostForGood_LogsInAgain()
    {
        _lab.SetFaults(
            $"before C_EncryptInit {CKR_SESSION_HANDLE_INVALID:x} 1",
            $"before C_GetSessionInfo {CKR_SESSION_HANDLE_INVALID:x} 1");
        Encrypt();
    }

    [Fact]
    public void Encrypt_FailsTwiceThoughTheTokenSeemsWell_StartsAnew()
    {
        _lab.SetFaults($"before C_EncryptInit {CKR_GENERAL_ERROR:x} 2");
        Encrypt();
    }

    // What cannot be finalized is used as it is. Whatever the reply was, the instance is never taken for one that others have initialized.
    [Theory]
    [InlineData("before C_Finalize", 1)]
    [InlineData("before C_Finalize", 2)]
    [InlineData("before C_Finalize", -1)]
    [InlineData("after C_Finalize", 1)]
    [InlineData("before C_Initialize", 1)]
    [InlineData("after C_Initialize", 1)]
    [InlineData("after C_Initialize", 1, "before C_Finalize")]
    public void Encrypt_LostAndTheLibraryIsNotStartedAnew_WorksAgain(string where, int times, string? always = null)
    {
        _lab.SetFaults(
            $"before C_EncryptInit {CKR_GENERAL_ERROR:x} 2",
            $"before C_GetSessionInfo {CKR_DEVICE_REMOVED:x} 2",
            $"{where} {CKR_GENERAL_ERROR:x} {times}",
            always is null ? "" : $"{always} {CKR_GENERAL_ERROR:x} -1");
        Eventually.Require(Encrypt);
    }

    // An HSM that is away for long, whose client cannot be initialized without it.
    [Fact]
    public void ListTokens_LibraryCannotBeInitializedForLong_WorksAfterwards()
    {
        _lab.SetFaults($"before C_Initialize {CKR_DEVICE_ERROR:x} -1");
        for (int call = 0; call < 150; call++)
        {
            Assert.Throws<HsmException>(() => _lab.Provider.ListTokens(_lab.Library + " other=1"));
        }

        _lab.SetFaults();
        Assert.NotEmpty(_lab.Provider.ListTokens(_lab.Library + " other=1"));
    }

    [Fact]
    public void Encrypt_DownForGood_IsUnreachableAtOnceAndWorksAfterwards()
    {
        _lab.SetFaults($"before * {CKR_DEVICE_REMOVED:x} -1");
        for (int call = 0; call < 100; call++)
        {
            Assert.Equal(HsmFailure.Unreachable, Failure(Encrypt));
        }

        Assert.Equal(HsmFailure.Unreachable, Failure(() => _connection.DestroyKey(_id)));
        _lab.SetFaults();
        Eventually.Require(Encrypt);
    }

    [Fact]
    public void Encrypt_LostUnderEightThreads_EveryCallSucceedsByTryingAgain()
    {
        _lab.SetFaults($"before C_EncryptInit {CKR_DEVICE_REMOVED:x} 8");
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, _ =>
        {
            for (int message = 0; message < 50; message++)
            {
                try
                {
                    _connection.Encrypt(_id, new byte[16], [], new byte[44]);
                }
                catch (HsmException exception)
                {
                    // All eight can fall on one thread.
                    Assert.Equal(HsmFailure.Unreachable, exception.Failure);
                }
            }
        });
        Encrypt();
    }

    [Fact]
    public void Decrypt_DeviceErrorOnce_IsNotTakenForAForgery()
    {
        _lab.SetFaults($"before C_Decrypt {CKR_DEVICE_ERROR:x} 1");
        _connection.Decrypt(_id, _ciphertext, [], new byte[16]);
    }

    [Fact]
    public void Decrypt_GeneralErrorOfALostToken_IsUnreachableNotAForgery()
    {
        _lab.SetFaults(
            $"before C_Decrypt {CKR_GENERAL_ERROR:x} -1",
            $"before C_GetTokenInfo {CKR_GENERAL_ERROR:x} -1");
        Assert.Equal(HsmFailure.Unreachable, Failure(() => _connection.Decrypt(_id, _ciphertext, [], new byte[16])));
    }

    [Theory]
    [InlineData("after C_GenerateKey", CKR_DEVICE_ERROR)]
    [InlineData("before C_GenerateKey", CKR_SESSION_HANDLE_INVALID)]
    public void GenerateKey_FailsOnce_MakesExactlyOneKey(string where, CKR code)
    {
        byte[] id = HsmLab.NewId();
        _lab.SetFaults($"{where} {code:x} 1");
        _connection.GenerateKey("arn:once", id);
        using OtherSoftware other = _lab.StartOther();
        Assert.Single(other.Find(id));
    }

    [Theory]
    [InlineData("after C_GenerateKey", CKR_DEVICE_ERROR)]
    [InlineData("after C_GenerateKey", CKR_DEVICE_MEMORY)]
    [InlineData("before C_Encrypt", CKR_KEY_FUNCTION_NOT_PERMITTED)]
    public void GenerateKey_NeverAnswersWell_LeavesNoKey(string where, CKR code)
    {
        byte[] id = HsmLab.NewId();
        _lab.SetFaults($"{where} {code:x} -1");
        HsmException error = Assert.Throws<HsmException>(() => _connection.GenerateKey("arn:never", id));
        Assert.False(error.IsInDoubt);
        _lab.SetFaults();
        using OtherSoftware other = _lab.StartOther();
        Assert.Empty(other.Find(id));
    }

    [Theory]
    [InlineData(CKR_DEVICE_ERROR)]
    [InlineData(CKR_DEVICE_REMOVED)]
    public void GenerateKey_RequestLost_IsInDoubtAndNotAskedAgain(CKR code)
    {
        byte[] id = HsmLab.NewId();
        _lab.SetFaults($"before C_GenerateKey {code:x} 1");
        HsmException error = Assert.Throws<HsmException>(() => _connection.GenerateKey("arn:doubt", id));
        Assert.Equal((HsmFailure.Unreachable, true), (error.Failure, error.IsInDoubt));
        using OtherSoftware other = _lab.StartOther();
        Assert.Empty(other.Find(id));
    }

    [Theory]
    [InlineData("after", 1)]
    [InlineData("before", 0)]
    public async Task GenerateKey_ConnectionClosedMeanwhile_SaysThatTheHsmWasAsked(string when, int left)
    {
        byte[] id = HsmLab.NewId();
        int before = _lab.Log().Count;
        _lab.SetFaults("delay C_GenerateKey 3000 1", $"{when} C_GenerateKey {CKR_DEVICE_ERROR:x} 1");
        Task<ulong> making = Task.Run(() => _connection.GenerateKey("arn:closed", id), TestContext.Current.CancellationToken);
        Eventually.Require(() => _lab.Log().Skip(before).Contains($"delay C_GenerateKey {3000:x}"));
        _connection.Dispose();
        HsmException error = await Assert.ThrowsAsync<HsmException>(() => making);
        Assert.Equal((HsmFailure.Unreachable, true), (error.Failure, error.IsInDoubt));
        using OtherSoftware other = _lab.StartOther();
        Assert.Equal(left, other.Find(id).Count);
    }

    [Fact]
    public void DestroyKey_ReplyLost_TellsThatTheKeyWasThere()
    {
        _lab.SetFaults($"after C_DestroyObject {CKR_DEVICE_ERROR:x} 1");
        Assert.True(_connection.DestroyKey(_id));
    }

    [Fact]
    public void Encrypt_NoSessionFree_IsExhausted()
    {
        // The failure closes the idle session, so the next call must open one.
        _lab.SetFaults(
            $"before C_EncryptInit {CKR_KEY_FUNCTION_NOT_PERMITTED:x} 1", $"before C_OpenSession {CKR_SESSION_COUNT:x} 1");
        Assert.Equal(HsmFailure.NotPermitted, Failure(Encrypt));
        Assert.Equal(HsmFailure.Exhausted, Failure(Encrypt));
        Encrypt();
    }

    [Theory]
    [InlineData("before C_Login a0 1", HsmFailure.InvalidCredentials)]
    [InlineData("before C_Login a4 1", HsmFailure.UserLockedOut)]
    [InlineData("before C_Login 102 1", HsmFailure.UserNotFound)]
    [InlineData("before C_Login 100 1", HsmFailure.UserLoggedIn)]
    [InlineData("before C_Login 104 1", HsmFailure.UserLoggedIn)]
    [InlineData("before C_Login 32 1", HsmFailure.Unreachable)]
    [InlineData("before C_Login 5 1", HsmFailure.Failed)]
    [InlineData("before C_Initialize 5 1", HsmFailure.Failed)]
    [InlineData("before C_GetTokenInfo e0 -1", HsmFailure.NoActiveHsm)]
    [InlineData("before C_GetTokenInfo 30 -1", HsmFailure.Unreachable)]
    [InlineData("before C_OpenSession b1 1", HsmFailure.Exhausted)]
    [InlineData("flags 40000 0", HsmFailure.UserLockedOut)]
    [InlineData("flags 20000 0", HsmFailure.UserLockedOut)]
    [InlineData("flags 0 8", HsmFailure.UserNotFound)]
    public void Connect_Trouble_HasTheConnectionError(string rule, HsmFailure expected)
    {
        _connection.Dispose();
        _lab.SetFaults(rule);
        Assert.Equal(expected, Failure(() => _lab.Connect()));
        _lab.SetFaults();
        using IHsmConnection again = _lab.Connect();
        again.Encrypt(_id, new byte[1], [], new byte[29]);
    }

    [Fact]
    public void Connect_PinCountLow_StillTries()
    {
        _connection.Dispose();
        _lab.SetFaults("flags 10000 0");
        using IHsmConnection again = _lab.Connect();
        again.Encrypt(_id, new byte[1], [], new byte[29]);
    }

    private static HsmFailure Failure(Action action) => Assert.Throws<HsmException>(action).Failure;

    // The keys in the token, which other tests share.
    private string[] Held()
    {
        string[] held = [.. Assert.Single(_connection.ListKeys()).Keys.Select(static key => key.Id).Order()];
        Assert.Equal(held.Length, Assert.Single(_connection.Status()).KeyCount);
        Assert.Contains(Convert.ToHexStringLower(_id), held);
        return held;
    }

    private void Encrypt() => _connection.Encrypt(_id, new byte[16], [], _ciphertext);
}
