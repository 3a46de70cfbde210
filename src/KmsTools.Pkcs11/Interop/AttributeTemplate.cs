using System.Runtime.CompilerServices;

namespace KmsTools.Pkcs11.Interop;

/// <summary>An array of CK_ATTRIBUTE with its values, to make an object from or to search by.</summary>
internal sealed class AttributeTemplate
{
    private readonly List<(ulong Type, byte[] Value)> _attributes = [];

    /// <summary>What is done with the native array while it is pinned.</summary>
    public unsafe delegate ReturnValue TemplateFunction(byte* attributes, nuint count);

    public AttributeTemplate Add(ulong type, bool value) => Add(type, [value ? (byte)1 : (byte)0]);

    public unsafe AttributeTemplate Add(ulong type, ulong value)
    {
        byte[] bytes = new byte[Abi.Current.ULongSize];
        fixed (byte* cell = bytes)
        {
            Abi.Current.WriteULong(cell, value);
        }

        return Add(type, bytes);
    }

    public AttributeTemplate Add(ulong type, ReadOnlySpan<byte> value)
    {
        _attributes.Add((type, value.ToArray()));
        return this;
    }

    public unsafe ReturnValue Use(TemplateFunction function)
    {
        Abi abi = Abi.Current;
        AttributeLayout layout = abi.Attribute;
        byte[] structures = GC.AllocateArray<byte>(layout.Size * _attributes.Count, pinned: true);

        // One byte more, so that an empty value has an address too.
        byte[] values = GC.AllocateArray<byte>(_attributes.Sum(attribute => attribute.Value.Length) + 1, pinned: true);
        fixed (byte* structure = structures, value = values)
        {
            int offset = 0;
            for (int index = 0; index < _attributes.Count; index++)
            {
                (ulong type, byte[] bytes) = _attributes[index];
                byte* attribute = structure + (index * layout.Size);
                bytes.CopyTo(values, offset);
                abi.WriteULong(attribute + layout.Type, type);
                Unsafe.WriteUnaligned(attribute + layout.Value, (nint)(value + offset));
                abi.WriteULong(attribute + layout.ValueLength, (ulong)bytes.Length);
                offset += bytes.Length;
            }

            return function(structure, (nuint)_attributes.Count);
        }
    }
}
