using System.Runtime.CompilerServices;

namespace KmsTools.Pkcs11.Interop;

/// <summary>An array of CK_ATTRIBUTE with its values, to create an object from or to search by.</summary>
internal sealed class AttributeTemplate
{
    private readonly List<(CKA Type, byte[] Value, AttributeTemplate? Nested)> _attributes = [];

    /// <summary>What to do with the native array while it is pinned.</summary>
    public unsafe delegate ReturnValue TemplateFunction(byte* attributes, nuint count);

    public AttributeTemplate Add(CKA type, bool value) => Add(type, [value ? (byte)1 : (byte)0]);

    public AttributeTemplate Add(CKA type, CKO value) => Add(type, (ulong)value);

    public AttributeTemplate Add(CKA type, CKK value) => Add(type, (ulong)value);

    public unsafe AttributeTemplate Add(CKA type, ulong value)
    {
        byte[] bytes = new byte[Abi.Current.ULongSize];
        fixed (byte* cell = bytes)
        {
            Abi.Current.WriteULong(cell, value);
        }

        return Add(type, bytes);
    }

    public AttributeTemplate Add(CKA type, ReadOnlySpan<byte> value)
    {
        _attributes.Add((type, value.ToArray(), null));
        return this;
    }

    /// <summary>Adds an attribute whose value is itself an array of attributes.</summary>
    public AttributeTemplate Add(CKA type, AttributeTemplate value)
    {
        _attributes.Add((type, [], value));
        return this;
    }

    /// <summary>Gives an attribute that the template has another value.</summary>
    public AttributeTemplate With(CKA type, bool value)
    {
        _ = _attributes.RemoveAll(attribute => attribute.Type == type);
        return Add(type, value);
    }

    public unsafe ReturnValue Use(TemplateFunction function)
    {
        List<byte[]> pinned = [];
        byte[] structures = Write(pinned);
        fixed (byte* structure = structures)
        {
            ReturnValue result = function(structure, (nuint)_attributes.Count);
            GC.KeepAlive(pinned);
            return result;
        }
    }

    // The arrays are on the pinned heap: the addresses of nested ones are written into their owners.
    private unsafe byte[] Write(List<byte[]> pinned)
    {
        Abi abi = Abi.Current;
        AttributeLayout layout = abi.Attribute;
        byte[] structures = GC.AllocateArray<byte>((layout.Size * _attributes.Count) + 1, pinned: true);
        pinned.Add(structures);
        for (int index = 0; index < _attributes.Count; index++)
        {
            (CKA type, byte[] value, AttributeTemplate? nested) = _attributes[index];
            byte[] cell;
            if (nested is not null)
            {
                cell = nested.Write(pinned);
            }
            else
            {
                // One extra byte, so that an empty value has an address too.
                cell = GC.AllocateArray<byte>(value.Length + 1, pinned: true);
                value.CopyTo(cell, 0);
                pinned.Add(cell);
            }

            int length = nested is null ? value.Length : layout.Size * nested._attributes.Count;
            byte* attribute = (byte*)Unsafe.AsPointer(ref structures[index * layout.Size]);
            abi.WriteULong(attribute + layout.Type, (ulong)type);
            Unsafe.WriteUnaligned(attribute + layout.Value, (nint)Unsafe.AsPointer(ref cell[0]));
            abi.WriteULong(attribute + layout.ValueLength, (ulong)length);
        }

        return structures;
    }
}
