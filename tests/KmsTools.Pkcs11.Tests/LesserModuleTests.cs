using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>What every module must do that works, and whose token has no AES-GCM.</summary>
public abstract class LesserModuleTests
{
    private readonly HsmLab _lab;

    protected LesserModuleTests(HsmLab lab)
    {
        _lab = lab;
        lab.Activate();
    }

    protected string Lacking => $"The token '{_lab.TokenLabel}' lacks CKM_AES_GCM.";

    [Fact]
    public void Find_TokenAndStranger_SaysWhatTheTokenLacks()
    {
        HsmStatus[] found = [.. _lab.Provider.Find(_lab.Library, [_lab.TokenLabel, "nobody"])];
        Assert.Equal((HsmState.DEGRADED, Lacking, _lab.SerialNumber), (found[0].State, found[0].Reason, found[0].SerialNumber));
        Assert.Equal(new HsmStatus("nobody", "", HsmState.DEGRADED, "", "", "", _lab.Library), found[1]);
        HsmStatus inspected = _lab.Provider.Inspect(_lab.Library, _lab.Cluster.Tokens).Single();
        Assert.Equal((HsmState.DEGRADED, Lacking), (inspected.State, inspected.Reason));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Connect_AnyPin_SaysWhatTheTokenLacksAndOffersNoPin(bool isRight)
    {
        HsmException exception = Assert.Throws<HsmException>(() => _lab.Connect(isRight ? null : "not-it"));
        Assert.Equal((HsmFailure.Failed, Lacking), (exception.Failure, exception.Message));
    }

    [Fact]
    public void InitializeToken_LabelTaken_IsRefused()
    {
        HsmException exception = Assert.Throws<HsmException>(
            () => _lab.Provider.InitializeToken(_lab.Library, _lab.TokenLabel, "87654321"u8, "user1234"u8));
        Assert.Equal(
            (HsmFailure.InvalidArgument, $"A token with the label '{_lab.TokenLabel}' exists already."),
            (exception.Failure, exception.Message));
    }

    [Fact]
    public void Inspect_ManyTimes_LeavesNothingOpen() => Growth.RequireNone(
        () => Assert.Equal(Lacking, _lab.Provider.Inspect(_lab.Library, _lab.Cluster.Tokens).Single().Reason));
}

public sealed class OpenCryptokiTests : LesserModuleTests, IClassFixture<Made<OpenCryptokiLab>>
{
    private readonly OpenCryptokiLab _lab;

    public OpenCryptokiTests(Made<OpenCryptokiLab> made)
        : base(made.Lab) => _lab = made.Lab;

    [Fact]
    public void Find_Token_HasItsPinLengthsAndNoLimitOfSessions()
    {
        HsmStatus status = _lab.Provider.Find(_lab.Library, [_lab.TokenLabel]).Single();
        Assert.Equal(("123", 4, 8, null), (status.SerialNumber, status.MinPinLength, status.MaxPinLength, status.FreeSessions));
    }

    [Fact]
    public void Find_ManyTimes_ClosesNothingOfOurs()
    {
        Find();
        List<FileStream> ours = [];
        for (int round = 0; round < 10; round++)
        {
            Find();

            // So many that every number that is free now becomes ours.
            ours.AddRange(Enumerable.Range(0, 50).Select(_ => File.OpenRead(_lab.Library)));
        }

        Assert.All(ours, static file => Assert.NotEqual(-1, file.ReadByte()));
        ours.ForEach(static file => file.Dispose());
    }

    [Fact]
    public void InitializeToken_PinsItDoesNotTake_AreRefusedAndTheTokenStaysNew()
    {
        _lab.RemoveToken();
        try
        {
            RequireRefused(OpenCryptokiLab.FirstOfficerPin, "abc", "The PIN of the crypto user must have 4 to 8 bytes.");
            RequireRefused(OpenCryptokiLab.FirstOfficerPin, "user12345", "The PIN of the crypto user must have 4 to 8 bytes.");
            RequireRefused("876543210", "user1234", "The PIN of the security officer must have 4 to 8 bytes.");
            Assert.Empty(_lab.Provider.ListTokens(_lab.Library));
            Assert.Equal(
                HsmFailure.InvalidCredentials, Assert.Throws<HsmException>(() => _lab.MakeToken(officerPin: "12345678")).Failure);
            Assert.Empty(_lab.Provider.ListTokens(_lab.Library));
        }
        finally
        {
            Assert.Equal(_lab.SerialNumber, _lab.MakeToken().SerialNumber);
        }
    }

    [Fact]
    public void Find_DaemonIsAway_NamesTheLibraryAndWorksAgainAfterwards()
    {
        _lab.StopDaemon();
        try
        {
            HsmException exception = Assert.Throws<HsmException>(() => _lab.Provider.Find(_lab.Library, [_lab.TokenLabel]));
            string path = LibraryReference.Parse(_lab.Library).Path;
            Assert.Equal((ErrorCause.LibraryNotInitialized, path), (exception.Cause, exception.Library));
            Assert.StartsWith(
                $"The PKCS#11 library '{path}' could not be initialized: C_Initialize returned CKR_",
                exception.Message,
                StringComparison.Ordinal);
        }
        finally
        {
            _lab.StartDaemon();
        }

        Assert.Equal(_lab.TokenLabel, _lab.Provider.Find(_lab.Library, [_lab.TokenLabel]).Single().TokenLabel);
    }

    private void Find() =>
        Assert.Equal(HsmState.DEGRADED, _lab.Provider.Find(_lab.Library, [_lab.TokenLabel]).Single().State);

    private void RequireRefused(string officerPin, string userPin, string message)
    {
        HsmException exception = Assert.Throws<HsmException>(() => _lab.MakeToken(officerPin, userPin));
        Assert.Equal((HsmFailure.InvalidArgument, message), (exception.Failure, exception.Message));
    }
}

public sealed class TpmTests(Made<TpmLab> made) : LesserModuleTests(made.Lab), IClassFixture<Made<TpmLab>>;

public sealed class P11KitServerTests : LesserModuleTests, IClassFixture<Made<P11KitServerLab>>
{
    private readonly P11KitServerLab _lab;

    public P11KitServerTests(Made<P11KitServerLab> made)
        : base(made.Lab) => _lab = made.Lab;

    [Fact]
    public void Inspect_ServerKilledAndStartedAgainUnderLoad_SaysSoAndAnswersAgain()
    {
        bool isOver = false;
        int refused = 0;
        Thread[] load =
        [
            .. Enumerable.Range(0, 2).Select(_ => new Thread(() =>
            {
                while (!Volatile.Read(ref isOver))
                {
                    Interlocked.Add(ref refused, Inspect() == Lacking ? 0 : 1);
                }
            }) { IsBackground = true }),
        ];
        Array.ForEach(load, static thread => thread.Start());
        for (int round = 0; round < 3; round++)
        {
            Eventually.Require(() => Inspect() == Lacking);
            _lab.Kill();
            int before = Volatile.Read(ref refused);
            Eventually.Require(() => Volatile.Read(ref refused) > before);
            _lab.Start();
        }

        Eventually.Require(() => Inspect() == Lacking);
        Volatile.Write(ref isOver, true);
        Array.ForEach(load, static thread => thread.Join());
    }

    // What is told of the token, by its state or by an exception.
    private string Inspect()
    {
        try
        {
            return _lab.Provider.Inspect(_lab.Library, _lab.Cluster.Tokens).Single().Reason!;
        }
        catch (HsmException exception)
        {
            return exception.Message;
        }
    }
}
