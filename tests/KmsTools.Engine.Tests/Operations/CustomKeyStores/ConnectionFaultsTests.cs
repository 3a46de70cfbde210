using KmsTools.KeyStores;

namespace KmsTools.Operations;

/// <summary>What goes wrong at a connect, and what keys and stores are afterwards.</summary>
[Collection("SoftHSM")]
public sealed class ConnectionFaultsTests : IDisposable
{
    private readonly HsmFixture _hsm = new();

    public void Dispose() => _hsm.Dispose();

    [Theory]
    [InlineData(HsmFailure.ClusterNotFound, ConnectionErrorCodeType.CLUSTER_NOT_FOUND)]
    [InlineData(HsmFailure.NoActiveHsm, ConnectionErrorCodeType.INSUFFICIENT_CLOUDHSM_HSMS)]
    [InlineData(HsmFailure.InvalidCredentials, ConnectionErrorCodeType.INVALID_CREDENTIALS)]
    [InlineData(HsmFailure.UserLockedOut, ConnectionErrorCodeType.USER_LOCKED_OUT)]
    [InlineData(HsmFailure.UserNotFound, ConnectionErrorCodeType.USER_NOT_FOUND)]
    [InlineData(HsmFailure.UserLoggedIn, ConnectionErrorCodeType.USER_LOGGED_IN)]
    [InlineData(HsmFailure.Unreachable, ConnectionErrorCodeType.NETWORK_ERRORS)]
    [InlineData(HsmFailure.NotPermitted, ConnectionErrorCodeType.INTERNAL_ERROR)]
    [InlineData(HsmFailure.Exhausted, ConnectionErrorCodeType.INTERNAL_ERROR)]
    [InlineData(HsmFailure.Failed, ConnectionErrorCodeType.INTERNAL_ERROR)]
    public void Connect_HsmFails_EndsInFailedWithTheCodeAndCanBeTriedAgain(HsmFailure failure, ConnectionErrorCodeType expected)
    {
        _hsm.Watched.BeforeConnect = () => throw new HsmException(failure, "C_Login says so.");
        List<string> warnings = [];
        _hsm.Kms.Engine.Execute(
            new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId },
            observer: new CallObserver { Warning = warnings.Add });

        Assert.Equal((ConnectionStateType.FAILED, expected), (_hsm.Store.ConnectionState, _hsm.Store.ConnectionErrorCode));
        Assert.Equal([$"{expected}: C_Login says so."], warnings);
        _hsm.Watched.BeforeConnect = null;
        _hsm.Disconnect();
        Assert.Null(_hsm.Store.ConnectionErrorCode);
        if (failure == HsmFailure.InvalidCredentials)
        {
            // A refused password is not tried again before it is updated.
            _hsm.Connect();
            Assert.Equal(expected, _hsm.Store.ConnectionErrorCode);
            _hsm.Disconnect();
            _hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId, KeyStorePassword = HsmFixture.UserPin });
        }

        _hsm.Connected();
    }

    [Fact]
    public void Connect_TokenGone_IsNoClusterAndComesBack()
    {
        using (_hsm.Away(_hsm.Token))
        {
            _hsm.Connect();
            Assert.Equal(ConnectionErrorCodeType.CLUSTER_NOT_FOUND, _hsm.Store.ConnectionErrorCode);
        }

        Assert.Equal(ConnectionStateType.FAILED, _hsm.Store.ConnectionState);
        _hsm.Disconnect();
        _hsm.Connected();
    }

    [Fact]
    public void Connect_HsmWithoutCryptoUser_IsUserNotFoundUntilThereIsOne()
    {
        const string Cluster = "cluster-3abcdefghij";
        string token = HsmFixture.NewTokenWithoutUser();
        string certificate = _hsm.Kms.Engine.HsmClusters.Register(SoftHsm.Library, [token], Cluster).TrustAnchorCertificate;
        string id = _hsm.Kms.Call(
            _hsm.Creating() with { CustomKeyStoreName = "fresh", CloudHsmClusterId = Cluster, TrustAnchorCertificate = certificate }).CustomKeyStoreId;
        _hsm.Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = id });
        Assert.Equal((ConnectionStateType.FAILED, ConnectionErrorCodeType.USER_NOT_FOUND), State());

        _hsm.SetUserPin(HsmFixture.UserPin, token);
        _hsm.Kms.Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = id });
        _hsm.Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = id });
        Assert.Equal((ConnectionStateType.CONNECTED, null), State());

        (ConnectionStateType State, ConnectionErrorCodeType? Error) State()
        {
            CustomKeyStoresListEntry entry = _hsm.Kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = id }).CustomKeyStores.Single();
            return (entry.ConnectionState, entry.ConnectionErrorCode);
        }
    }

    [Fact]
    public void Connect_HsmsNotInitialised_IsRefusedAtOnceAndStaysDisconnected()
    {
        _hsm.Watched.Seen = static hsm => hsm with { State = HsmState.UNINITIALIZED };

        Assert.Equal("CloudHsmClusterNotActiveException", _hsm.Kms.Error(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId }).Code);
        Assert.Equal((ConnectionStateType.DISCONNECTED, null), (_hsm.Store.ConnectionState, _hsm.Store.ConnectionErrorCode));
        Assert.Empty(_hsm.Watched.Offers);
        Assert.Equal("CloudHsmClusterNotActiveException", _hsm.Kms.Error(_hsm.Creating() with { CustomKeyStoreName = "x" }).Code);
    }

    [Fact]
    public void Connect_FailsAfterADisconnect_LeavesKeysUnavailable()
    {
        _hsm.Connected();
        KeyMetadata key = _hsm.CreateKey();
        KeyMetadata pending = _hsm.CreateKey();
        _hsm.Kms.Schedule(pending.KeyId);
        byte[] blob = _hsm.Kms.Encrypt(key.KeyId, 1);
        _hsm.Disconnect();
        _hsm.Watched.BeforeConnect = static () => throw new HsmException(HsmFailure.Unreachable, "no answer");
        _hsm.Connect();

        Assert.Equal(ConnectionStateType.FAILED, _hsm.Store.ConnectionState);
        Assert.Equal(KeyState.Unavailable, _hsm.Kms.Describe(key.KeyId).KeyState);
        Assert.Equal(KeyState.PendingDeletion, _hsm.Kms.Describe(pending.KeyId).KeyState);
        _hsm.Kms.Refuses(new DecryptRequest { CiphertextBlob = blob }, "KMSInvalidStateException", $"{key.Arn} is unavailable.");
        _hsm.Watched.BeforeConnect = null;
        _hsm.Disconnect();
        _hsm.Connected();
        Assert.Equal([1], _hsm.Kms.Decrypt(blob));
    }

    [Fact]
    public void Encrypt_HsmLostWhileConnected_KeepsTheStoreConnectedAndTheKeyEnabled()
    {
        _hsm.Connected();
        KeyMetadata key = _hsm.CreateKey();
        using (_hsm.Away(_hsm.Token))
        {
            _hsm.Kms.Refuses(
                new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] }, "KMSInvalidStateException", "KMS cannot communicate with your "
                    + "CloudHSM cluster");
            Assert.Equal((ConnectionStateType.CONNECTED, KeyState.Enabled), (_hsm.Store.ConnectionState, _hsm.Kms.Describe(key.KeyId).KeyState));

            // CreateKey does not declare KMSInvalidStateException in the model of the API.
            KmsException refused = _hsm.Kms.Refused(new CreateKeyRequest { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = _hsm.StoreId });
            Assert.Equal(("DependencyTimeoutException", 500), (refused.ErrorCode, refused.HttpStatusCode));
            Assert.StartsWith("KMS cannot communicate with your CloudHSM cluster: ", refused.Message, StringComparison.Ordinal);
        }

        Assert.Equal(KeyState.Enabled, _hsm.Kms.Describe(key.KeyId).KeyState);
    }

    [Fact]
    public void Connect_LeftConnectingByADeadProcess_IsConnectedByTheNextConnect()
    {
        _hsm.Put(static store => store with
        {
            ConnectionState = ConnectionStateType.CONNECTING,
            ConnectionGeneration = store.ConnectionGeneration + 1,
            ConnectStarted = KmsFixture.Start,
        });
        Assert.Equal(ConnectionStateType.CONNECTING, _hsm.Store.ConnectionState);

        _hsm.Connected();
        _hsm.CreateKey();
    }

    [Fact]
    public void Disconnect_LeftConnectingByADeadProcess_Disconnects()
    {
        _hsm.Put(static store => store with { ConnectionState = ConnectionStateType.CONNECTING, ConnectionGeneration = store.ConnectionGeneration + 1 });

        _hsm.Disconnect();

        Assert.Equal(ConnectionStateType.DISCONNECTED, _hsm.Store.ConnectionState);
        _hsm.Connected();
    }

    [Fact]
    public void Disconnect_DuringAConnect_Wins()
    {
        using KmsEngine other = _hsm.Kms.Open();
        _hsm.Watched.BeforeConnect = () => other.Execute(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId });
        _hsm.Connect();

        Assert.Equal(ConnectionStateType.DISCONNECTED, _hsm.Store.ConnectionState);
        _hsm.Watched.BeforeConnect = null;
        _hsm.Connected();
    }

    [Fact]
    public async Task DisconnectAndConnect_DuringAConnect_IsConnectedInTheEnd()
    {
        using KmsEngine other = _hsm.Kms.Open();
        Task? second = null;
        _hsm.Watched.BeforeConnect = () =>
        {
            _hsm.Watched.BeforeConnect = null;
            other.Execute(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId });
            second = Task.Run(() => other.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId }));
            Assert.True(SpinWait.SpinUntil(() => _hsm.Store.ConnectionState == ConnectionStateType.CONNECTING, 10_000));
        };
        _hsm.Connect();

        await second!.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);
        Assert.Equal(ConnectionStateType.CONNECTED, _hsm.Store.ConnectionState);
        _hsm.CreateKey();
    }

    [Fact]
    public void Connect_WrongPasswordByTwoAtOnce_IsOfferedOnce()
    {
        _hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId, KeyStorePassword = "wrong-1234" });
        using KmsEngine other = _hsm.Kms.Open();
        Parallel.Invoke(() => Connect(_hsm.Kms.Engine), () => Connect(other));

        Assert.Equal(ConnectionErrorCodeType.INVALID_CREDENTIALS, _hsm.Store.ConnectionErrorCode);
        Assert.Single(_hsm.Watched.Offers);

        // One of the two may come when it is over, and is told so.
        void Connect(KmsEngine engine)
        {
            try
            {
                engine.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId });
            }
            catch (KmsException exception)
            {
                Assert.Equal("CustomKeyStoreInvalidStateException", exception.ErrorCode);
            }
        }
    }
}
