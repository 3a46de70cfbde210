using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>What a token says about a secret key. An attribute that cannot be read is null.</summary>
internal readonly record struct KeyAttributes(byte[]? Label, byte[]? Id, ulong? Type, ulong? Size, bool? IsSensitive, bool? IsExtractable)
{
    // Longer labels and IDs than ours are read separately.
    private const int Room = 512;

    private static readonly CKA[] All = [CKA_LABEL, CKA_ID, CKA_KEY_TYPE, CKA_VALUE_LEN, CKA_SENSITIVE, CKA_EXTRACTABLE];

    /// <summary>Whether the key can never leave the HSM in plaintext.</summary>
    public bool IsSealed => IsSensitive == true && IsExtractable == false;

    /// <summary>Reads all attributes with one call, or one after the other where the module insists on that.</summary>
    /// <exception cref="CryptokiException">The HSM did not answer the query, which says nothing about the key.</exception>
    public static KeyAttributes Read(HsmSession session, ulong key)
    {
        byte[]?[] values = ReadTogether(session, key) ?? [.. All.Select(attribute => KeyObjects.Read(session, key, attribute))];
        return new(values[0], values[1], Number(values[2]), Number(values[3]), Flag(values[4]), Flag(values[5]));
    }

    /// <summary>The attributes that keep a key in the HSM, for messages.</summary>
    public string DescribeSeal() => $"CKA_SENSITIVE is {Word(IsSensitive)}, CKA_EXTRACTABLE is {Word(IsExtractable)}";

    private static byte[]?[]? ReadTogether(HsmSession session, ulong key)
    {
        NativeModule native = session.Native;
        if (native.ReadsAttributesOneByOne)
        {
            return null;
        }

        Span<int> lengths = stackalloc int[All.Length];
        byte[] room = new byte[Room * All.Length];
        ReturnValue result = native.GetAttributeValues(session.Handle, key, All, room, Room, lengths);
        if (result.IsOk)
        {
            byte[]?[] values = new byte[]?[All.Length];
            for (int index = 0; index < values.Length; index++)
            {
                values[index] = lengths[index] < 0 ? null : room.AsSpan(index * Room, lengths[index]).ToArray();
            }

            return values;
        }

        if (ReturnValueMap.MeansLostSession(result))
        {
            throw new CryptokiException(result);
        }

        // One attribute is missing, too long or secret, which concerns this object only; otherwise the module dislikes the question.
        native.ReadsAttributesOneByOne = result.Code is not (CKR_ATTRIBUTE_TYPE_INVALID or CKR_ATTRIBUTE_SENSITIVE or CKR_BUFFER_TOO_SMALL
            or CKR_OBJECT_HANDLE_INVALID or CKR_KEY_HANDLE_INVALID or CKR_GENERAL_ERROR or CKR_FUNCTION_FAILED);
        return null;
    }

    /// <summary>A CK_ULONG; null for anything else.</summary>
    public static unsafe ulong? Number(byte[]? value)
    {
        if (value is null || value.Length != Abi.Current.ULongSize)
        {
            return null;
        }

        fixed (byte* cell = value)
        {
            return Abi.Current.ReadULong(cell);
        }
    }

    private static bool? Flag(byte[]? value) => value is [var flag] ? flag != 0 : null;

    private static string Word(bool? flag) => flag switch { true => "true", false => "false", null => "unknown" };
}
