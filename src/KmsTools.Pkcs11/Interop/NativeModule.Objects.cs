namespace KmsTools.Pkcs11.Interop;

/// <content>Objects.</content>
internal sealed unsafe partial class NativeModule
{
    private const int FindBatch = 32;

    private readonly delegate* unmanaged[Cdecl]<nuint, nuint, nuint> _destroyObject;
    private readonly delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, ulong*, nuint> _copyObject;
    private readonly delegate* unmanaged[Cdecl]<nuint, nuint, byte*, nuint, nuint> _setAttributeValue;
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

    /// <summary>Whether the module has refused to be asked for several attributes at once.</summary>
    public bool ReadsAttributesOneByOne { get; set; }

    /// <summary>Reads several attributes with one call.</summary>
    /// <param name="session">Session.</param>
    /// <param name="handle">Object.</param>
    /// <param name="attributes">The attributes.</param>
    /// <param name="values">Receives the values, one after the other.</param>
    /// <param name="room">The number of bytes for each of them.</param>
    /// <param name="lengths">Receives their lengths; -1 for one that cannot be read.</param>
    public ReturnValue GetAttributeValues(
        ulong session, ulong handle, ReadOnlySpan<CKA> attributes, Span<byte> values, int room, Span<int> lengths)
    {
        AttributeLayout layout = _abi.Attribute;
        byte* structures = stackalloc byte[AttributeLayout.MaxSize * attributes.Length];
        fixed (byte* buffer = values)
        {
            for (int index = 0; index < attributes.Length; index++)
            {
                byte* structure = structures + (index * layout.Size);
                _abi.WriteULong(structure + layout.Type, (ulong)attributes[index]);
                *(byte**)(structure + layout.Value) = buffer + (index * room);
                _abi.WriteULong(structure + layout.ValueLength, (ulong)room);
            }

            ReturnValue result = Returned(
                _getAttributeValue((nuint)session, (nuint)handle, structures, (nuint)attributes.Length), "C_GetAttributeValue");
            for (int index = 0; index < attributes.Length; index++)
            {
                ulong length = _abi.ReadULong(structures + (index * layout.Size) + layout.ValueLength);
                lengths[index] = result.IsOk && length <= (ulong)room ? (int)length : -1;
            }

            return result;
        }
    }

    public ReturnValue CopyObject(ulong session, ulong handle, AttributeTemplate template, out ulong copy)
    {
        ulong made = 0;
        ulong* cell = &made;
        ReturnValue result = template.Use(
            (attributes, count) => Returned(_copyObject((nuint)session, (nuint)handle, attributes, count, cell), "C_CopyObject"));
        copy = made;
        return result;
    }

    public ReturnValue SetAttributeValue(ulong session, ulong handle, AttributeTemplate template) => template.Use(
        (attributes, count) => Returned(_setAttributeValue((nuint)session, (nuint)handle, attributes, count), "C_SetAttributeValue"));

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
