using System.Runtime.CompilerServices;

namespace KmsTools.Pkcs11.Interop;

/// <summary>
/// How a platform's C compiler lays out Cryptoki. On Unix CK_ULONG is <c>unsigned long</c> and structures are aligned naturally; on Windows
/// CK_ULONG has four bytes, even in a 64-bit process, and structures are packed to one byte.
/// </summary>
internal sealed class Abi
{
    public static readonly Abi Unix64 = new(uLongSize: 8, pointerSize: 8, packed: false);

    public static readonly Abi Windows64 = new(uLongSize: 4, pointerSize: 8, packed: true);

    public static readonly Abi Current = OperatingSystem.IsWindows()
        ? new(uLongSize: 4, nint.Size, packed: true)
        : new(uLongSize: nint.Size, nint.Size, packed: false);

    private Abi(int uLongSize, int pointerSize, bool packed)
    {
        ULongSize = uLongSize;
        PointerSize = pointerSize;
        Packed = packed;
        Mechanism = new(this);
        Attribute = new(this);
        GcmParameters = new(this);
        OaepParameters = new(this);
        InitializeArguments = new(this);
        TokenInfo = new(this);
        SlotInfo = new(this);
        LibraryInfo = new(this);
        SessionInfo = new(this);
        FunctionList = new(this);
    }

    public int ULongSize { get; }

    public int PointerSize { get; }

    public bool Packed { get; }

    /// <summary>What the C header calls CK_UNAVAILABLE_INFORMATION: all bits of a CK_ULONG.</summary>
    public ulong Unavailable => ULongSize == 8 ? ulong.MaxValue : uint.MaxValue;

    public MechanismLayout Mechanism { get; }

    public AttributeLayout Attribute { get; }

    public GcmParametersLayout GcmParameters { get; }

    public OaepParametersLayout OaepParameters { get; }

    public InitializeArgumentsLayout InitializeArguments { get; }

    public TokenInfoLayout TokenInfo { get; }

    public SlotInfoLayout SlotInfo { get; }

    public LibraryInfoLayout LibraryInfo { get; }

    public SessionInfoLayout SessionInfo { get; }

    public FunctionListLayout FunctionList { get; }

    public unsafe ulong ReadULong(byte* address) =>
        ULongSize == 8 ? Unsafe.ReadUnaligned<ulong>(address) : Unsafe.ReadUnaligned<uint>(address);

    public unsafe void WriteULong(byte* address, ulong value)
    {
        if (ULongSize == 8)
        {
            Unsafe.WriteUnaligned(address, value);
        }
        else
        {
            Unsafe.WriteUnaligned(address, (uint)value);
        }
    }

    /// <summary>A function's CK_RV: on Windows the upper half of the register is undefined.</summary>
    public ulong Narrow(nuint returned) => ULongSize == 8 ? returned : unchecked((uint)returned);
}
