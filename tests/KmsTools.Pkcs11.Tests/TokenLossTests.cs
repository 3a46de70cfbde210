using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>A real SoftHSM token that goes away, comes back, or is not the same any more.</summary>
public sealed class TokenLossTests : IDisposable
{
    private readonly SoftHsmLab _lab = new SoftHsmLab().WithToken();
    private readonly IHsmConnection _connection;
    private readonly byte[] _id = HsmLab.NewId();

    public TokenLossTests()
    {
        _connection = _lab.Connect();
        _connection.GenerateKey("arn:loss", _id);
        Encrypt();
    }

    public void Dispose() => _lab.Dispose();

    [Fact]
    public void Encrypt_TokenAwayAndBack_IsUnreachableAndThenWorks()
    {
        string away = Path.Combine(_lab.Folder, "away");
        string home = _lab.TokenFolder;
        Directory.Move(home, away);
        Assert.Equal(HsmFailure.Unreachable, Failure(Encrypt));
        Assert.Equal(HsmFailure.Unreachable, Failure(Encrypt));
        Assert.Equal(HsmFailure.Unreachable, Failure(() => _connection.GenerateKey("arn:lost", HsmLab.NewId())));
        Assert.Equal(HsmFailure.Unreachable, Failure(() => _connection.DestroyKey(_id)));
        Directory.Move(away, home);
        Eventually.Require(Encrypt);
        Assert.Single(Assert.Single(_connection.ListKeys()).Keys);
    }

    [Fact]
    public void Encrypt_TokenAwayAndBackUnnoticed_StillWorks()
    {
        string away = Path.Combine(_lab.Folder, "away");
        string home = _lab.TokenFolder;
        Directory.Move(home, away);
        Assert.NotNull(Assert.Single(_connection.ListKeys()).Failure);
        Directory.Move(away, home);
        Eventually.Require(Encrypt);
    }

    [Fact]
    public void Encrypt_KeyFileRemoved_IsKeyNotFound()
    {
        // Every object of SoftHSM is a file beside token.object.
        foreach (string file in Directory.GetFiles(_lab.TokenFolder, "*.object").Where(file => Path.GetFileName(file) != "token.object"))
        {
            File.Delete(file);
        }

        Assert.Equal(HsmFailure.KeyNotFound, Failure(Encrypt));
        Assert.Equal(HsmFailure.KeyNotFound, Failure(Encrypt));
    }

    [Fact]
    public void Encrypt_KeyDestroyedByOtherSoftware_IsKeyNotFound()
    {
        using (OtherSoftware other = _lab.StartOther())
        {
            other.Destroy(_id);
        }

        Assert.Equal(HsmFailure.KeyNotFound, Failure(Encrypt));
    }

    [Fact]
    public void Encrypt_KeyFileCutShort_IsNotUsed()
    {
        byte[] other = HsmLab.NewId();
        string[] before = Directory.GetFiles(_lab.TokenFolder);
        _connection.GenerateKey("arn:half", other);
        string made = Directory.GetFiles(_lab.TokenFolder, "*.object").Except(before).Single();
        _connection.Dispose();
        File.WriteAllBytes(made, File.ReadAllBytes(made)[..60]);
        using IHsmConnection again = _lab.Connect();
        Assert.Equal(HsmFailure.KeyNotFound, Failure(() => again.Encrypt(other, new byte[1], [], new byte[29])));
        again.Encrypt(_id, new byte[1], [], new byte[29]);
        Assert.Single(Assert.Single(again.ListKeys()).Keys, static key => key.IsUsable);
    }

    [Fact]
    public void Encrypt_TokenReplacedByItsNamesake_IsUnreachableNotKeyNotFound()
    {
        Directory.Delete(_lab.TokenFolder, recursive: true);
        HsmStatus successor = _lab.Provider.InitializeToken(_lab.Library, _lab.TokenLabel, "officer-5678"u8, "user-1234"u8);
        Assert.NotEqual(_lab.SerialNumber, successor.SerialNumber);
        Assert.Equal(HsmFailure.Unreachable, Failure(Encrypt));
        Assert.Equal(HsmFailure.ClusterNotFound, Failure(() => _lab.Provider.Connect(_lab.Cluster, "user-1234"u8)));
    }

    [Fact]
    public void Connect_PinChangedOutside_OldConnectionGoesOnAndTheNextIsInvalidCredentials()
    {
        using (OtherSoftware other = _lab.StartOther(CKU_SO, HsmLab.OfficerPin))
        {
            other.SetUserPin("changed-1");
        }

        Encrypt();
        _connection.Dispose();
        Assert.Equal(HsmFailure.InvalidCredentials, Failure(() => _lab.Connect()));
        using IHsmConnection again = _lab.Connect("changed-1");
        again.Encrypt(_id, new byte[1], [], new byte[29]);
    }

    [Fact]
    public void Encrypt_PinChangedWhileTheTokenWasLost_IsInvalidCredentialsUntilSomeoneBringsTheNewPin()
    {
        string away = Path.Combine(_lab.Folder, "away");
        string home = _lab.TokenFolder;
        using (OtherSoftware other = _lab.StartOther(CKU_SO, HsmLab.OfficerPin))
        {
            other.SetUserPin("changed-2");
        }

        Directory.Move(home, away);
        Assert.Equal(HsmFailure.Unreachable, Failure(Encrypt));
        Directory.Move(away, home);
        Thread.Sleep(1100);
        Assert.Equal(HsmFailure.InvalidCredentials, Failure(Encrypt));
        Assert.Equal(HsmFailure.InvalidCredentials, Failure(Encrypt));
        using IHsmConnection again = _lab.Connect("changed-2");
        again.Encrypt(_id, new byte[1], [], new byte[29]);
    }

    [Fact]
    public void GenerateKey_Always_MakesAKeyThatCannotLeave()
    {
        using OtherSoftware other = _lab.StartOther();
        Assert.Equal(CKR_ATTRIBUTE_SENSITIVE, other.ReadValue(_id));
        foreach (CKA attribute in new[] { CKA_EXTRACTABLE, CKA_WRAP, CKA_UNWRAP, CKA_SIGN, CKA_VERIFY, CKA_DERIVE, CKA_MODIFIABLE })
        {
            Assert.False(other.Flag(_id, attribute), $"{attribute}");
        }

        foreach (CKA attribute in new[] { CKA_SENSITIVE, CKA_PRIVATE, CKA_TOKEN, CKA_ENCRYPT, CKA_DECRYPT })
        {
            Assert.True(other.Flag(_id, attribute), $"{attribute}");
        }
    }

    private static HsmFailure Failure(Action action) => Assert.Throws<HsmException>(action).Failure;

    private void Encrypt() => _connection.Encrypt(_id, new byte[1], [], new byte[29]);
}
