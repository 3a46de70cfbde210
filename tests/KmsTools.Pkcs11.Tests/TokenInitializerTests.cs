using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

public sealed class TokenInitializerTests : IDisposable
{
    private readonly SoftHsmLab _lab = new();

    public TokenInitializerTests() => _lab.Activate();

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void InitializeToken_FreeSlot_GivesAnActiveToken()
    {
        HsmStatus status = _lab.Provider.InitializeToken(_lab.Library, "fresh", "12345678"u8, "abcd"u8);
        Assert.Equal(("fresh", HsmState.ACTIVE), (status.TokenLabel, status.State));
        Assert.Equal(16, status.SerialNumber.Length);
        Assert.Equal("SoftHSM project", status.Manufacturer);
        Assert.Equal("2.6", status.FirmwareVersion);
    }

    [Fact]
    public void InitializeToken_LabelTaken_IsRefusedAndTheTokenStays()
    {
        HsmStatus first = _lab.Provider.InitializeToken(_lab.Library, "fresh", "12345678"u8, "abcd"u8);
        HsmException exception = Assert.Throws<HsmException>(
            () => _lab.Provider.InitializeToken(_lab.Library, "fresh", "12345678"u8, "abcd"u8));
        Assert.Equal(HsmFailure.InvalidArgument, exception.Failure);
        Assert.Equal(first, _lab.Provider.Find(_lab.Library, ["fresh"])[0]);
    }

    [Fact]
    public void InitializeToken_UserPinTooShort_LeavesNoToken()
    {
        HsmException exception = Assert.Throws<HsmException>(
            () => _lab.Provider.InitializeToken(_lab.Library, "fresh", "12345678"u8, "abc"u8));
        Assert.Equal(HsmFailure.InvalidArgument, exception.Failure);
        Assert.Equal(HsmState.DEGRADED, _lab.Provider.Find(_lab.Library, ["fresh"])[0].State);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ein Name, der mehr als 32 Bytes hät")]
    public void InitializeToken_BadLabel_IsRefused(string label) =>
        Assert.Equal(
            HsmFailure.InvalidArgument,
            Assert.Throws<HsmException>(() => _lab.Provider.InitializeToken(_lab.Library, label, "12345678"u8, "abcd"u8)).Failure);

    [Fact]
    public void Inspect_TwoTokensWithOneLabel_IsRefused()
    {
        _lab.Provider.InitializeToken(_lab.Library, "twin", "12345678"u8, "abcd"u8);
        string first = Path.Combine(_lab.Folder, "first");
        Directory.Move(_lab.TokenFolder, first);
        _lab.Provider.InitializeToken(_lab.Library, "twin", "12345678"u8, "abcd"u8);
        Directory.Move(first, Path.Combine(_lab.Tokens, "first"));
        Assert.Equal(
            HsmFailure.Ambiguous,
            Assert.Throws<HsmException>(() => _lab.Provider.Find(_lab.Library, ["twin"])).Failure);
    }

    [Fact]
    public void Inspect_NoLibrary_IsClusterNotFound() =>
        Assert.Equal(
            HsmFailure.ClusterNotFound,
            Assert.Throws<HsmException>(() => _lab.Provider.Find(Path.Combine(_lab.Folder, "none.so"), ["x"])).Failure);

    [Fact]
    public void Inspect_NotALibrary_IsFailed() =>
        Assert.Equal(
            HsmFailure.Failed,
            Assert.Throws<HsmException>(() => _lab.Provider.Find(_lab.Configuration, ["x"])).Failure);

    [Fact]
    public void Inspect_ModuleCannotStart_IsFailed()
    {
        File.WriteAllText(_lab.Configuration, "directories.tokendir = /nowhere/at/all\nobjectstore.backend = file\n");
        Assert.Equal(HsmFailure.Failed, Assert.Throws<HsmException>(() => _lab.Provider.Find(_lab.Library, ["x"])).Failure);
    }
}
