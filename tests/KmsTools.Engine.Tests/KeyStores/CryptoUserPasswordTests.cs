using System.Text;
using KmsTools.Operations;

namespace KmsTools.KeyStores;

/// <summary>The password of the crypto user where each connect changes it.</summary>
[Collection("SoftHSM")]
public sealed class CryptoUserPasswordTests : IDisposable
{
    private const string Pending = "PendingPassword0123456789abcdefg";

    private readonly HsmFixture _hsm = new(managePassword: true);

    // The pipeline answers other exceptions, and records them: a process that died does neither.
    private sealed class ProcessDied : OperationCanceledException;

    public void Dispose() => _hsm.Dispose();

    [Fact]
    public void Connect_Managed_ChangesThePasswordEachTime()
    {
        _hsm.Connected();
        string first = _hsm.StoredPassword();
        KeyMetadata key = _hsm.CreateKey();
        byte[] blob = _hsm.Kms.Encrypt(key.KeyId, 7);
        Assert.Matches("^[A-Za-z0-9]{32}$", first);
        Assert.False(_hsm.Takes(HsmFixture.UserPin));
        Assert.True(_hsm.Takes(first));

        _hsm.Disconnect();
        _hsm.Connected();

        string second = _hsm.StoredPassword();
        Assert.Matches("^[A-Za-z0-9]{32}$", second);
        Assert.NotEqual(first, second);
        Assert.False(_hsm.Takes(first));
        Assert.True(_hsm.Takes(second));
        _hsm.Kms.Reopen();
        Assert.Equal([7], _hsm.Kms.Decrypt(blob));
        Assert.Null(_hsm.Record.OtherWrappedPassword);
    }

    [Fact]
    public void Connect_NotManaged_LeavesThePassword()
    {
        using HsmFixture own = new();
        own.Connected();
        own.Disconnect();
        own.Connected();

        Assert.True(own.Takes(HsmFixture.UserPin));
        Assert.Equal(HsmFixture.UserPin, own.StoredPassword());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Connect_ProcessDiedInTheMiddle_IsCompletedByTheNext(bool afterTheHsmKnew)
    {
        _hsm.Watched.BeforeChangePin = afterTheHsmKnew ? null : static () => throw new ProcessDied();
        _hsm.Watched.AfterChangePin = afterTheHsmKnew ? static () => throw new ProcessDied() : null;
        Assert.Throws<ProcessDied>(_hsm.Connect);
        Assert.Equal(ConnectionStateType.CONNECTING, _hsm.Store.ConnectionState);
        Assert.NotNull(_hsm.Record.OtherWrappedPassword);
        Assert.Equal(afterTheHsmKnew, !_hsm.Takes(HsmFixture.UserPin));
        _hsm.Watched.BeforeChangePin = _hsm.Watched.AfterChangePin = null;

        _hsm.Kms.Reopen();
        _hsm.Watched.Offers.Clear();
        _hsm.Connected();

        Assert.Null(_hsm.Record.OtherWrappedPassword);
        Assert.True(_hsm.Takes(_hsm.StoredPassword()));
        Assert.Single(_hsm.Watched.Offers, offer => offer.Pin == HsmFixture.UserPin);
        KeyMetadata key = _hsm.CreateKey();
        Assert.Equal([1], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(key.KeyId, 1)));
        _hsm.Disconnect();
        _hsm.Connected();
    }

    [Fact]
    public void Connect_ProcessDiedInTheMiddle_CanBeDisconnectedFirst()
    {
        _hsm.Watched.AfterChangePin = static () => throw new ProcessDied();
        Assert.Throws<ProcessDied>(_hsm.Connect);
        _hsm.Watched.AfterChangePin = null;
        _hsm.Kms.Reopen();

        _hsm.Disconnect();
        Assert.Equal(ConnectionStateType.DISCONNECTED, _hsm.Store.ConnectionState);
        _hsm.Connected();

        Assert.True(_hsm.Takes(_hsm.StoredPassword()));
    }

    [Fact]
    public void Connect_NeitherPasswordIsTaken_IsTriedOnceEachAndNeverAgain()
    {
        PutPending(Pending);
        _hsm.SetUserPin("changed-by-hand");

        _hsm.Connect();
        Assert.Equal(ConnectionErrorCodeType.INVALID_CREDENTIALS, _hsm.Store.ConnectionErrorCode);
        Assert.Equal([HsmFixture.UserPin, Pending], _hsm.Watched.Offers.Select(static offer => offer.Pin));
        _hsm.Disconnect();
        _hsm.Kms.Reopen();
        _hsm.Connect();
        Assert.Equal(ConnectionErrorCodeType.INVALID_CREDENTIALS, _hsm.Store.ConnectionErrorCode);
        Assert.Equal(2, _hsm.Watched.Offers.Count);
        _hsm.Disconnect();

        // The owner takes the HSM back as its security officer.
        _hsm.Kms.Call(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId, KeyStorePassword = "changed-by-hand" });
        Assert.Null(_hsm.Record.OtherWrappedPassword);
        _hsm.Connected();
        Assert.False(_hsm.Takes("changed-by-hand"));
    }

    [Fact]
    public void Encrypt_ChangeNeverCompleted_IsCompletedByTheCall()
    {
        _hsm.Connected();
        KeyMetadata key = _hsm.CreateKey();
        byte[] blob = _hsm.Kms.Encrypt(key.KeyId, 5);
        PutPending(Pending);
        _hsm.Kms.Reopen();
        _hsm.SetUserPin(Pending);

        Assert.Equal([5], _hsm.Kms.Decrypt(blob));

        Assert.Equal(Pending, _hsm.StoredPassword());
        Assert.Null(_hsm.Record.OtherWrappedPassword);
    }

    [Fact]
    public void Connect_EachHsmHasAnotherPassword_BringsThemTogether()
    {
        using HsmFixture two = new(hsms: 2, managePassword: true);
        Put(two, Pending);
        two.SetUserPin(Pending, two.Tokens[0]);

        two.Connected();

        string password = two.StoredPassword();
        Assert.NotEqual(Pending, password);
        Assert.True(two.Takes(password, two.Tokens[0]));
        Assert.True(two.Takes(password, two.Tokens[1]));
        Assert.Null(two.Record.OtherWrappedPassword);
        KeyMetadata key = two.CreateKey();
        Assert.Equal([1], two.Kms.Decrypt(two.Kms.Encrypt(key.KeyId, 1)));
    }

    [Fact]
    public void Connect_HsmAway_LeavesThePasswordUntilAllAreThere()
    {
        using HsmFixture two = new(hsms: 2, managePassword: true);
        List<string> warnings = [];
        using (two.Away(two.Tokens[1]))
        {
            two.Kms.Engine.Execute(
                new ConnectCustomKeyStoreRequest { CustomKeyStoreId = two.StoreId },
                observer: new CallObserver { Warning = warnings.Add });
            Assert.Equal(ConnectionStateType.CONNECTED, two.Store.ConnectionState);
            Assert.Contains(
                warnings,
                static warning => warning.StartsWith("The password of the crypto user stays as it is", StringComparison.Ordinal));
            Assert.Equal(HsmFixture.UserPin, two.StoredPassword());
            two.Disconnect();
        }

        two.Connected();
        Assert.True(two.Takes(two.StoredPassword(), two.Tokens[0]));
        Assert.True(two.Takes(two.StoredPassword(), two.Tokens[1]));
    }

    [Fact]
    public void Connect_HsmAwayDuringAnInterruptedChange_IsSettledWhenItIsBack()
    {
        using HsmFixture two = new(hsms: 2, managePassword: true);
        Put(two, Pending);
        two.SetUserPin(Pending, two.Tokens[0]);
        using (two.Away(two.Tokens[1]))
        {
            two.Connected();
            Assert.Equal(Pending, two.StoredPassword());
            Assert.NotNull(two.Record.OtherWrappedPassword);
            two.Disconnect();
        }

        two.Connected();

        Assert.Null(two.Record.OtherWrappedPassword);
        Assert.True(two.Takes(two.StoredPassword(), two.Tokens[0]));
        Assert.True(two.Takes(two.StoredPassword(), two.Tokens[1]));
    }

    [Fact]
    public void Connect_DisconnectedMeanwhile_KnowsThePasswordAndStaysDisconnected()
    {
        using KmsEngine other = _hsm.Kms.Open();
        _hsm.Watched.BeforeChangePin = () =>
        {
            _hsm.Watched.BeforeChangePin = null;
            other.Execute(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId });
        };
        _hsm.Connect();

        Assert.Equal(ConnectionStateType.DISCONNECTED, _hsm.Store.ConnectionState);
        Assert.True(_hsm.Takes(_hsm.StoredPassword()));
        Assert.Null(_hsm.Record.OtherWrappedPassword);
        _hsm.Connected();
    }

    [Fact]
    public void Connect_ByTwoAtOnce_ChangesThePasswordOnce()
    {
        using KmsEngine other = _hsm.Kms.Open();
        int changes = 0;
        _hsm.Watched.BeforeChangePin = () => Interlocked.Increment(ref changes);
        Parallel.Invoke(
            _hsm.Connect,
            () => other.Execute(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId }));

        Assert.Equal((1, ConnectionStateType.CONNECTED), (changes, _hsm.Store.ConnectionState));
        KeyMetadata key = _hsm.CreateKey();
        byte[] blob = other.Execute(new EncryptRequest { KeyId = key.KeyId, Plaintext = [3] }).CiphertextBlob.ToArray();
        Assert.Equal([3], _hsm.Kms.Decrypt(blob));
    }

    [Fact]
    public void Connect_AnotherRegionUsesTheHsm_IsUserLoggedIn()
    {
        string other = _hsm.Kms.Call(_hsm.Creating(), "eu-west-1").CustomKeyStoreId;
        _hsm.Connected();

        _hsm.Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = other }, "eu-west-1");

        CustomKeyStoresListEntry entry = _hsm.Kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = other }, "eu-west-1")
            .CustomKeyStores
            .Single();
        Assert.Equal(
            (ConnectionStateType.FAILED, ConnectionErrorCodeType.USER_LOGGED_IN),
            (entry.ConnectionState, entry.ConnectionErrorCode));
        Assert.Equal(ConnectionStateType.CONNECTED, _hsm.Store.ConnectionState);
        Assert.True(_hsm.Takes(_hsm.StoredPassword()));
    }

    [Fact]
    public void Connect_Managed_ShowsThePasswordNowhere()
    {
        List<string> said = [];
        _hsm.Kms.Engine.Execute(
            new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId },
            observer: new CallObserver { Progress = said.Add, Warning = said.Add });
        string password = _hsm.StoredPassword();

        Assert.Contains("Changing the password of the crypto user", said);
        Assert.DoesNotContain(said, text => text.Contains(password, StringComparison.Ordinal));
        Assert.DoesNotContain(_hsm.Kms.Events(), entry => entry.CloudTrailEvent.Contains(password, StringComparison.Ordinal));
        _hsm.Kms.Engine.Dispose();
        byte[] bytes = Encoding.UTF8.GetBytes(password);
        Assert.All(Directory.GetFiles(_hsm.Kms.Folder), file => Assert.True(File.ReadAllBytes(file).AsSpan().IndexOf(bytes) < 0, file));
    }

    private void PutPending(string password) => Put(_hsm, password);

    private static void Put(HsmFixture hsm, string pending) => hsm.Put(store => store with
    {
        OtherWrappedPassword = CryptoUserPassword.Wrap(hsm.Kms.Engine.Store.RootKey, store.CustomKeyStoreId, pending),
    });
}
