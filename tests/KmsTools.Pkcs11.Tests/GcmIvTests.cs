using System.Text;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>
/// HSMs that generate the IVs of AES-GCM themselves, as CloudHSM does: they refuse one that is not zeroed and write their own.
/// </summary>
public sealed class GcmIvTests : IDisposable
{
    private const int EncryptInit = 29;
    private const int GenerateRandom = 64;

    private readonly FaultyHsmLab _lab = new();
    private readonly byte[] _id = HsmLab.NewId();

    public void Dispose() => _lab.Dispose();

    [Theory]
    [InlineData("C_EncryptInit", CKR_MECHANISM_PARAM_INVALID)]
    [InlineData("C_EncryptInit", CKR_ARGUMENTS_BAD)]
    [InlineData("C_Encrypt", CKR_MECHANISM_PARAM_INVALID)]
    [InlineData("C_Encrypt", CKR_ARGUMENTS_BAD)]
    public void Encrypt_HsmGeneratesTheIv_IsRefusedOnceAndThenAsksForNoRandom(string function, CKR code)
    {
        _lab.SetFaults($"iv own {function} {code:x}");
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:own", _id);
        Assert.Equal(1, Refusals());
        (long begun, long random) = (_lab.Calls(EncryptInit), _lab.Calls(GenerateRandom));

        HashSet<string> ivs = [];
        for (int message = 0; message < 20; message++)
        {
            byte[] plaintext = Encoding.UTF8.GetBytes($"message {message}");
            byte[] ciphertext = new byte[plaintext.Length + 28];
            connection.Encrypt(_id, plaintext, "context"u8, ciphertext);
            ivs.Add(Convert.ToHexStringLower(ciphertext, 0, 12));

            byte[] again = new byte[plaintext.Length];
            connection.Decrypt(_id, ciphertext, "context"u8, again);
            Assert.Equal(plaintext, again);
        }

        Assert.Equal(20, ivs.Count);
        Assert.DoesNotContain("000000000000000000000000", ivs);
        Assert.Equal(1, Refusals());
        Assert.Equal((20, 0), (_lab.Calls(EncryptInit) - begun, _lab.Calls(GenerateRandom) - random));
    }

    [Fact]
    public void Encrypt_HsmGeneratesTheIv_OtherSoftwareDecryptsIt()
    {
        _lab.SetFaults("iv own C_EncryptInit 71");
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:own", _id);
        byte[] ciphertext = new byte[33];
        connection.Encrypt(_id, "hello"u8, "context"u8, ciphertext);

        using OtherSoftware other = _lab.StartOther();
        Assert.Equal("hello"u8, other.Decrypt(_id, ciphertext[..12], ciphertext[12..], "context"u8.ToArray()));
    }

    [Fact]
    public void Encrypt_NextLogin_LearnsItAgain()
    {
        _lab.SetFaults("iv own C_EncryptInit 71");
        using (IHsmConnection connection = _lab.Connect())
        {
            connection.GenerateKey("arn:own", _id);
        }

        // The same library may lead to another HSM now.
        _lab.SetFaults();
        using IHsmConnection next = _lab.Connect();
        long random = _lab.Calls(GenerateRandom);
        next.Encrypt(_id, new byte[16], [], new byte[44]);
        Assert.Equal(1, _lab.Calls(GenerateRandom) - random);
    }

    [Fact]
    public void Encrypt_HsmTakesOurIv_TakesOneRandomAndOneEncryptionEach()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:ours", _id);
        (long begun, long random) = (_lab.Calls(EncryptInit), _lab.Calls(GenerateRandom));
        for (int message = 0; message < 20; message++)
        {
            connection.Encrypt(_id, new byte[16], [], new byte[44]);
        }

        Assert.Equal((20, 20), (_lab.Calls(EncryptInit) - begun, _lab.Calls(GenerateRandom) - random));
    }

    [Fact]
    public void Encrypt_EightThreadsLearnItAtOnce_EveryMessageDecrypts()
    {
        using (IHsmConnection first = _lab.Connect())
        {
            first.GenerateKey("arn:threads", _id);
        }

        _lab.SetFaults("iv own C_EncryptInit 71");
        using IHsmConnection connection = _lab.Connect();
        Parallel.For(0, 8, new ParallelOptions { MaxDegreeOfParallelism = 8 }, worker =>
        {
            byte[] plaintext = Encoding.UTF8.GetBytes($"worker {worker}");
            byte[] ciphertext = new byte[plaintext.Length + 28];
            byte[] again = new byte[plaintext.Length];
            for (int message = 0; message < 20; message++)
            {
                connection.Encrypt(_id, plaintext, [], ciphertext);
                connection.Decrypt(_id, ciphertext, [], again);
                Assert.Equal(plaintext, again);
            }
        });
        Assert.InRange(Refusals(), 1, 8);
    }

    [Fact]
    public void Encrypt_HsmLeavesTheIvZeroed_IsRefusedAndNothingIsReturned()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:zeros", _id);
        _lab.SetFaults("iv zeros C_EncryptInit 71");
        byte[] ciphertext = [.. Enumerable.Repeat((byte)7, 44)];
        HsmException exception = Assert.Throws<HsmException>(() => connection.Encrypt(_id, new byte[16], [], ciphertext));
        Assert.Equal(HsmFailure.NotPermitted, exception.Failure);
        Assert.Equal(
            "The HSM returned a message of AES-GCM with an IV of zeros, which is not safe. Check how it generates IVs and random numbers.",
            exception.Message);
        Assert.Equal(new byte[44], ciphertext);

        // Zeros were not taken for what this HSM wants.
        _lab.SetFaults();
        connection.Encrypt(_id, new byte[16], [], ciphertext);
        Assert.NotEqual(new byte[12], ciphertext[..12]);
    }

    [Fact]
    public void GenerateKey_HsmLeavesTheIvZeroed_LeavesNoKey()
    {
        _lab.SetFaults("iv zeros C_EncryptInit 71");
        using IHsmConnection connection = _lab.Connect();
        Assert.Equal(HsmFailure.NotPermitted, Assert.Throws<HsmException>(() => connection.GenerateKey("arn:zeros", _id)).Failure);
        using OtherSoftware other = _lab.StartOther();
        Assert.Empty(other.Find(_id));
    }

    [Theory]
    [InlineData("C_EncryptInit", CKR_MECHANISM_PARAM_INVALID, "C_EncryptInit returned CKR_MECHANISM_PARAM_INVALID (0x71)")]
    [InlineData("C_Encrypt", CKR_ARGUMENTS_BAD, "C_Encrypt returned CKR_ARGUMENTS_BAD (0x7)")]
    public void Encrypt_HsmTakesNoIv_SaysWhatWasTried(string function, CKR code, string answer)
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:none", _id);
        _lab.SetFaults($"iv none {function} {code:x}");
        HsmException exception = Assert.Throws<HsmException>(() => connection.Encrypt(_id, new byte[16], [], new byte[44]));
        Assert.Equal(HsmFailure.NotPermitted, exception.Failure);
        Assert.Equal(
            $"The HSM refuses any IV for AES-GCM: a random one ({answer}), and a zeroed one to be replaced ({answer}). "
                + "Check what it requires of CKM_AES_GCM.",
            exception.Message);
        Assert.Equal(2, Refusals());

        _lab.SetFaults();
        connection.Encrypt(_id, new byte[16], [], new byte[44]);
    }

    [Fact]
    public void Encrypt_OtherRefusal_IsNotTriedAgain()
    {
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:other", _id);
        _lab.SetFaults($"before C_EncryptInit {CKR_MECHANISM_INVALID:x} 1");
        Assert.Equal(
            "C_EncryptInit returned CKR_MECHANISM_INVALID (0x70)",
            Assert.Throws<HsmException>(() => connection.Encrypt(_id, new byte[16], [], new byte[44])).Message);
        _lab.SetFaults($"before C_GenerateRandom {CKR_ARGUMENTS_BAD:x} 1");
        Assert.Equal(
            "C_GenerateRandom returned CKR_ARGUMENTS_BAD (0x7)",
            Assert.Throws<HsmException>(() => connection.Encrypt(_id, new byte[16], [], new byte[44])).Message);
    }

    [Theory]
    [InlineData]
    [InlineData("iv own C_EncryptInit 71")]
    public void EncryptAndDecrypt_SessionAndKeyKnown_MakeNoGarbage(params string[] rules)
    {
        _lab.SetFaults(rules);
        using IHsmConnection connection = _lab.Connect();
        connection.GenerateKey("arn:garbage", _id);
        byte[] plaintext = new byte[32];
        byte[] ciphertext = new byte[60];

        // A call that comes late asks first whether the HSM is alive, which is allowed to cost something.
        long least = Enumerable.Range(0, 10).Min(_ =>
        {
            long before = GC.GetAllocatedBytesForCurrentThread();
            for (int message = 0; message < 20; message++)
            {
                connection.Encrypt(_id, plaintext, "context"u8, ciphertext);
                connection.Decrypt(_id, ciphertext, "context"u8, plaintext);
            }

            return GC.GetAllocatedBytesForCurrentThread() - before;
        });
        Assert.Equal(0, least);
    }

    private int Refusals() => _lab.Log().Count(static line => line.StartsWith("iv refused ", StringComparison.Ordinal));
}
