using System.Security.Cryptography;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>The AES keys in a token: how they are made, checked and found. The caller holds the object locks.</summary>
internal static class KeyObjects
{
    public const int KeySize = 32;

    /// <summary>Makes the key and checks that the HSM made what was asked for.</summary>
    public static ReturnValue Generate(HsmSession session, string label, ReadOnlySpan<byte> id, out ulong key)
    {
        ReturnValue result = session.Native.GenerateKey(
            session.Handle, CKM_AES_KEY_GEN, Template(label, id, fixedForever: true, hasLength: true), out key);
        if (ReturnValueMap.IsTemplateRefused(result))
        {
            // Not every module has CKA_MODIFIABLE.
            result = session.Native.GenerateKey(
                session.Handle, CKM_AES_KEY_GEN, Template(label, id, fixedForever: false, hasLength: true), out key);
        }

        return result;
    }

    /// <summary>Objects with this CKA_ID, usable or not.</summary>
    public static ReturnValue Find(HsmSession session, ReadOnlySpan<byte> id, List<ulong> found)
        => session.Native.FindObjects(
            session.Handle,
            new AttributeTemplate().Add(CKA_CLASS, CKO_SECRET_KEY).Add(CKA_ID, id),
            found);

    /// <summary>All AES keys, usable or not.</summary>
    public static ReturnValue FindAll(HsmSession session, List<ulong> found)
        => session.Native.FindObjects(
            session.Handle,
            new AttributeTemplate()
                .Add(CKA_CLASS, CKO_SECRET_KEY)
                .Add(CKA_KEY_TYPE, CKK_AES),
            found);

    /// <summary>
    /// Whether the object is a whole AES-256 key. A process that dies while SoftHSM writes leaves objects that are found but have
    /// no value or no type. Of a key that was unwrapped SoftHSM does not know the length, nor lets it be told; whether there is a value
    /// shows in its use.
    /// </summary>
    /// <returns>Not OK when the HSM did not answer the question, which says nothing about the key.</returns>
    public static ReturnValue Examine(HsmSession session, ulong key, out bool isWhole)
    {
        ReturnValue result = ReadULong(session, key, CKA_KEY_TYPE, out ulong? type);
        ulong? size = null;
        result = result.IsOk ? ReadULong(session, key, CKA_VALUE_LEN, out size) : result;
        isWhole = result.IsOk && type == (ulong)CKK_AES && size == KeySize;
        if (result.IsOk && type == (ulong)CKK_AES && size == 0)
        {
            result = Test(session, key, out isWhole);
        }

        return ReturnValueMap.MeansLostSession(result) ? result : result with { Code = CKR_OK };
    }

    /// <summary>The first whole key among objects; 0 if there is none.</summary>
    public static ReturnValue FirstWhole(HsmSession session, List<ulong> found, out ulong key)
    {
        key = 0;
        ReturnValue result = new(CKR_OK, "C_GetAttributeValue");
        foreach (ulong handle in found)
        {
            result = Examine(session, handle, out bool isWhole);
            if (!result.IsOk || isWhole)
            {
                key = isWhole ? handle : 0;
                break;
            }
        }

        return result;
    }

    /// <summary>Whether the key can never leave the HSM in the clear.</summary>
    public static bool IsSealed(HsmSession session, ulong key)
        => ReadBoolean(session, key, CKA_SENSITIVE) == true && ReadBoolean(session, key, CKA_EXTRACTABLE) == false;

    /// <summary>Encrypts and decrypts one block with a new key.</summary>
    public static ReturnValue Test(HsmSession session, ulong key, out bool works)
    {
        ReadOnlySpan<byte> plaintext = "KmsTools selftst"u8;
        Span<byte> ciphertext = stackalloc byte[HsmSession.IvSize + 16 + HsmSession.TagSize];
        Span<byte> again = stackalloc byte[16];
        works = false;
        ReturnValue result = session.Encrypt(key, plaintext, [], ciphertext);
        if (result.IsOk)
        {
            result = session.Decrypt(key, ciphertext, [], again);
            works = result.IsOk && CryptographicOperations.FixedTimeEquals(plaintext, again);
        }

        return result;
    }

    /// <summary>An attribute, or null if it cannot be read.</summary>
    public static byte[]? Read(HsmSession session, ulong key, CKA attribute) => Read(session, key, attribute, out _);

    /// <summary>An attribute, or null if it cannot be read.</summary>
    /// <param name="session">Session.</param>
    /// <param name="key">Handle.</param>
    /// <param name="attribute">Attribute.</param>
    /// <param name="result">Not OK when the HSM did not answer the question, which says nothing about the key.</param>
    public static byte[]? Read(HsmSession session, ulong key, CKA attribute, out ReturnValue result)
    {
        byte[]? value = null;
        result = session.Native.GetAttributeValue(session.Handle, key, attribute, [], out int length);
        if (result.IsOk)
        {
            value = new byte[length];
            result = length == 0 ? result : session.Native.GetAttributeValue(session.Handle, key, attribute, value, out length);
            value = result.IsOk && length == value.Length ? value : null;
        }

        result = ReturnValueMap.MeansLostSession(result) ? result : result with { Code = CKR_OK };
        return value;
    }

    /// <summary>What a key of ours is made with, however it comes into the HSM.</summary>
    /// <param name="label">CKA_LABEL.</param>
    /// <param name="id">CKA_ID.</param>
    /// <param name="fixedForever">Whether to ask for CKA_MODIFIABLE false.</param>
    /// <param name="hasLength">Whether the length is to be told; of a key that is unwrapped it is known.</param>
    public static AttributeTemplate Template(string label, ReadOnlySpan<byte> id, bool fixedForever, bool hasLength)
    {
        AttributeTemplate template = new AttributeTemplate()
            .Add(CKA_CLASS, CKO_SECRET_KEY)
            .Add(CKA_KEY_TYPE, CKK_AES)
            .Add(CKA_TOKEN, true)
            .Add(CKA_PRIVATE, true)
            .Add(CKA_SENSITIVE, true)
            .Add(CKA_EXTRACTABLE, false)
            .Add(CKA_ENCRYPT, true)
            .Add(CKA_DECRYPT, true)
            .Add(CKA_WRAP, false)
            .Add(CKA_UNWRAP, false)
            .Add(CKA_SIGN, false)
            .Add(CKA_VERIFY, false)
            .Add(CKA_DERIVE, false)
            .Add(CKA_LABEL, System.Text.Encoding.UTF8.GetBytes(label))
            .Add(CKA_ID, id);
        template = hasLength ? template.Add(CKA_VALUE_LEN, KeySize) : template;
        return fixedForever ? template.Add(CKA_MODIFIABLE, false) : template;
    }

    public static bool? ReadBoolean(HsmSession session, ulong key, CKA attribute)
    {
        Span<byte> value = stackalloc byte[1];
        return session.Native.GetAttributeValue(session.Handle, key, attribute, value, out int length).IsOk && length == 1
            ? value[0] != 0
            : null;
    }

    private static unsafe ReturnValue ReadULong(HsmSession session, ulong key, CKA attribute, out ulong? read)
    {
        byte* value = stackalloc byte[sizeof(ulong)];
        Span<byte> room = new(value, Abi.Current.ULongSize);
        ReturnValue result = session.Native.GetAttributeValue(session.Handle, key, attribute, room, out int length);
        read = result.IsOk && length == room.Length ? Abi.Current.ReadULong(value) : null;
        return result;
    }
}
