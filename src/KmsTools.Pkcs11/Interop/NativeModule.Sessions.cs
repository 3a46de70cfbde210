namespace KmsTools.Pkcs11.Interop;

/// <content>Sessions and login.</content>
internal sealed unsafe partial class NativeModule
{
    private readonly delegate* unmanaged[Cdecl]<nuint, nuint, void*, void*, ulong*, nuint> _openSession;
    private readonly delegate* unmanaged[Cdecl]<nuint, nuint> _closeSession;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint> _getSessionInfo;
    private readonly delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint> _login;
    private readonly delegate* unmanaged[Cdecl]<nuint, nuint> _logout;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint, nuint> _setPin;

    /// <summary>Opens a read-write session: some networked HSMs support no other kind.</summary>
    public ReturnValue OpenSession(ulong slot, out ulong session)
    {
        ulong handle = 0;
        const ulong Flags = CKF_SERIAL_SESSION | CKF_RW_SESSION;
        ReturnValue result = Returned(_openSession((nuint)slot, (nuint)Flags, null, null, &handle), "C_OpenSession");
        session = handle;
        return result;
    }

    public ReturnValue CloseSession(ulong session) => Returned(_closeSession((nuint)session), "C_CloseSession");

    public ReturnValue GetSessionState(ulong session, out ulong state)
    {
        byte* structure = stackalloc byte[SessionInfoLayout.MaxSize];
        ReturnValue result = Returned(_getSessionInfo((nuint)session, structure), "C_GetSessionInfo");
        state = result.IsOk ? _abi.ReadULong(structure + _abi.SessionInfo.State) : 0;
        return result;
    }

    public ReturnValue Login(ulong session, CKU user, ReadOnlySpan<byte> pin)
    {
        byte none = 0;
        fixed (byte* pinBytes = pin)
        {
            return Returned(
                _login((nuint)session, (nuint)user, pinBytes is null ? &none : pinBytes, (nuint)pin.Length), "C_Login");
        }
    }

    /// <summary>Changes the PIN of the user who is logged in.</summary>
    public ReturnValue SetPin(ulong session, ReadOnlySpan<byte> oldPin, ReadOnlySpan<byte> newPin)
    {
        byte none = 0;
        fixed (byte* oldBytes = oldPin, newBytes = newPin)
        {
            return Returned(
                _setPin(
                    (nuint)session,
                    oldBytes is null ? &none : oldBytes,
                    (nuint)oldPin.Length,
                    newBytes is null ? &none : newBytes,
                    (nuint)newPin.Length),
                "C_SetPIN");
        }
    }

    public ReturnValue Logout(ulong session) => Returned(_logout((nuint)session), "C_Logout");
}
