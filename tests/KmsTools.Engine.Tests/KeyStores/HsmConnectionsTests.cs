using KmsTools.Operations;
using KmsTools.Persistence;

namespace KmsTools.KeyStores;

/// <summary>Connections to real tokens that are replaced and closed while calls use them.</summary>
[Collection("SoftHSM")]
public sealed class HsmConnectionsTests : IDisposable
{
    private static readonly TimeSpan Long = TimeSpan.FromSeconds(60);

    private readonly HsmFixture _hsm = new HsmFixture().Connected();

    private CreateKeyRequest Creating => new() { Origin = "AWS_CLOUDHSM", CustomKeyStoreId = _hsm.StoreId };

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void Release_ByOwnerAndEveryLease_ClosesWithTheLastOne()
    {
        SharedHsmConnection shared = new(_hsm.Watched.Connect(_hsm.Cluster, "user-1234"u8), default);
        Assert.Equal((2, 1), (_hsm.Watched.Open, shared.Holders));
        HsmLease first = shared.Rent();
        HsmLease second = shared.Rent();
        Assert.Equal(3, shared.Holders);

        first.Dispose();
        shared.Release();
        Assert.Equal((2, 1), (_hsm.Watched.Open, shared.Holders));
        second.Connection.GenerateRandom(new byte[1]);
        IHsmConnection connection = second.Connection;
        second.Dispose();

        Assert.Equal((1, 0), (_hsm.Watched.Open, shared.Holders));
        Assert.Throws<ObjectDisposedException>(() => connection.GenerateRandom(new byte[1]));
        Assert.Equal(0, _hsm.Watched.Abandoned);
    }

    [Fact]
    public void Dispose_LeaseOfNothing_DoesNothing() => default(HsmLease).Dispose();

    [Fact]
    public void End_WhileALeaseIsOut_ClosesUnderItAndItsCallsFail()
    {
        SharedHsmConnection shared = new(_hsm.Watched.Connect(_hsm.Cluster, "user-1234"u8), default);
        HsmLease lease = shared.Rent();

        shared.Release();
        Assert.Equal((2, 0), (_hsm.Watched.Open, _hsm.Watched.Abandoned));
        shared.End(Environment.TickCount64 + 50);

        Assert.Equal((1, 1), (_hsm.Watched.Open, _hsm.Watched.Abandoned));
        HsmException lost = Assert.Throws<HsmException>(() => lease.Connection.GenerateRandom(new byte[1]));
        Assert.Equal((HsmFailure.Unreachable, false), (lost.Failure, lost.IsInDoubt));
        lease.Dispose();
        Assert.Equal(0, shared.Holders);
        Assert.Equal((1, 1), (_hsm.Watched.Open, _hsm.Watched.Abandoned));
    }

    [Fact]
    public async Task End_LastLeaseGivenBackInTime_ClosesInPeace()
    {
        SharedHsmConnection shared = new(_hsm.Watched.Connect(_hsm.Cluster, "user-1234"u8), default);
        HsmLease lease = shared.Rent();
        shared.Release();
        Task closing = InBackground(() => shared.End(Environment.TickCount64 + (long)Long.TotalMilliseconds));

        lease.Connection.GenerateRandom(new byte[1]);
        lease.Dispose();

        await closing.WaitAsync(Long, TestContext.Current.CancellationToken);
        Assert.Equal((1, 0), (_hsm.Watched.Open, _hsm.Watched.Abandoned));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Encrypt_ConnectionReplacedUnderIt_EndsWellAndTheLastLeaseClosesTheFormerOne(bool managePassword)
    {
        // With a managed password, the one that the connection was made with is another one by now.
        using HsmFixture hsm = new HsmFixture(managePassword: managePassword).Connected();
        KeyMetadata key = hsm.CreateKey();
        Once(hsm, () =>
        {
            // As after a change of the cluster: the next call makes a connection of its own.
            hsm.Put(static store => store with { ConnectionGeneration = store.ConnectionGeneration + 1 });
            Assert.True(InBackground(() => Assert.Equal([2], hsm.Kms.Decrypt(hsm.Kms.Encrypt(key.KeyId, 2)))).Wait(Long));
            Assert.Equal(2, hsm.Watched.Open);
        });

        byte[] blob = hsm.Kms.Encrypt(key.KeyId, 1);

        Assert.Equal([1], hsm.Kms.Decrypt(blob));
        Assert.Equal((1, 0), (hsm.Watched.Open, hsm.Watched.Abandoned));
    }

    [Fact]
    public void Encrypt_PasswordUpdatedByAnotherProcess_MakesAConnectionWithTheNewOne()
    {
        KeyMetadata key = _hsm.CreateKey();
        byte[] blob = _hsm.Kms.Encrypt(key.KeyId, 1);
        using KmsEngine other = _hsm.Kms.Open();
        other.Execute(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId });
        _hsm.Kms.Engine.Services.Hsms.Disconnect(_hsm.StoreId, 0);
        _hsm.SetUserPin("changed-1234");
        other.Execute(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId, KeyStorePassword = "changed-1234" });
        other.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId });

        Assert.Equal([1], _hsm.Kms.Decrypt(blob));

        Assert.Equal((2, 0), (_hsm.Watched.Open, _hsm.Watched.Abandoned));
        Assert.Equal(["user-1234", "changed-1234", "changed-1234"], _hsm.Watched.Offers.Select(static offer => offer.Pin));
    }

    [Fact]
    public void CreateKey_ConnectionReplacedUnderIt_IsRefusedAndLeavesNothing()
    {
        Once(() =>
        {
            _hsm.Put(static store => store with { ConnectionGeneration = store.ConnectionGeneration + 1 });
            Assert.True(InBackground(() => _hsm.CreateKey()).Wait(Long));
        });

        // The HSMs are others perhaps, and some may lack the material.
        Assert.Equal("KMSInternalException", _hsm.Kms.Error(Creating).Code);

        Assert.Single(_hsm.Objects());
        Assert.Empty(_hsm.Strays());
        Assert.Equal((1, 0), (_hsm.Watched.Open, _hsm.Watched.Abandoned));
    }

    [Fact]
    public void Calls_AnotherPasswordWasSetSinceTheConnect_NameTheKeyStoreThatCannotLogIn()
    {
        KeyMetadata key = _hsm.CreateKey();
        byte[] blob = _hsm.Kms.Encrypt(key.KeyId);
        _hsm.SetUserPin("another-pin");
        _hsm.Kms.Reopen();

        const string first = "The CloudHSM cluster refused the request: C_Login returned CKR_PIN_INCORRECT (0xA0)";
        const string later = "The CloudHSM cluster refused the request: The HSM refused the password of the custom key store, which is not "
            + "tried again.";
        KmsException encrypted = _hsm.Kms.Refused(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] });
        Assert.Equal(("KMSInvalidStateException", key.Arn), (encrypted.ErrorCode, encrypted.KeyArn));
        Assert.StartsWith(first, encrypted.Message, StringComparison.Ordinal);
        KmsException[] refused =
        [
            encrypted,
            _hsm.Kms.Refused(new DecryptRequest { CiphertextBlob = blob }),
            _hsm.Kms.Refused(Creating),
            _hsm.Kms.Refused(new GenerateRandomRequest { NumberOfBytes = 1, CustomKeyStoreId = _hsm.StoreId }),
        ];
        Assert.All(refused, error => Assert.Equal((ErrorCause.LoginRefused, _hsm.StoreId), (error.Cause, error.CustomKeyStoreId)));
        Assert.Equal(
            [
                ("KMSInvalidStateException", later), ("KMSInternalException", later), ("KMSInternalException", later),
            ],
            refused.Skip(1).Select(static error => (error.ErrorCode, error.Message)));
        HsmException compared = Assert.Throws<HsmException>(() => _hsm.Kms.Engine.KeyMaterial.Find(HsmFixture.ClusterId));
        Assert.Equal((HsmFailure.InvalidCredentials, _hsm.StoreId), (compared.Failure, compared.CustomKeyStoreId));
        Assert.Equal(ConnectionStateType.CONNECTED, _hsm.Store.ConnectionState);

        _hsm.Disconnect();
        _hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId, KeyStorePassword = "another-pin" });
        _hsm.Connected();
        Assert.Equal([1], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(key.KeyId, 1)));
    }

    [Theory]
    [InlineData(HsmFailure.InvalidCredentials, true)]
    [InlineData(HsmFailure.UserLockedOut, true)]
    [InlineData(HsmFailure.UserNotFound, true)]
    [InlineData(HsmFailure.UserLoggedIn, true)]
    [InlineData(HsmFailure.NotPermitted, false)]
    [InlineData(HsmFailure.Failed, false)]
    public void Error_OfAFailure_IsALoginThatWasRefusedOrNot(HsmFailure failure, bool isLogin)
    {
        HsmException hsm = new(failure, "It said no.");
        KmsException used = HsmKeyStore.Error("arn", "cks-1", hsm);
        KmsException created = HsmKeyStore.ErrorWithoutKey("cks-1", hsm);

        Assert.Equal(
            ("KMSInvalidStateException", "The CloudHSM cluster refused the request: It said no.", "arn", isLogin ? "cks-1" : null),
            (used.ErrorCode, used.Message, used.KeyArn, used.CustomKeyStoreId));
        Assert.Equal(
            ("KMSInternalException", 500, "The CloudHSM cluster refused the request: It said no.", isLogin ? "cks-1" : null),
            (created.ErrorCode, created.HttpStatusCode, created.Message, created.CustomKeyStoreId));
        ErrorCause cause = isLogin ? ErrorCause.LoginRefused : ErrorCause.None;
        Assert.Equal((cause, cause), (used.Cause, created.Cause));
    }

    [Fact]
    public async Task Disconnect_UnderACallThatHangs_DoesNotWaitForItAndTheCallFails()
    {
        KeyMetadata key = _hsm.CreateKey();
        using ManualResetEventSlim hanging = new();
        using ManualResetEventSlim goOn = new();
        Once(() =>
        {
            hanging.Set();
            Assert.True(goOn.Wait(Long));
        });
        Task<KmsException> call = InBackground(() => _hsm.Kms.Refused(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] }));
        Assert.True(hanging.Wait(Long, TestContext.Current.CancellationToken));

        _hsm.Disconnect();

        Assert.False(call.IsCompleted);
        Assert.Equal((0, 1), (_hsm.Watched.Open, _hsm.Watched.Abandoned));
        goOn.Set();
        KmsException refused = await call.WaitAsync(Long, TestContext.Current.CancellationToken);
        Assert.Equal("KMSInvalidStateException", refused.ErrorCode);
        Assert.StartsWith("KMS cannot communicate with your CloudHSM cluster", refused.Message, StringComparison.Ordinal);
        _hsm.Connected();
        Assert.Equal([2], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(key.KeyId, 2)));
        Assert.Equal((1, 1), (_hsm.Watched.Open, _hsm.Watched.Abandoned));
    }

    [Fact]
    public async Task Disconnect_CallHangsOnAConnectionThatWasReplaced_ClosesThatToo()
    {
        KeyMetadata key = _hsm.CreateKey();
        using ManualResetEventSlim hanging = new();
        using ManualResetEventSlim goOn = new();
        Once(() =>
        {
            hanging.Set();
            Assert.True(goOn.Wait(Long));
        });
        Task<KmsException> call = InBackground(() => _hsm.Kms.Refused(new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] }));
        Assert.True(hanging.Wait(Long, TestContext.Current.CancellationToken));
        _hsm.Put(static store => store with { ConnectionGeneration = store.ConnectionGeneration + 1 });
        Assert.Equal([2], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(key.KeyId, 2)));
        Assert.Equal((2, 0), (_hsm.Watched.Open, _hsm.Watched.Abandoned));

        _hsm.Disconnect();

        Assert.Equal((0, 1), (_hsm.Watched.Open, _hsm.Watched.Abandoned));
        goOn.Set();
        Assert.Equal("KMSInvalidStateException", (await call.WaitAsync(Long, TestContext.Current.CancellationToken)).ErrorCode);
        Assert.Equal(0, _hsm.Watched.Open);
    }

    [Fact]
    public async Task Disconnect_UnderAGenerationThatHasNotBegun_LeavesNoRecord()
    {
        using ManualResetEventSlim hanging = new();
        using ManualResetEventSlim goOn = new();
        Once(() =>
        {
            hanging.Set();
            Assert.True(goOn.Wait(Long));
        });
        Task<KmsException> call = InBackground(() => _hsm.Kms.Refused(Creating));
        Assert.True(hanging.Wait(Long, TestContext.Current.CancellationToken));
        Assert.Equal(StrayReason.CREATING, Assert.Single(_hsm.Strays()).Reason);

        _hsm.Disconnect();
        goOn.Set();

        Assert.Equal("DependencyTimeoutException", (await call.WaitAsync(Long, TestContext.Current.CancellationToken)).ErrorCode);
        Assert.Empty(_hsm.Strays());
        Assert.Empty(_hsm.Objects());
    }

    [Fact]
    public async Task DisconnectAndConnect_UnderLoadOfEightThreads_HurtsNoCallThatHasBegun()
    {
        KeyMetadata key = _hsm.CreateKey();
        byte[] blob = _hsm.Kms.Encrypt(key.KeyId, 9);
        using CancellationTokenSource stop = new();
        int done = 0;
        Task[] threads = [.. Enumerable.Range(0, 8).Select(_ => InBackground(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                try
                {
                    Assert.Equal([9], _hsm.Kms.Decrypt(blob));
                    Interlocked.Increment(ref done);
                }
                catch (KmsException exception)
                {
                    Assert.Equal("KMSInvalidStateException", exception.ErrorCode);
                }
            }
        }))];
        for (int round = 0; round < 5; round++)
        {
            int before = Volatile.Read(ref done);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref done) > before + 20, Long));
            _hsm.Disconnect();
            Assert.Equal(0, _hsm.Watched.Open);
            _hsm.Connected();
        }

        await stop.CancelAsync();
        await Task.WhenAll(threads).WaitAsync(Long, TestContext.Current.CancellationToken);
        Assert.Equal((1, 0), (_hsm.Watched.Open, _hsm.Watched.Abandoned));
        _hsm.Disconnect();
        Assert.Equal((0, 0), (_hsm.Watched.Open, _hsm.Watched.Abandoned));
    }

    [Fact]
    public async Task Reconnect_UnderLoadOfEightThreads_FailsNoCall()
    {
        KeyMetadata key = _hsm.CreateKey();
        using CancellationTokenSource stop = new();
        int done = 0;
        Task[] threads = [.. Enumerable.Range(0, 8).Select(_ => InBackground(() =>
        {
            while (!stop.IsCancellationRequested)
            {
                Assert.Equal([9], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(key.KeyId, 9)));
                Interlocked.Increment(ref done);
            }
        }))];
        for (int round = 0; round < 10; round++)
        {
            int before = Volatile.Read(ref done);
            Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref done) > before + 10, Long));
            using IStateTransaction transaction = _hsm.Kms.Engine.Store.BeginTransaction();
            ConnectedKeyStores.Reconnect(transaction, HsmFixture.ClusterId);
            transaction.Commit();
        }

        await stop.CancelAsync();
        await Task.WhenAll(threads).WaitAsync(Long, TestContext.Current.CancellationToken);
        Assert.Equal((1, 0), (_hsm.Watched.Open, _hsm.Watched.Abandoned));
    }

    // Does something in the middle of the next call, and of that one only.
    private void Once(Action action) => Once(_hsm, action);

    private static void Once(HsmFixture hsm, Action action) => hsm.Watched.BeforeUse = () =>
    {
        hsm.Watched.BeforeUse = null;
        action();
    };

    private static Task InBackground(Action action) => Task.Factory.StartNew(action, TaskCreationOptions.LongRunning);

    private static Task<T> InBackground<T>(Func<T> function) => Task.Factory.StartNew(function, TaskCreationOptions.LongRunning);
}
