namespace KmsTools.Pkcs11.Interop;

/// <summary>Places the fields of one C structure one after the other, as the compiler of the platform does.</summary>
internal struct FieldPlacer(Abi abi)
{
    private int _end;
    private int _alignment = 1;

    public int ULong() => Place(abi.ULongSize, abi.ULongSize);

    public int Pointer() => Place(abi.PointerSize, abi.PointerSize);

    public int Bytes(int count) => Place(count, 1);

    public readonly int Size() => RoundUp(_end, _alignment);

    private static int RoundUp(int offset, int alignment) => (offset + alignment - 1) / alignment * alignment;

    private int Place(int size, int naturalAlignment)
    {
        int alignment = abi.Packed ? 1 : naturalAlignment;
        _alignment = Math.Max(_alignment, alignment);
        int offset = RoundUp(_end, alignment);
        _end = offset + size;
        return offset;
    }
}

/// <summary>CK_MECHANISM.</summary>
internal sealed class MechanismLayout
{
    public const int MaxSize = 24;

    public MechanismLayout(Abi abi)
    {
        FieldPlacer fields = new(abi);
        Mechanism = fields.ULong();
        Parameter = fields.Pointer();
        ParameterLength = fields.ULong();
        Size = fields.Size();
    }

    public int Mechanism { get; }

    public int Parameter { get; }

    public int ParameterLength { get; }

    public int Size { get; }
}

/// <summary>CK_ATTRIBUTE.</summary>
internal sealed class AttributeLayout
{
    public const int MaxSize = 24;

    public AttributeLayout(Abi abi)
    {
        FieldPlacer fields = new(abi);
        Type = fields.ULong();
        Value = fields.Pointer();
        ValueLength = fields.ULong();
        Size = fields.Size();
    }

    public int Type { get; }

    public int Value { get; }

    public int ValueLength { get; }

    public int Size { get; }
}

/// <summary>CK_GCM_PARAMS in the layout with ulIvBits, the only one that every module accepts.</summary>
internal sealed class GcmParametersLayout
{
    public const int MaxSize = 48;

    public GcmParametersLayout(Abi abi)
    {
        FieldPlacer fields = new(abi);
        Iv = fields.Pointer();
        IvLength = fields.ULong();
        IvBits = fields.ULong();
        AdditionalData = fields.Pointer();
        AdditionalDataLength = fields.ULong();
        TagBits = fields.ULong();
        Size = fields.Size();
    }

    public int Iv { get; }

    public int IvLength { get; }

    public int IvBits { get; }

    public int AdditionalData { get; }

    public int AdditionalDataLength { get; }

    public int TagBits { get; }

    public int Size { get; }
}

/// <summary>CK_RSA_PKCS_OAEP_PARAMS.</summary>
internal sealed class OaepParametersLayout
{
    public const int MaxSize = 40;

    public OaepParametersLayout(Abi abi)
    {
        FieldPlacer fields = new(abi);
        Hash = fields.ULong();
        MaskGenerator = fields.ULong();
        Source = fields.ULong();
        SourceData = fields.Pointer();
        SourceDataLength = fields.ULong();
        Size = fields.Size();
    }

    public int Hash { get; }

    public int MaskGenerator { get; }

    public int Source { get; }

    public int SourceData { get; }

    public int SourceDataLength { get; }

    public int Size { get; }
}

/// <summary>CK_C_INITIALIZE_ARGS.</summary>
internal sealed class InitializeArgumentsLayout
{
    public InitializeArgumentsLayout(Abi abi)
    {
        FieldPlacer fields = new(abi);
        _ = fields.Pointer(); // CreateMutex
        _ = fields.Pointer(); // DestroyMutex
        _ = fields.Pointer(); // LockMutex
        _ = fields.Pointer(); // UnlockMutex
        Flags = fields.ULong();
        Reserved = fields.Pointer();
        Size = fields.Size();
    }

    public int Flags { get; }

    public int Reserved { get; }

    public int Size { get; }
}

/// <summary>CK_TOKEN_INFO.</summary>
internal sealed class TokenInfoLayout
{
    public const int MaxSize = 256;

    public TokenInfoLayout(Abi abi)
    {
        FieldPlacer fields = new(abi);
        Label = fields.Bytes(32);
        Manufacturer = fields.Bytes(32);
        Model = fields.Bytes(16);
        SerialNumber = fields.Bytes(16);
        Flags = fields.ULong();
        MaximumSessionCount = fields.ULong();
        SessionCount = fields.ULong();
        _ = fields.ULong(); // ulMaxRwSessionCount
        _ = fields.ULong(); // ulRwSessionCount
        MaximumPinLength = fields.ULong();
        MinimumPinLength = fields.ULong();
        _ = fields.ULong(); // ulTotalPublicMemory
        _ = fields.ULong(); // ulFreePublicMemory
        _ = fields.ULong(); // ulTotalPrivateMemory
        _ = fields.ULong(); // ulFreePrivateMemory
        _ = fields.Bytes(2); // hardwareVersion
        FirmwareVersion = fields.Bytes(2);
        _ = fields.Bytes(16); // utcTime
        Size = fields.Size();
    }

    public int Label { get; }

    public int Manufacturer { get; }

    public int Model { get; }

    public int SerialNumber { get; }

    public int Flags { get; }

    public int MaximumSessionCount { get; }

    public int SessionCount { get; }

    public int MaximumPinLength { get; }

    public int MinimumPinLength { get; }

    public int FirmwareVersion { get; }

    public int Size { get; }
}

/// <summary>CK_SLOT_INFO.</summary>
internal sealed class SlotInfoLayout
{
    public const int MaxSize = 128;

    public SlotInfoLayout(Abi abi)
    {
        FieldPlacer fields = new(abi);
        Description = fields.Bytes(64);
        Manufacturer = fields.Bytes(32);
        _ = fields.ULong(); // flags
        _ = fields.Bytes(2); // hardwareVersion
        _ = fields.Bytes(2); // firmwareVersion
        Size = fields.Size();
    }

    public int Description { get; }

    public int Manufacturer { get; }

    public int Size { get; }
}

/// <summary>CK_INFO.</summary>
internal sealed class LibraryInfoLayout
{
    public const int MaxSize = 128;

    public LibraryInfoLayout(Abi abi)
    {
        FieldPlacer fields = new(abi);
        _ = fields.Bytes(2); // cryptokiVersion
        Manufacturer = fields.Bytes(32);
        _ = fields.ULong(); // flags
        Description = fields.Bytes(32);
        Version = fields.Bytes(2);
        Size = fields.Size();
    }

    public int Manufacturer { get; }

    public int Description { get; }

    public int Version { get; }

    public int Size { get; }
}

/// <summary>CK_SESSION_INFO.</summary>
internal sealed class SessionInfoLayout
{
    public const int MaxSize = 32;

    public SessionInfoLayout(Abi abi)
    {
        FieldPlacer fields = new(abi);
        Slot = fields.ULong();
        State = fields.ULong();
        Flags = fields.ULong();
        _ = fields.ULong(); // ulDeviceError
        Size = fields.Size();
    }

    public int Slot { get; }

    public int State { get; }

    public int Flags { get; }

    public int Size { get; }
}

/// <summary>CK_FUNCTION_LIST: a CK_VERSION and then one pointer per function.</summary>
internal sealed class FunctionListLayout
{
    private readonly int _first;
    private readonly int _pointerSize;

    public FunctionListLayout(Abi abi)
    {
        FieldPlacer fields = new(abi);
        _ = fields.Bytes(2);
        _first = fields.Pointer();
        _pointerSize = abi.PointerSize;
    }

    public int Function(int index) => _first + (index * _pointerSize);
}
