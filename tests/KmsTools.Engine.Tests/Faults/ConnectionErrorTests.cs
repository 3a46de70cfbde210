using KmsTools.NetworkHsms;

namespace KmsTools.Faults;

/// <summary>Every ConnectionErrorCode that an HSM can bring about, provoked with an HSM.</summary>
/// <remarks>
/// SUBNET_NOT_FOUND and INSUFFICIENT_FREE_ADDRESSES_IN_SUBNET are about networks that AWS makes; no PKCS#11 module can say so.
/// </remarks>
[Collection("SoftHSM")]
public sealed class ConnectionErrorTests : IClassFixture<ConnectionErrorTests.OneHsm>
{
    private readonly NetworkHsmRack _rack;

    public ConnectionErrorTests(OneHsm fixture)
    {
        _rack = fixture.Rack;
        Hsm.SetFaults();
        if (_rack.Store.ConnectionState != ConnectionStateType.DISCONNECTED)
        {
            _rack.Disconnect();
        }
    }

    public sealed class OneHsm : IDisposable
    {
        // Made by the first test: one that cannot be made skips its test.
        private readonly Lazy<NetworkHsmRack> _rack = new(static () => new(1, timeout: 1_000));

        internal NetworkHsmRack Rack => _rack.Value;

        public void Dispose()
        {
            if (_rack.IsValueCreated)
            {
                Rack.Dispose();
            }
        }
    }

    private NetworkHsm Hsm => _rack.Hsms[0];

    [Theory]
    [InlineData("before C_OpenSession 3 1", ConnectionErrorCodeType.CLUSTER_NOT_FOUND)]
    [InlineData("before C_GetTokenInfo e0 -1", ConnectionErrorCodeType.INSUFFICIENT_CLOUDHSM_HSMS)]
    [InlineData("before C_GetTokenInfo e1 -1", ConnectionErrorCodeType.INSUFFICIENT_CLOUDHSM_HSMS)]
    [InlineData("before C_OpenSession e0 1", ConnectionErrorCodeType.INSUFFICIENT_CLOUDHSM_HSMS)]
    [InlineData("before C_Initialize 5 -1", ConnectionErrorCodeType.INTERNAL_ERROR)]
    [InlineData("before C_Login 5 1", ConnectionErrorCodeType.INTERNAL_ERROR)]
    [InlineData("before C_Login 6 1", ConnectionErrorCodeType.INTERNAL_ERROR)]
    [InlineData("before C_Login 2 1", ConnectionErrorCodeType.INTERNAL_ERROR)]
    [InlineData("before C_Login 190 1", ConnectionErrorCodeType.INTERNAL_ERROR)]
    [InlineData("hide 1087", ConnectionErrorCodeType.INTERNAL_ERROR)]
    [InlineData("hide 1080", ConnectionErrorCodeType.INTERNAL_ERROR)]
    [InlineData("before C_Login a0 1", ConnectionErrorCodeType.INVALID_CREDENTIALS)]
    [InlineData("before C_Login a1 1", ConnectionErrorCodeType.INVALID_CREDENTIALS)]
    [InlineData("before C_Login a2 1", ConnectionErrorCodeType.INVALID_CREDENTIALS)]
    [InlineData("before C_Login a3 1", ConnectionErrorCodeType.INVALID_CREDENTIALS)]
    [InlineData("before C_Login 30 1", ConnectionErrorCodeType.NETWORK_ERRORS)]
    [InlineData("before C_Login 32 1", ConnectionErrorCodeType.NETWORK_ERRORS)]
    [InlineData("before * 32 -1", ConnectionErrorCodeType.NETWORK_ERRORS)]
    [InlineData("before C_GetTokenInfo 30 -1", ConnectionErrorCodeType.NETWORK_ERRORS)]
    [InlineData("before C_Login a4 1", ConnectionErrorCodeType.USER_LOCKED_OUT)]
    [InlineData("flags 40000 0", ConnectionErrorCodeType.USER_LOCKED_OUT)]
    [InlineData("flags 20000 0", ConnectionErrorCodeType.USER_LOCKED_OUT)]
    [InlineData("before C_Login 100 1", ConnectionErrorCodeType.USER_LOGGED_IN)]
    [InlineData("before C_Login 104 1", ConnectionErrorCodeType.USER_LOGGED_IN)]
    [InlineData("before C_Login 105 1", ConnectionErrorCodeType.USER_LOGGED_IN)]
    [InlineData("before C_Login 102 1", ConnectionErrorCodeType.USER_NOT_FOUND)]
    [InlineData("before C_Login 103 1", ConnectionErrorCodeType.USER_NOT_FOUND)]
    [InlineData("flags 0 8", ConnectionErrorCodeType.USER_NOT_FOUND)]
    public void Connect_ReturnValue_HasTheErrorCode(string rule, ConnectionErrorCodeType expected)
    {
        Hsm.SetFaults(rule);

        RequireFailure(expected);

        Hsm.SetFaults();
        RequireConnectable();
    }

    [Fact]
    public void Connect_LibraryGone_IsClusterNotFound()
    {
        string away = Hsm.Module + ".away";
        File.Move(Hsm.Module, away);
        RequireFailure(ConnectionErrorCodeType.CLUSTER_NOT_FOUND);
        File.Move(away, Hsm.Module);
        RequireConnectable();
    }

    [Fact]
    public void Connect_TokenAway_IsClusterNotFound()
    {
        Hsm.RemoveToken();
        RequireFailure(ConnectionErrorCodeType.CLUSTER_NOT_FOUND);
        Hsm.RestoreToken();
        RequireConnectable();
    }

    [Fact]
    public void Connect_TokenInitialisedAnew_IsClusterNotFound()
    {
        Hsm.RemoveToken();
        Hsm.MakeNamesake();
        RequireFailure(ConnectionErrorCodeType.CLUSTER_NOT_FOUND);
        Hsm.RestoreToken();
        RequireConnectable();
    }

    [Fact]
    public void Connect_HsmSwitchedOff_IsNetworkErrors()
    {
        Hsm.Kill();
        RequireFailure(ConnectionErrorCodeType.NETWORK_ERRORS);
        Hsm.Start();
        RequireConnectable();
    }

    [Fact]
    public void Connect_HsmFrozen_IsNetworkErrors()
    {
        Hsm.Freeze();
        RequireFailure(ConnectionErrorCodeType.NETWORK_ERRORS);
        Hsm.Unfreeze();
        RequireConnectable();
    }

    [Fact]
    public void Connect_PasswordChangedInTheHsm_IsInvalidCredentialsAndAskedOnce()
    {
        Hsm.SetUserPin("another-1234");
        int before = Logins();
        RequireFailure(ConnectionErrorCodeType.INVALID_CREDENTIALS);
        RequireFailure(ConnectionErrorCodeType.INVALID_CREDENTIALS);
        Assert.Equal(before + 1, Logins());
        _rack.UpdatePassword("another-1234");
        Hsm.SetUserPin(NetworkHsm.UserPin);
        RequireFailure(ConnectionErrorCodeType.INVALID_CREDENTIALS);
        RequireConnectable();
    }

    private int Logins() => Hsm.Log().Count(static line => line.StartsWith("login ", StringComparison.Ordinal));

    private void RequireFailure(ConnectionErrorCodeType expected)
    {
        _rack.Connect();
        Assert.Equal((ConnectionStateType.FAILED, expected), (_rack.Store.ConnectionState, _rack.Store.ConnectionErrorCode));
        _rack.Disconnect();
    }

    // With the password told again, because one that was refused is not offered again.
    private void RequireConnectable()
    {
        _rack.UpdatePassword(NetworkHsm.UserPin);
        _rack.Connected();
        _rack.Disconnect();
    }
}
