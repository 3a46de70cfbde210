namespace KmsTools.Operations;

/// <summary>Every operation on a custom key store in every connection state.</summary>
/// <remarks>Source: "Connection state", AWS KMS Developer Guide, and the operations' own pages in the API reference.</remarks>
[Collection("SoftHSM")]
public sealed class ConnectionStateTests : IDisposable
{
    private readonly HsmFixture _hsm = new();

    public void Dispose() => _hsm.Dispose();

    private const string Invalid = "CustomKeyStoreInvalidStateException";

    // Columns: DISCONNECTED, CONNECTING, CONNECTED, FAILED, DISCONNECTING.
    [Theory]
    [InlineData("Connect", null, null, null, Invalid, Invalid)]
    [InlineData("Disconnect", Invalid, null, null, null, Invalid)]
    [InlineData("UpdateName", null, Invalid, null, Invalid, Invalid)]
    [InlineData("UpdatePassword", null, Invalid, Invalid, Invalid, Invalid)]
    [InlineData("UpdateCluster", null, Invalid, Invalid, Invalid, Invalid)]
    [InlineData("UpdateNameAndPassword", null, Invalid, Invalid, Invalid, Invalid)]
    [InlineData("Delete", null, Invalid, Invalid, Invalid, Invalid)]
    [InlineData("Describe", null, null, null, null, null)]
    [InlineData("CreateKey", Invalid, Invalid, null, Invalid, Invalid)]
    [InlineData("GenerateRandom", Invalid, Invalid, null, Invalid, Invalid)]
    public void Execute_StoreInState_AnswersAsTheTableSays(
        string operation, string? disconnected, string? connecting, string? connected, string? failed, string? disconnecting)
    {
        (ConnectionStateType State, string? Expected)[] columns =
        [
            (ConnectionStateType.DISCONNECTED, disconnected), (ConnectionStateType.CONNECTING, connecting),
            (ConnectionStateType.CONNECTED, connected), (ConnectionStateType.FAILED, failed), (ConnectionStateType.DISCONNECTING, disconnecting),
        ];

        // Deletion comes last: where it is allowed, the store is gone.
        foreach ((ConnectionStateType state, string? expected) in columns.OrderBy(
            column => column.Expected is null && operation == "Delete"))
        {
            Put(state);
            string? code = null;
            try
            {
                Run(operation);
            }
            catch (KmsException exception)
            {
                code = exception.ErrorCode;
                Assert.Equal(state, _hsm.Store.ConnectionState);
            }

            Assert.Equal((state, expected), (state, code));
        }
    }

    [Theory]
    [InlineData(ConnectionStateType.DISCONNECTED, KeyState.Unavailable)]
    [InlineData(ConnectionStateType.CONNECTING, KeyState.Unavailable)]
    [InlineData(ConnectionStateType.CONNECTED, KeyState.Enabled)]
    [InlineData(ConnectionStateType.FAILED, KeyState.Unavailable)]
    [InlineData(ConnectionStateType.DISCONNECTING, KeyState.Unavailable)]
    public void Encrypt_StoreInState_WorksOnlyWhenConnected(ConnectionStateType state, KeyState expected)
    {
        _hsm.Connected();
        KeyMetadata key = _hsm.CreateKey();
        Put(state);

        Assert.Equal(expected, _hsm.Kms.Describe(key.KeyId).KeyState);
        if (expected == KeyState.Enabled)
        {
            Assert.Equal([1], _hsm.Kms.Decrypt(_hsm.Kms.Encrypt(key.KeyId, 1)));
        }
        else
        {
            _hsm.Kms.Refuses(
                new EncryptRequest { KeyId = key.KeyId, Plaintext = [1] },
                "KMSInvalidStateException",
                $"{key.Arn} is unavailable.");
        }
    }

    [Fact]
    public void Execute_UnknownStore_IsNotFound()
    {
        const string Unknown = "cks-00000000000000000";
        string[] codes =
        [
            _hsm.Kms.Error(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = Unknown }).Code,
            _hsm.Kms.Error(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = Unknown }).Code,
            _hsm.Kms.Error(new UpdateCustomKeyStoreRequest { CustomKeyStoreId = Unknown, NewCustomKeyStoreName = "x" }).Code,
            _hsm.Kms.Error(new DeleteCustomKeyStoreRequest { CustomKeyStoreId = Unknown }).Code,
            _hsm.Kms.Error(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = Unknown }).Code,
            _hsm.Kms.Error(new DescribeCustomKeyStoresRequest { CustomKeyStoreName = "nobody" }).Code,
            _hsm.Kms.Error(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = _hsm.StoreId }, "eu-west-1").Code,
        ];

        Assert.All(codes, code => Assert.Equal("CustomKeyStoreNotFoundException", code));
    }

    private void Run(string operation)
    {
        UpdateCustomKeyStoreRequest update = new() { CustomKeyStoreId = _hsm.StoreId };
        object _ = operation switch
        {
            "Connect" => _hsm.Kms.Call(new ConnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId }),
            "Disconnect" => _hsm.Kms.Call(new DisconnectCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId }),
            "UpdateName" => _hsm.Kms.Call(update with { NewCustomKeyStoreName = "renamed" }),
            "UpdatePassword" => _hsm.Kms.Call(update with { KeyStorePassword = HsmFixture.UserPin }),
            "UpdateCluster" => _hsm.Kms.Call(update with { CloudHsmClusterId = HsmFixture.ClusterId }),
            "UpdateNameAndPassword" => _hsm.Kms
                .Call(update with { NewCustomKeyStoreName = "again", KeyStorePassword = HsmFixture.UserPin }),
            "Delete" => _hsm.Kms.Call(new DeleteCustomKeyStoreRequest { CustomKeyStoreId = _hsm.StoreId }),
            "Describe" => _hsm.Kms.Call(new DescribeCustomKeyStoresRequest { CustomKeyStoreId = _hsm.StoreId }),
            "CreateKey" => _hsm.CreateKey(),
            "GenerateRandom" => _hsm.Kms.Call(new GenerateRandomRequest { NumberOfBytes = 8, CustomKeyStoreId = _hsm.StoreId }),
            _ => throw new InvalidOperationException(operation),
        };
    }

    // The states that pass are written as a process leaves them that dies on the way.
    private void Put(ConnectionStateType state)
    {
        using Persistence.IStateTransaction transaction = _hsm.Kms.Engine.Store.BeginTransaction();
        CustomKeyStore store = transaction.FindCustomKeyStore("us-east-1", _hsm.StoreId)!;
        transaction.UpdateCustomKeyStore(store with
        {
            ConnectionState = state,
            ConnectionErrorCode = state == ConnectionStateType.FAILED ? ConnectionErrorCodeType.INTERNAL_ERROR : null,
            ConnectionGeneration = store.ConnectionGeneration + 1,
        });
        transaction.Commit();
    }
}
