using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;
using KmsTools.Pkcs11.TokenFolders;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// One login of the crypto user: the anchor session that keeps it, the pooled sessions that share it and the handles that are valid
/// during it. Replaced as a whole when the HSM was lost, so that nothing stale can be used by mistake.
/// </summary>
internal sealed class TokenLogin : IInstanceUser
{
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(2);

    private readonly ModuleInstance _instance;
    private readonly NativeModule _native;
    private readonly HsmToken _token;
    private readonly ulong _slot;
    private readonly ulong _anchor;
    private readonly int _generation;

    // Set once, when other code took away what the instance gave out.
    private volatile bool _isInvalid;

    private TokenLogin(ModuleInstance instance, HsmToken token, HiddenKeys hidden, ulong slot, ulong anchor)
    {
        _instance = instance;
        _native = instance.Native;
        _token = token;
        Hidden = hidden;
        _slot = slot;
        _anchor = anchor;
        _generation = instance.Generation;
        Sessions = new(_native, slot);
    }

    /// <summary>The instance of the module, which other logins share only where the module can have no other.</summary>
    public ModuleInstance Instance => _instance;

    /// <summary>
    /// Held while objects are created, destroyed or searched: modules that can run other calls concurrently fail on these.
    /// </summary>
    public Lock Objects { get; } = new();

    public SessionPool Sessions { get; }

    public KeyHandles Handles { get; } = new();

    /// <summary>The keys of the token that it refused to destroy and no longer shows.</summary>
    public HiddenKeys Hidden { get; }

    /// <summary>
    /// The public half of the transport key that was found to work; null before it is requested. Guarded by <see cref="Objects"/>.
    /// </summary>
    public TransportPublicKey? TransportKey { get; set; }

    /// <summary>
    /// The way in which keys that the token unwraps are sealed; null before it is found out. Guarded by <see cref="Objects"/>.
    /// </summary>
    public SealingWay? Sealing { get; set; }

    /// <summary>
    /// Whether keys that are not extractable stay in the HSM; null before it is found out. Guarded by <see cref="Objects"/>.
    /// </summary>
    public bool? KeepsKeys { get; set; }

    public string TokenLabel => _token.TokenLabel;

    public ulong Slot => _slot;

    private bool IsValid => !_isInvalid && _generation == _instance.Generation;

    /// <summary>Opens the anchor session and logs in. Offers the PIN at most once.</summary>
    /// <param name="instance">The initialized module.</param>
    /// <param name="token">The token.</param>
    /// <param name="hidden">What the token hides.</param>
    /// <param name="slot">The slot it is in.</param>
    /// <param name="pin">PIN of the crypto user.</param>
    /// <param name="resumed">Whether this PIN was accepted before, so that a login that other code left behind may be used.</param>
    public static TokenLogin Open(
        ModuleInstance instance, HsmToken token, HiddenKeys hidden, ulong slot, ReadOnlySpan<byte> pin, bool resumed)
    {
        NativeModule native = instance.Native;
        ReturnValueMap.RequireAtConnect(native.OpenSession(slot, out ulong anchor));
        ReturnValue result = native.Login(anchor, CKU_USER, pin);
        if (result.IsOk || (resumed && result.Code == CKR_USER_ALREADY_LOGGED_IN))
        {
            TokenLogin login = new(instance, token, hidden, slot, anchor);
            instance.Enter(login);
            return login;
        }

        _ = native.CloseSession(anchor);
        throw ReturnValueMap.AtConnect(result);
    }

    /// <summary>Checks whether the token answers and is the same token.</summary>
    public ReturnValue Probe() => Info(out _);

    /// <summary>Checks whether the login is still valid.</summary>
    public bool IsLoggedIn() =>
        IsValid && _native.GetSessionState(_anchor, out ulong state).IsOk
            && (state is (ulong)CKS_RW_USER_FUNCTIONS or (ulong)CKS_RO_USER_FUNCTIONS);

    /// <summary>The token's information about itself, if it is still the same token.</summary>
    public ReturnValue Info(out TokenInfo info)
    {
        info = default;
        ReturnValue result = IsValid ? _native.GetTokenInfo(_slot, out info) : new(CKR_CRYPTOKI_NOT_INITIALIZED, "C_GetTokenInfo");
        return result.IsOk && !info.Is(_token) ? result with { Code = CKR_TOKEN_NOT_RECOGNIZED } : result;
    }

    /// <inheritdoc cref="SoftHsmTokens.CountFiles"/>
    public int? CountFiles() => _instance.Settings is { } settings ? SoftHsmTokens.CountFiles(settings.Library, _token) : null;

    /// <inheritdoc/>
    public bool Answers()
    {
        if (!Probe().IsOk || !IsLoggedIn() || Sessions.Take(AnswerLimit, Environment.TickCount64) is not { } session)
        {
            return false;
        }

        byte random = 0;
        bool wentWell = session.Open().IsOk && session.GenerateRandom(new Span<byte>(ref random)).IsOk;
        Sessions.Return(session, wentWell);
        return wentWell;
    }

    /// <inheritdoc/>
    public void Invalidate()
    {
        _isInvalid = true;
        Sessions.Close();
    }

    /// <inheritdoc/>
    public bool TryVacate(TimeSpan limit)
    {
        Sessions.Close();
        return Sessions.Drain(limit);
    }

    /// <summary>Logs out, when no call is in progress any more.</summary>
    /// <returns>False when the module did not confirm it, so that the instance may not be what it should be.</returns>
    public bool Close()
    {
        _instance.Leave(this);
        if (!IsValid)
        {
            // The numbers of its sessions may be those of others now.
            return true;
        }

        Sessions.CloseAll();
        bool isLoggedOut = _native.Logout(_anchor).IsOk;
        return _native.CloseSession(_anchor).IsOk && isLoggedOut;
    }
}
