using System.Security.Cryptography;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>The AES keys in a token: how they are created, checked and found. The caller holds the object locks.</summary>
internal static class KeyObjects
{
    public const int KeySize = 32;

    /// <summary>Generates the key.</summary>
    /// <returns>Its handle.</returns>
    public static ulong Generate(HsmSession session, string label, ReadOnlySpan<byte> id)
    {
        ReturnValue result = session.Native.GenerateKey(
            session.Handle, CKM_AES_KEY_GEN, Template(label, id, fixedForever: true, hasLength: true), out ulong key);
        if (ReturnValueMap.IsTemplateRefused(result))
        {
            // Not every module supports CKA_MODIFIABLE.
            result = session.Native.GenerateKey(
                session.Handle, CKM_AES_KEY_GEN, Template(label, id, fixedForever: false, hasLength: true), out key);
        }

        result.ThrowUnlessOk();
        return key;
    }

    /// <summary>Objects with this CKA_ID, usable or not.</summary>
    public static List<ulong> Find(HsmSession session, ReadOnlySpan<byte> id) => Find(session, OfId(id));

    /// <summary>The attributes of secret keys with this CKA_ID.</summary>
    public static AttributeTemplate OfId(ReadOnlySpan<byte> id) =>
        new AttributeTemplate().Add(CKA_CLASS, CKO_SECRET_KEY).Add(CKA_ID, id);

    /// <summary>All AES keys in the token, usable or not. Keys that exist only in a session are not the token's.</summary>
    public static List<ulong> FindAll(HsmSession session) =>
        Find(session, new AttributeTemplate().Add(CKA_CLASS, CKO_SECRET_KEY).Add(CKA_KEY_TYPE, CKK_AES).Add(CKA_TOKEN, true));

    /// <summary>All objects with these attributes.</summary>
    public static List<ulong> Find(HsmSession session, AttributeTemplate template)
    {
        List<ulong> found = [];
        session.Native.FindObjects(session.Handle, template, found).ThrowUnlessOk();
        return found;
    }

    /// <summary>
    /// Whether the object is a complete AES-256 key. A process that dies while SoftHSM writes leaves objects that are found but have no
    /// value or no type. SoftHSM does not know the length of a key that was unwrapped, nor can the length be specified; whether there is a
    /// value becomes apparent only in use.
    /// </summary>
    /// <exception cref="CryptokiException">The HSM did not answer the query, which says nothing about the key.</exception>
    public static bool IsWhole(HsmSession session, ulong key) => IsWhole(session, key, KeyAttributes.Read(session, key));

    /// <summary>Whether an object with these attributes is a complete AES-256 key.</summary>
    /// <exception cref="CryptokiException">The HSM did not answer the query, which says nothing about the key.</exception>
    public static bool IsWhole(HsmSession session, ulong key, KeyAttributes read)
    {
        try
        {
            return read.Type == (ulong)CKK_AES && (read.Size == KeySize || (read.Size == 0 && Works(session, key)));
        }
        catch (CryptokiException exception) when (!ReturnValueMap.MeansLostSession(exception.Result))
        {
            return false;
        }
    }

    /// <summary>The first complete key among objects; 0 if there is none.</summary>
    public static ulong FirstWhole(HsmSession session, List<ulong> found) => found.Find(handle => IsWhole(session, handle));

    /// <summary>Whether the key decrypts what it encrypts.</summary>
    public static bool Works(HsmSession session, ulong key)
    {
        ReadOnlySpan<byte> plaintext = "KmsTools selftst"u8;
        Span<byte> ciphertext = stackalloc byte[HsmSession.IvSize + 16 + HsmSession.TagSize];
        Span<byte> again = stackalloc byte[16];
        session.Encrypt(key, plaintext, [], ciphertext).ThrowUnlessOk();
        session.Decrypt(key, ciphertext, [], again).ThrowUnlessOk();
        return CryptographicOperations.FixedTimeEquals(plaintext, again);
    }

    /// <summary>An attribute, or null if it cannot be read.</summary>
    /// <exception cref="CryptokiException">The HSM did not answer the query, which says nothing about the key.</exception>
    public static byte[]? Read(HsmSession session, ulong key, CKA attribute)
    {
        ReturnValue result = session.Native.GetAttributeValue(session.Handle, key, attribute, [], out int length);
        if (result.IsOk && length == 0)
        {
            return [];
        }

        byte[] value = [];
        if (result.IsOk)
        {
            value = new byte[length];
            result = session.Native.GetAttributeValue(session.Handle, key, attribute, value, out length);
        }

        if (ReturnValueMap.MeansLostSession(result))
        {
            throw new CryptokiException(result);
        }

        return result.IsOk && length == value.Length ? value : null;
    }

    /// <summary>The attributes of our keys, however they are put into the HSM.</summary>
    /// <param name="label">CKA_LABEL.</param>
    /// <param name="id">CKA_ID.</param>
    /// <param name="fixedForever">Whether to ask for CKA_MODIFIABLE false.</param>
    /// <param name="hasLength">Whether the length is to be specified; for a key that is unwrapped it is known.</param>
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
}
