using System.Text;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>What every module must do through <see cref="IHsmProvider"/>.</summary>
public abstract class HsmContractTests
{
    private readonly HsmLab _lab;

    protected HsmContractTests(HsmLab lab)
    {
        _lab = lab;
        lab.Activate();
    }

    [Fact]
    public void Inspect_TokenAndStranger_TellsThemApart()
    {
        HsmStatus[] found = [.. _lab.Provider.Find(_lab.Library, [_lab.TokenLabel, "nobody"])];
        Assert.Equal((HsmState.ACTIVE, _lab.SerialNumber), (found[0].State, found[0].SerialNumber));
        Assert.Equal(new HsmStatus("nobody", "", HsmState.DEGRADED, "", "", "", _lab.Library), found[1]);
        Assert.Equal(found[0].Manufacturer.Trim(), found[0].Manufacturer);
    }

    [Fact]
    public void Connect_WrongPin_IsInvalidCredentialsAndDoesNotTellThePin()
    {
        HsmException exception = Assert.Throws<HsmException>(() => _lab.Connect("not-the-pin"));
        Assert.Equal(HsmFailure.InvalidCredentials, exception.Failure);
        Assert.DoesNotContain("not-the-pin", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Connect_WrongPinBesideAnOpenConnection_IsInvalidCredentials()
    {
        using IHsmConnection open = _lab.Connect();
        Assert.Equal(HsmFailure.InvalidCredentials, Assert.Throws<HsmException>(() => _lab.Connect("not-the-pin")).Failure);
        open.GenerateRandom(new byte[8]);
    }

    [Fact]
    public void Connect_OtherSerialNumber_IsClusterNotFound()
    {
        HsmCluster other = _lab.Cluster with { Tokens = [new HsmToken(_lab.TokenLabel, "ffffffffffffffff")] };
        Assert.Equal(
            HsmFailure.ClusterNotFound, Assert.Throws<HsmException>(() => _lab.Provider.Connect(other, "1234"u8)).Failure);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(32)]
    [InlineData(4096)]
    public void Encrypt_AnyLength_DecryptsToTheSame(int length)
    {
        using IHsmConnection connection = _lab.Connect();
        byte[] id = HsmLab.NewId();
        connection.GenerateKey("arn:round-trip", id);
        byte[] plaintext = [.. Enumerable.Range(0, length).Select(index => (byte)(index % 251))];
        byte[] ciphertext = new byte[length + 28];
        byte[] again = new byte[length];
        connection.Encrypt(id, plaintext, "context"u8, ciphertext);
        connection.Decrypt(id, ciphertext, "context"u8, again);
        Assert.Equal(plaintext, again);
        connection.Encrypt(id, plaintext, [], ciphertext);
        connection.Decrypt(id, ciphertext, [], again);
        Assert.Equal(plaintext, again);
    }

    [Fact]
    public void Encrypt_SamePlaintextTwice_HasAnotherIv()
    {
        using IHsmConnection connection = _lab.Connect();
        byte[] id = HsmLab.NewId();
        connection.GenerateKey("arn:iv", id);
        byte[] first = new byte[44];
        byte[] second = new byte[44];
        connection.Encrypt(id, new byte[16], [], first);
        connection.Encrypt(id, new byte[16], [], second);
        Assert.NotEqual(first[..12], second[..12]);
        Assert.NotEqual(first[12..], second[12..]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(11)]
    [InlineData(12)]
    [InlineData(43)]
    public void Decrypt_FlippedBit_IsAuthenticationFailedAndThePlaintextIsZero(int position)
    {
        using IHsmConnection connection = _lab.Connect();
        byte[] id = HsmLab.NewId();
        connection.GenerateKey("arn:tamper", id);
        byte[] ciphertext = new byte[44];
        byte[] plaintext = [.. Enumerable.Repeat((byte)7, 16)];
        connection.Encrypt(id, plaintext, "context"u8, ciphertext);
        ciphertext[position] ^= 1;
        HsmException exception = Assert.Throws<HsmException>(() => connection.Decrypt(id, ciphertext, "context"u8, plaintext));
        Assert.Equal(HsmFailure.AuthenticationFailed, exception.Failure);
        Assert.All(plaintext, value => Assert.Equal(0, value));
    }

    [Fact]
    public void Decrypt_OtherContextOrKey_IsAuthenticationFailed()
    {
        using IHsmConnection connection = _lab.Connect();
        byte[] id = HsmLab.NewId();
        byte[] other = HsmLab.NewId();
        connection.GenerateKey("arn:one", id);
        connection.GenerateKey("arn:other", other);
        byte[] ciphertext = new byte[44];
        connection.Encrypt(id, new byte[16], "context"u8, ciphertext);
        Assert.Equal(
            HsmFailure.AuthenticationFailed,
            Assert.Throws<HsmException>(() => connection.Decrypt(id, ciphertext, "Context"u8, new byte[16])).Failure);
        Assert.Equal(
            HsmFailure.AuthenticationFailed,
            Assert.Throws<HsmException>(() => connection.Decrypt(other, ciphertext, "context"u8, new byte[16])).Failure);
    }

    [Fact]
    public void Encrypt_UnknownId_IsKeyNotFound()
    {
        using IHsmConnection connection = _lab.Connect();
        Assert.Equal(
            HsmFailure.KeyNotFound,
            Assert.Throws<HsmException>(() => connection.Encrypt(HsmLab.NewId(), new byte[1], [], new byte[29])).Failure);
    }

    [Fact]
    public void Encrypt_WrongBufferLength_IsRefused()
    {
        using IHsmConnection connection = _lab.Connect();
        Assert.Throws<ArgumentException>(() => connection.Encrypt(HsmLab.NewId(), new byte[1], [], new byte[28]));
    }

    [Fact]
    public void GenerateKey_IdInUse_IsRefusedAndTheKeyStays()
    {
        using IHsmConnection connection = _lab.Connect();
        byte[] id = HsmLab.NewId();
        connection.GenerateKey("arn:first", id);
        Assert.Equal(
            HsmFailure.InvalidArgument, Assert.Throws<HsmException>(() => connection.GenerateKey("arn:second", id)).Failure);
        connection.Encrypt(id, new byte[1], [], new byte[29]);
    }

    [Fact]
    public void ListKeys_AfterGenerateAndDestroy_ShowsWhatIsThere()
    {
        using IHsmConnection connection = _lab.Connect();
        byte[] kept = HsmLab.NewId();
        byte[] gone = HsmLab.NewId();
        ulong handle = connection.GenerateKey("arn:kept", kept);
        connection.GenerateKey("arn:gone", gone);
        Assert.True(connection.DestroyKey(gone));
        Assert.False(connection.DestroyKey(gone));
        HsmKeyObject[] keys = [.. Assert.Single(connection.ListKeys()).Keys];
        Assert.Contains(new HsmKeyObject("arn:kept", Convert.ToHexStringLower(kept), _lab.TokenLabel, handle), keys);
        Assert.DoesNotContain(keys, key => key.Id == Convert.ToHexStringLower(gone));
        Assert.Equal(
            HsmFailure.KeyNotFound,
            Assert.Throws<HsmException>(() => connection.Encrypt(gone, new byte[1], [], new byte[29])).Failure);
    }

    [Fact]
    public void GenerateRandom_Twice_Differs()
    {
        using IHsmConnection connection = _lab.Connect();
        byte[] first = new byte[1024];
        byte[] second = new byte[1024];
        connection.GenerateRandom(first);
        connection.GenerateRandom(second);
        Assert.NotEqual(first, second);
        Assert.Throws<ArgumentException>(() => connection.GenerateRandom([]));
        Assert.Throws<ArgumentException>(() => connection.GenerateRandom(new byte[1025]));
    }

    [Fact]
    public void Dispose_OneOfTwoConnections_LeavesTheOtherWorking()
    {
        using IHsmConnection first = _lab.Connect();
        byte[] id = HsmLab.NewId();
        using (IHsmConnection second = _lab.Connect())
        {
            second.GenerateKey("arn:shared", id);
        }

        first.Encrypt(id, new byte[1], [], new byte[29]);
        first.Dispose();
        Assert.Throws<ObjectDisposedException>(() => first.Encrypt(id, new byte[1], [], new byte[29]));
        using IHsmConnection third = _lab.Connect();
        third.Encrypt(id, new byte[1], [], new byte[29]);
    }

    [Fact]
    public void Connect_ManyTimes_LeavesNothingOpen() => Growth.RequireNone(() =>
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateRandom(new byte[8]);
    });

    [Fact]
    public void Inspect_BesideAnOpenConnection_DoesNotDisturbIt()
    {
        using IHsmConnection connection = _lab.Connect();
        byte[] id = HsmLab.NewId();
        connection.GenerateKey("arn:inspected", id);
        Assert.Equal(HsmState.ACTIVE, _lab.Provider.Find(_lab.Library, [_lab.TokenLabel])[0].State);
        connection.Encrypt(id, new byte[1], [], new byte[29]);
    }

    [Fact]
    public void AllCalls_EightThreadsMixed_NoneFails()
    {
        using IHsmConnection connection = _lab.Connect();
        byte[] shared = HsmLab.NewId();
        connection.GenerateKey("arn:load", shared);
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, worker =>
        {
            byte[] plaintext = Encoding.UTF8.GetBytes($"worker {worker}");
            byte[] ciphertext = new byte[plaintext.Length + 28];
            byte[] again = new byte[plaintext.Length];
            for (int round = 0; round < Campaign.Length(usual: 2, full: 5); round++)
            {
                byte[] own = HsmLab.NewId();
                connection.GenerateKey($"arn:load:{worker}", own);
                for (int message = 0; message < 20; message++)
                {
                    byte[] id = message % 2 == 0 ? own : shared;
                    connection.Encrypt(id, plaintext, own, ciphertext);
                    connection.Decrypt(id, ciphertext, own, again);
                    Assert.Equal(plaintext, again);
                }

                connection.GenerateRandom(again);
                Assert.NotEmpty(connection.ListKeys().Single().Keys);
                Assert.True(connection.DestroyKey(own));
            }
        });
    }
}

public sealed class SoftHsmContractTests(Made<SoftHsmContractTests.SoftHsm> made)
    : HsmContractTests(made.Lab), IClassFixture<Made<SoftHsmContractTests.SoftHsm>>
{
    public sealed class SoftHsm : SoftHsmLab
    {
        public SoftHsm() => WithToken();
    }
}

public sealed class NssContractTests(Made<NssLab> made) : HsmContractTests(made.Lab), IClassFixture<Made<NssLab>>;

public sealed class NetworkHsmContractTests(Made<NetworkHsmLab> made) : HsmContractTests(made.Lab), IClassFixture<Made<NetworkHsmLab>>;

public sealed class P11KitContractTests(Made<P11KitLab> made) : HsmContractTests(made.Lab), IClassFixture<Made<P11KitLab>>;

public sealed class SpyContractTests(Made<SpyLab> made) : HsmContractTests(made.Lab), IClassFixture<Made<SpyLab>>;
