using System.Runtime.InteropServices;
using System.Text;

namespace KmsTools.Pkcs11.Interop;

/// <content>The library as a whole, its slots and tokens.</content>
internal sealed unsafe partial class NativeModule
{
    private readonly delegate* unmanaged[Cdecl]<byte*, nuint> _initialize;
    private readonly delegate* unmanaged[Cdecl]<void*, nuint> _finalize;
    private readonly delegate* unmanaged[Cdecl]<byte, byte*, ulong*, nuint> _getSlotList;
    private readonly delegate* unmanaged[Cdecl]<byte*, nuint> _getInfo;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint> _getSlotInfo;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint> _getTokenInfo;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, ulong*, nuint> _getMechanismList;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint> _initToken;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint> _initPin;

    // More than any module has: a list that fits takes one call, which is a round trip to a network HSM.
    private const int UsualMechanisms = 512;

    private delegate ReturnValue ListFunction(byte* list, ulong* count);

    /// <param name="reserved">What NSS calls its library parameters; null for all other modules.</param>
    public ReturnValue Initialize(string? reserved)
    {
        InitializeArgumentsLayout layout = _abi.InitializeArguments;

        // NSS reads one more pointer behind the structure.
        byte[] arguments = new byte[layout.Size + _abi.PointerSize];
        byte[] text = Encoding.UTF8.GetBytes((reserved ?? "") + '\0');
        fixed (byte* structure = arguments, reservedText = text)
        {
            _abi.WriteULong(structure + layout.Flags, CKF_OS_LOCKING_OK);
            *(byte**)(structure + layout.Reserved) = reserved is null ? null : reservedText;
            return Returned(_initialize(structure), "C_Initialize");
        }
    }

    public ReturnValue Finish() => Returned(_finalize(null), "C_Finalize");

    // A module looks for new slots only when it is asked for their number (PKCS #11, C_GetSlotList).
    public ReturnValue GetSlotList(bool tokenPresent, out ulong[] slots) => GetList(
        (list, count) => Returned(_getSlotList(tokenPresent ? (byte)1 : (byte)0, list, count), "C_GetSlotList"), room: 0, out slots);

    public ReturnValue GetMechanismList(ulong slot, out ulong[] mechanisms) => GetList(
        (list, count) => Returned(_getMechanismList((nuint)slot, list, count), "C_GetMechanismList"), UsualMechanisms, out mechanisms);

    public ReturnValue GetTokenInfo(ulong slot, out TokenInfo info)
    {
        byte* structure = stackalloc byte[TokenInfoLayout.MaxSize];
        ReturnValue result = Returned(_getTokenInfo((nuint)slot, structure), "C_GetTokenInfo");
        info = result.IsOk ? TokenInfo.Read(_abi, structure) : default;
        return result;
    }

    public ReturnValue GetSlotInfo(ulong slot, out SlotInfo info)
    {
        byte* structure = stackalloc byte[SlotInfoLayout.MaxSize];
        ReturnValue result = Returned(_getSlotInfo((nuint)slot, structure), "C_GetSlotInfo");
        info = result.IsOk ? SlotInfo.Read(_abi, structure) : default;
        return result;
    }

    public ReturnValue GetInfo(out LibraryInfo info)
    {
        byte* structure = stackalloc byte[LibraryInfoLayout.MaxSize];
        ReturnValue result = Returned(_getInfo(structure), "C_GetInfo");
        info = result.IsOk ? LibraryInfo.Read(_abi, structure) : default;
        return result;
    }

    public ReturnValue InitToken(ulong slot, ReadOnlySpan<byte> pin, ReadOnlySpan<byte> label)
    {
        Span<byte> padded = stackalloc byte[32];
        padded.Fill((byte)' ');
        label.CopyTo(padded);
        byte none = 0;
        fixed (byte* pinBytes = pin, labelBytes = padded)
        {
            return Returned(_initToken((nuint)slot, pinBytes is null ? &none : pinBytes, (nuint)pin.Length, labelBytes), "C_InitToken");
        }
    }

    public ReturnValue InitPin(ulong session, ReadOnlySpan<byte> pin)
    {
        byte none = 0;
        fixed (byte* pinBytes = pin)
        {
            return Returned(_initPin((nuint)session, pinBytes is null ? &none : pinBytes, (nuint)pin.Length), "C_InitPIN");
        }
    }

    /// <param name="function">The function.</param>
    /// <param name="room">For how many to make room without asking for the number first; 0 to ask.</param>
    /// <param name="list">The list.</param>
    private ReturnValue GetList(ListFunction function, ulong room, out ulong[] list)
    {
        // A slot may appear between the call for the length and the call for the list.
        while (true)
        {
            list = [];
            ulong count = room;
            ReturnValue result = room > 0 ? ReturnValue.Ok : function(null, &count);
            if (!result.IsOk || count == 0)
            {
                return result;
            }

            byte* native = (byte*)NativeMemory.AllocZeroed((nuint)count, (nuint)_abi.ULongSize);
            try
            {
                result = function(native, &count);
                if (result.Code == CKR_BUFFER_TOO_SMALL)
                {
                    room = 0;
                    continue;
                }

                if (result.IsOk)
                {
                    list = new ulong[count];
                    for (int index = 0; index < list.Length; index++)
                    {
                        list[index] = _abi.ReadULong(native + (index * _abi.ULongSize));
                    }
                }

                return result;
            }
            finally
            {
                NativeMemory.Free(native);
            }
        }
    }
}
