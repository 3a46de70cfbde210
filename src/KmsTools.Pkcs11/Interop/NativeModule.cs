using System.Runtime.InteropServices;

namespace KmsTools.Pkcs11.Interop;

/// <summary>
/// A loaded PKCS#11 library and its function list. One C function per method; handles, lengths and structures are passed as the platform's
/// C compiler lays them out. CK_ULONG arguments are passed in registers or 8-byte stack slots, so a native-sized integer fits both widths.
/// A single CK_ULONG behind a pointer is a 64-bit cell that is zeroed beforehand: where CK_ULONG has four bytes the machine is
/// little-endian.
/// </summary>
/// <remarks>
/// The library stays loaded for the life of the process: unloading a module that has threads or exit handlers ends in a crash.
/// </remarks>
internal sealed unsafe partial class NativeModule
{
    private readonly Abi _abi = Abi.Current;
    private readonly nint _library;
    private readonly byte* _functions;

    private NativeModule(nint library, byte* functions)
    {
        _library = library;
        _functions = functions;
        _initialize = (delegate* unmanaged[Cdecl]<byte*, nuint>)Function(0);
        _finalize = (delegate* unmanaged[Cdecl]<void*, nuint>)Function(1);
        _getSlotList = (delegate* unmanaged[Cdecl]<byte, byte*, ulong*, nuint>)Function(4);
        _getInfo = (delegate* unmanaged[Cdecl]<byte*, nuint>)Function(2);
        _getSlotInfo = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint>)Function(5);
        _getTokenInfo = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint>)Function(6);
        _getMechanismList = (delegate* unmanaged[Cdecl]<nuint, byte*, ulong*, nuint>)Function(7);
        _initToken = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint>)Function(9);
        _initPin = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint>)Function(10);
        _setPin = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint, nuint>)Function(11);
        _openSession = (delegate* unmanaged[Cdecl]<nuint, nuint, void*, void*, ulong*, nuint>)Function(12);
        _closeSession = (delegate* unmanaged[Cdecl]<nuint, nuint>)Function(13);
        _getSessionInfo = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint>)Function(15);
        _login = (delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint>)Function(18);
        _logout = (delegate* unmanaged[Cdecl]<nuint, nuint>)Function(19);
        _createObject = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, ulong*, nuint>)Function(20);
        _copyObject = (delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, ulong*, nuint>)Function(21);
        _setAttributeValue = (delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint>)Function(25);
        _destroyObject = (delegate* unmanaged[Cdecl]<nuint, nuint, nuint>)Function(22);
        _getAttributeValue = (delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint>)Function(24);
        _findObjectsInit = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint>)Function(26);
        _findObjects = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, ulong*, nuint>)Function(27);
        _findObjectsFinal = (delegate* unmanaged[Cdecl]<nuint, nuint>)Function(28);
        _encryptInit = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint>)Function(29);
        _encrypt = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, ulong*, nuint>)Function(30);
        _decryptInit = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint>)Function(33);
        _decrypt = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, ulong*, nuint>)Function(34);
        _generateKey = (delegate* unmanaged[Cdecl]<nuint, byte*, byte*, nuint, ulong*, nuint>)Function(58);
        _generateKeyPair =
            (delegate* unmanaged[Cdecl]<nuint, byte*, byte*, nuint, byte*, nuint, ulong*, ulong*, nuint>)Function(59);
        _wrapKey = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint, byte*, ulong*, nuint>)Function(60);
        _unwrapKey = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint, byte*, nuint, ulong*, nuint>)Function(61);
        _generateRandom = (delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint>)Function(64);
    }

    /// <summary>Loads a library; the operating system's loader returns the same module again for the same file.</summary>
    /// <exception cref="DllNotFoundException">The file, or a library that it needs, does not exist.</exception>
    /// <exception cref="BadImageFormatException">The file is not a library of this platform.</exception>
    /// <exception cref="EntryPointNotFoundException">The library is not a PKCS#11 module.</exception>
    public static NativeModule Load(string path)
    {
        nint library = NativeLibrary.Load(path);
        delegate* unmanaged[Cdecl]<byte**, nuint> getFunctionList = (delegate* unmanaged[Cdecl]<byte**, nuint>)NativeLibrary.GetExport(
            library,
            "C_GetFunctionList");
        byte* functions = null;
        ReturnValue returned = new(Abi.Current.Narrow(getFunctionList(&functions)), "C_GetFunctionList");
        return returned.IsOk && functions is not null
            ? new NativeModule(library, functions)
            : throw new EntryPointNotFoundException(returned.ToString());
    }

    /// <summary>Whether the library has an entry point.</summary>
    public bool Exports(string name) => NativeLibrary.TryGetExport(_library, name, out _);

    private void* Function(int index) => *(void**)(_functions + _abi.FunctionList.Function(index));

    private ReturnValue Returned(nuint code, string function) => new(_abi.Narrow(code), function);
}
