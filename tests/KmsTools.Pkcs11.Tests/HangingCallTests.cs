using System.Diagnostics;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.Sessions;
using KmsTools.Pkcs11.Tests.Labs;

namespace KmsTools.Pkcs11.Tests;

/// <summary>Calls that hang in the module for longer than the test takes.</summary>
public sealed class HangingCallTests : IDisposable
{
    private readonly FaultyHsmLab _lab = new();
    private readonly Pkcs11HsmProvider _provider = new(new HsmTimeLimits
    {
        Call = TimeSpan.FromMilliseconds(200), Answer = TimeSpan.FromMilliseconds(500), Connect = TimeSpan.FromSeconds(2),
    });

    private readonly byte[] _id = HsmLab.NewId();

    public void Dispose()
    {
        _lab.SetFaults();
        _provider.Dispose();
        _lab.Dispose();
    }

    [Theory]
    [InlineData("C_Encrypt")]
    [InlineData("C_EncryptInit")]
    [InlineData("C_GenerateRandom")]
    public void Encrypt_CallHangs_IsAnsweredAndOthersGoOn(string function)
    {
        _lab.Activate();
        IHsmConnection connection = _provider.Connect(_lab.Cluster, "user-1234"u8);
        connection.GenerateKey("arn:hang", _id);
        _lab.SetFaults($"delay {function} 60000 1");
        long start = Stopwatch.GetTimestamp();
        try
        {
            connection.Encrypt(_id, new byte[16], [], new byte[44]);
        }
        catch (HsmException exception)
        {
            Assert.Equal(HsmFailure.Unreachable, exception.Failure);
        }

        Assert.InRange(Stopwatch.GetElapsedTime(start).TotalSeconds, 0.4, 30);

        // Each copy of the module would hang once.
        _lab.SetFaults();
        byte[] ciphertext = new byte[44];
        Eventually.Require(() => connection.Encrypt(_id, new byte[16], [], ciphertext));
        byte[] plaintext = [.. Enumerable.Repeat((byte)1, 16)];
        connection.Decrypt(_id, ciphertext, [], plaintext);
        Assert.Equal(new byte[16], plaintext);
    }

    [Fact]
    public void CallPace_FastModule_IsCalledDirectlyAfterTheFirstCalls()
    {
        CallPace pace = new();
        for (int call = 0; call < 15; call++)
        {
            pace.Record(CallPace.Start());
        }

        Assert.True(pace.IsDetached);
        pace.Record(CallPace.Start());
        Assert.False(pace.IsDetached);
        pace.RecordHang();
        Assert.True(pace.IsDetached);
    }

    [Theory]
    [InlineData(150, 1, false)]
    [InlineData(1_000, 16, true)]
    public void CallPace_FastestCall_Decides(int microseconds, int slowCalls, bool isDetached)
    {
        CallPace pace = new();
        for (int call = 0; call < 16; call++)
        {
            pace.Record(CallPace.Start() - (call < slowCalls ? Stopwatch.Frequency * microseconds / 1_000_000 : 0));
        }

        Assert.Equal(isDetached, pace.IsDetached);
    }
}
