using System.Diagnostics;
using KmsTools.Operations;

namespace KmsTools.Faults;

/// <summary>Disconnects while calls hang in a network HSM that does not answer.</summary>
[Collection("SoftHSM")]
public sealed class DisconnectTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly NetworkHsmRack _rack = new(1, timeout: 120_000);

    public void Dispose() => _rack.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Disconnect_CallHangsInAFrozenHsm_EndsAndTheStoreCanBeConnectedAgain(bool dies)
    {
        _rack.Connected();
        KeyMetadata key = _rack.Kms.Call(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = _rack.StoreId }).KeyMetadata;
        byte[] ciphertext = _rack.Kms.Encrypt(key.KeyId, 7);
        _rack.Hsms[0].SetFaults("delay C_DecryptInit 1 1");
        _rack.Hsms[0].Freeze();
        Task<string?> call = Task.Factory.StartNew(() => Outcome(ciphertext), TaskCreationOptions.LongRunning);
        for (long start = Stopwatch.GetTimestamp(); !_rack.Hsms[0].Log().Contains("delay C_DecryptInit 1");)
        {
            Assert.True(Stopwatch.GetElapsedTime(start) < Long, "The call does not get to the HSM.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }

        await Task.Factory.StartNew(_rack.Disconnect, TaskCreationOptions.LongRunning)
            .WaitAsync(Long, TestContext.Current.CancellationToken);

        Assert.False(call.IsCompleted);
        Assert.Equal(ConnectionStateType.DISCONNECTED, _rack.Store.ConnectionState);
        _rack.Connect();
        CustomKeyStoresListEntry failed = _rack.Store;
        Assert.Equal(
            (ConnectionStateType.FAILED, ConnectionErrorCodeType.NETWORK_ERRORS), (failed.ConnectionState, failed.ConnectionErrorCode));
        _rack.Disconnect();
        if (dies)
        {
            _rack.Hsms[0].Kill();
        }

        // The caller of an HSM that only hangs is answered too.
        Assert.Equal("KMSInvalidStateException: KMS cannot communicate with your CloudHSM cluster", await End());
        if (dies)
        {
            _rack.Hsms[0].Start();
        }
        else
        {
            _rack.Hsms[0].Unfreeze();
        }

        _rack.Connected();
        Assert.Equal([7], _rack.Kms.Decrypt(ciphertext));

        Task<string?> End() => call.WaitAsync(Long, TestContext.Current.CancellationToken);
    }

    // Null when the call did what it should.
    private string? Outcome(byte[] ciphertext)
    {
        try
        {
            Assert.Equal([7], _rack.Kms.Decrypt(ciphertext));
            return null;
        }
        catch (KmsException exception)
        {
            return $"{exception.ErrorCode}: {exception.Message}";
        }
    }
}
