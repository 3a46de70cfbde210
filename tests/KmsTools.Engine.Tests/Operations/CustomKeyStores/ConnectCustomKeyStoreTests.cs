using KmsTools.Persistence;

namespace KmsTools.Operations;

[Collection("SoftHSM")]
public sealed class ConnectCustomKeyStoreTests : IDisposable
{
    private readonly HsmFixture _hsm = new();

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void ConnectCustomKeyStore_RightPassword_IsConnected()
    {
        Assert.Same(EmptyResponse.Instance, _hsm.Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId }));

        Assert.Equal((ConnectionStateType.CONNECTED, null), (_hsm.Store.ConnectionState, _hsm.Store.ConnectionErrorCode));
    }

    [Fact]
    public void ConnectCustomKeyStore_WrongPassword_FailsUntilItIsUpdated()
    {
        _hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId, KeyStorePassword = "wrong-1234" });
        _hsm.Connect();
        Assert.Equal(
            (ConnectionStateType.FAILED, ConnectionErrorCodeType.INVALID_CREDENTIALS),
            (_hsm.Store.ConnectionState, _hsm.Store.ConnectionErrorCode));
        Assert.Equal(
            "CustomKeyStoreInvalidStateException", _hsm.Kms.Error(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId })
                .Code);
        _hsm.Disconnect();
        Assert.Equal((ConnectionStateType.DISCONNECTED, null), (_hsm.Store.ConnectionState, _hsm.Store.ConnectionErrorCode));

        // The HSM would take the password by now; a refused one is not offered again, or the HSM might lock its user.
        _hsm.SetUserPin("wrong-1234");
        _hsm.Connect();
        Assert.Equal(ConnectionErrorCodeType.INVALID_CREDENTIALS, _hsm.Store.ConnectionErrorCode);
        _hsm.Disconnect();

        _hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId, KeyStorePassword = "wrong-1234" });
        _hsm.Connected();
    }

    [Fact]
    public void Encrypt_PasswordChangedInTheHsm_IsTriedByOneProcessOnly()
    {
        _hsm.Connected();
        KeyMetadata key = _hsm.CreateKey();
        EncryptRequest encrypt = new() { KeyId = key.KeyId, Plaintext = [1] };
        _hsm.SetUserPin("changed-1234");

        // Another process has yet to log in; the HSM refuses it.
        _hsm.Kms.Reopen();
        Assert.Equal("KMSInvalidStateException", _hsm.Kms.Error(encrypt).Code);
        Assert.Equal(ConnectionStateType.CONNECTED, _hsm.Store.ConnectionState);
        _hsm.SetUserPin(HsmFixture.UserPin);
        _hsm.Kms.Reopen();

        Assert.Equal("KMSInvalidStateException", _hsm.Kms.Error(encrypt).Code);
        _hsm.Disconnect();
        _hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId, KeyStorePassword = HsmFixture.UserPin });
        _hsm.Connected();
        _hsm.Kms.Call(encrypt);
    }

    [Fact]
    public void ConnectCustomKeyStore_ClusterUnregistered_IsRefusedWhileAStoreUsesIt()
    {
        Assert.Equal(
            "CloudHsmClusterInUseException",
            Assert.Throws<KmsException>(() => _hsm.Kms.Engine.HsmClusters.Unregister(HsmFixture.ClusterId)).ErrorCode);
        _hsm.Kms.Call(new DeleteCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId });

        _hsm.Kms.Engine.HsmClusters.Unregister(HsmFixture.ClusterId);

        Assert.Empty(_hsm.Kms.Engine.HsmClusters.Find());
    }

    [Fact]
    public void ConnectCustomKeyStore_TokenOfAnotherSerialNumber_IsClusterNotFound()
    {
        using (IStateTransaction transaction = _hsm.Kms.Engine.Store.BeginTransaction())
        {
            HsmCluster cluster = transaction.FindCluster(HsmFixture.ClusterId)!;
            transaction.DeleteCluster(HsmFixture.ClusterId);
            transaction.InsertCluster(cluster with { Tokens = [new HsmToken(_hsm.Token, "ffffffffffffffff")] });
            transaction.Commit();
        }

        _hsm.Connect();

        Assert.Equal(
            (ConnectionStateType.FAILED, ConnectionErrorCodeType.CLUSTER_NOT_FOUND),
            (_hsm.Store.ConnectionState, _hsm.Store.ConnectionErrorCode));
    }

    [Fact]
    public void ConnectCustomKeyStore_ByOneEngine_IsSeenByTheOtherInItsNextCall()
    {
        using KmsEngine other = _hsm.Kms.Open();
        _hsm.Connected();
        KeyMetadata key = _hsm.CreateKey();
        byte[] blob = other.Execute(new EncryptRequest { KeyId = key.KeyId, Plaintext = [7] }).CiphertextBlob.ToArray();
        Assert.Equal([7], _hsm.Kms.Decrypt(blob));

        other.Execute(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId });
        _hsm.Kms.Refuses(new DecryptRequest { CiphertextBlob = blob }, "KMSInvalidStateException", $"{key.Arn} is unavailable.");
        other.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId });

        Assert.Equal([7], _hsm.Kms.Decrypt(blob));
    }
}
