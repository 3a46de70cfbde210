namespace KmsTools.Operations;

[Collection("SoftHSM")]
public sealed class DisconnectCustomKeyStoreTests : IDisposable
{
    private readonly HsmFixture _hsm = new HsmFixture().Connected();

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void DisconnectCustomKeyStore_Connected_MakesKeysUnavailableUntilConnected()
    {
        KeyMetadata enabled = _hsm.CreateKey();
        KeyMetadata disabled = _hsm.CreateKey();
        KeyMetadata pending = _hsm.CreateKey();
        _hsm.Kms.Disable(disabled.KeyId);
        _hsm.Kms.Schedule(pending.KeyId, 30);
        byte[] blob = _hsm.Kms.Encrypt(enabled.KeyId, 9);

        _hsm.Disconnect();

        Assert.Equal((KeyState.Unavailable, false), (State(enabled), _hsm.Kms.Describe(enabled.KeyId).Enabled));
        Assert.Equal(KeyState.Unavailable, State(disabled));
        Assert.Equal(KeyState.PendingDeletion, State(pending));
        _hsm.Kms.Refuses(new DecryptRequest { CiphertextBlob = blob }, "KMSInvalidStateException", $"{enabled.Arn} is unavailable.");
        _hsm.Connected();
        Assert.Equal((KeyState.Enabled, KeyState.Disabled, KeyState.PendingDeletion), (State(enabled), State(disabled), State(pending)));
        Assert.Equal([9], _hsm.Kms.Decrypt(blob));
    }

    [Fact]
    public void DisconnectCustomKeyStore_EnableAndDisableMeanwhile_TakeEffectOnReconnect()
    {
        KeyMetadata one = _hsm.CreateKey();
        KeyMetadata other = _hsm.CreateKey();
        _hsm.Kms.Disable(other.KeyId);
        _hsm.Disconnect();

        _hsm.Kms.Disable(one.KeyId);
        _hsm.Kms.Enable(other.KeyId);

        Assert.Equal((KeyState.Unavailable, KeyState.Unavailable), (State(one), State(other)));
        _hsm.Connected();
        Assert.Equal((KeyState.Disabled, KeyState.Enabled), (State(one), State(other)));
    }

    [Fact]
    public void DisconnectCustomKeyStore_PendingDeletion_CanBeCancelledMeanwhile()
    {
        KeyMetadata key = _hsm.CreateKey();
        _hsm.Disconnect();
        _hsm.Kms.Schedule(key.KeyId);
        Assert.Equal(KeyState.PendingDeletion, State(key));

        _hsm.Kms.Call(new CancelKeyDeletionRequest { KeyId = key.KeyId });

        Assert.Equal(KeyState.Unavailable, State(key));
        _hsm.Connected();
        Assert.Equal(KeyState.Disabled, State(key));
    }

    private KeyState State(KeyMetadata key) => _hsm.Kms.Describe(key.KeyId).KeyState;
}
