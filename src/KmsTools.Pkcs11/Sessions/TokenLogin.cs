using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// One login of the crypto user: the anchor session that keeps it, the pooled sessions that share it and the handles that are valid
/// during it. Replaced as a whole when the HSM was lost, so that nothing stale can be used by mistake.
/// </summary>
internal sealed class TokenLogin
{
    private readonly ModuleInstance _instance;
    private readonly NativeModule _native;
    private readonly HsmToken _token;
    private readonly ulong _slot;
    private readonly ulong _anchor;

    private TokenLogin(ModuleInstance instance, HsmToken token, ulong slot, ulong anchor)
    {
        _instance = instance;
        _native = instance.Native;
        _token = token;
        _slot = slot;
        _anchor = anchor;
        Sessions = new(_native, slot);
    }

    /// <summary>The instance of the module, which only this login uses.</summary>
    public ModuleInstance Instance => _instance;

    /// <summary>
    /// Held while objects are created, destroyed or searched: modules that can run other calls concurrently fail on these.
    /// </summary>
    public Lock Objects { get; } = new();

    public SessionPool Sessions { get; }

    public KeyHandles Handles { get; } = new();

    /// <summary>
    /// The public half of the transport key that was found to work; null before it is requested. Guarded by <see cref="Objects"/>.
    /// </summary>
    public TransportPublicKey? TransportKey { get; set; }

    public string TokenLabel => _token.TokenLabel;

    public ulong Slot => _slot;

    /// <summary>Opens the anchor session and logs in. Offers the PIN at most once.</summary>
    /// <param name="instance">The initialized module.</param>
    /// <param name="token">The token.</param>
    /// <param name="slot">The slot it is in.</param>
    /// <param name="pin">PIN of the crypto user.</param>
    /// <param name="resumed">Whether this PIN was accepted before, so that a login that other code left behind may be used.</param>
    public static TokenLogin Open(ModuleInstance instance, HsmToken token, ulong slot, ReadOnlySpan<byte> pin, bool resumed)
    {
        NativeModule native = instance.Native;
        ReturnValueMap.RequireAtConnect(native.OpenSession(slot, out ulong anchor));
        ReturnValue result = native.Login(anchor, CKU_USER, pin);
        if (result.IsOk || (resumed && result.Code == CKR_USER_ALREADY_LOGGED_IN))
        {
            return new(instance, token, slot, anchor);
        }

        _ = native.CloseSession(anchor);
        throw ReturnValueMap.AtConnect(result);
    }

    /// <summary>Checks whether the token answers and is the same token.</summary>
    public ReturnValue Probe() => Info(out _);

    /// <summary>Checks whether the login is still valid.</summary>
    public bool IsLoggedIn() =>
        _native.GetSessionState(_anchor, out ulong state).IsOk
            && (state is (ulong)CKS_RW_USER_FUNCTIONS or (ulong)CKS_RO_USER_FUNCTIONS);

    /// <summary>The token's information about itself, if it is still the same token.</summary>
    public ReturnValue Info(out TokenInfo info)
    {
        ReturnValue result = _native.GetTokenInfo(_slot, out info);
        return result.IsOk && !info.Is(_token) ? result with { Code = CKR_TOKEN_NOT_RECOGNIZED } : result;
    }

    /// <summary>Logs out, when no call is in progress any more.</summary>
    public void Close()
    {
        Sessions.CloseAll();
        _ = _native.Logout(_anchor);
        _ = _native.CloseSession(_anchor);
    }
}
