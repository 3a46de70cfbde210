namespace KmsTools.Pkcs11.Interop;

/// <content>Objects.</content>
internal sealed unsafe partial class NativeModule
{
    private const int FindBatch = 32;

    private readonly delegate* unmanaged[Cdecl]<nuint, nuint, nuint> _destroyObject;
    private readonly delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint> _getAttributeValue;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint> _findObjectsInit;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, ulong*, nuint> _findObjects;
    private readonly delegate* unmanaged[Cdecl]<nuint, nuint> _findObjectsFinal;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, byte*, nuint, ulong*, nuint> _generateKey;

    public ReturnValue DestroyObject(ulong session, ulong handle) =>
        Returned(_destroyObject((nuint)session, (nuint)handle), "C_DestroyObject");

    public ReturnValue FindObjects(ulong session, AttributeTemplate template, List<ulong> found)
    {
        ReturnValue result = template.Use(
            (attributes, count) => Returned(_findObjectsInit((nuint)session, attributes, count), "C_FindObjectsInit"));
        if (!result.IsOk)
        {
            return result;
        }

        byte* batch = stackalloc byte[FindBatch * sizeof(ulong)];
        ulong inBatch;
        do
        {
            inBatch = 0;
            result = Returned(_findObjects((nuint)session, batch, FindBatch, &inBatch), "C_FindObjects");
            for (int index = 0; result.IsOk && index < (int)inBatch; index++)
            {
                found.Add(_abi.ReadULong(batch + (index * _abi.ULongSize)));
            }
        }
        while (result.IsOk && inBatch != 0);

        // Ends the search even after an error: otherwise the session would stay in it.
        ReturnValue final = Returned(_findObjectsFinal((nuint)session), "C_FindObjectsFinal");
        return result.IsOk ? final : result;
    }

    /// <summary>Reads one attribute into a buffer.</summary>
    /// <param name="session">Session.</param>
    /// <param name="handle">Object.</param>
    /// <param name="attribute">Attribute.</param>
    /// <param name="value">Receives the value. Empty to ask for the length only.</param>
    /// <param name="length">Length of the value.</param>
    public ReturnValue GetAttributeValue(ulong session, ulong handle, CKA attribute, Span<byte> value, out int length)
    {
        AttributeLayout layout = _abi.Attribute;
        byte* structure = stackalloc byte[AttributeLayout.MaxSize];
        fixed (byte* buffer = value)
        {
            _abi.WriteULong(structure + layout.Type, (ulong)attribute);
            *(byte**)(structure + layout.Value) = buffer;
            _abi.WriteULong(structure + layout.ValueLength, (ulong)value.Length);
            ReturnValue result = Returned(_getAttributeValue((nuint)session, (nuint)handle, structure, 1), "C_GetAttributeValue");
            ulong returned = _abi.ReadULong(structure + layout.ValueLength);
            length = result.IsOk && returned != _abi.Unavailable ? checked((int)returned) : 0;
            return result;
        }
    }

    public ReturnValue GenerateKey(ulong session, CKM mechanism, AttributeTemplate template, out ulong handle)
    {
        byte* structure = stackalloc byte[MechanismLayout.MaxSize];
        WriteMechanism(structure, mechanism, null, 0);
        ulong made = 0;
        ulong* cell = &made;
        ReturnValue result = template.Use(
            (attributes, count) => Returned(_generateKey((nuint)session, structure, attributes, count, cell), "C_GenerateKey"));
        handle = made;
        return result;
    }
}
