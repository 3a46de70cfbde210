using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// The RSA key pair of an HSM with which other HSMs send it keys. Its private half never leaves the HSM and can only unwrap keys, and where
/// the module supports CKA_UNWRAP_TEMPLATE only keys that cannot leave either. Each HSM generates its own when it is first needed: an HSM
/// that joins late, or was initialized again, or outlives the others needs nothing from them. The caller holds the object locks.
/// </summary>
internal static class TransportKey
{
    private const int Bits = 3072;

    private static ReadOnlySpan<byte> Id => "KmsTools transport key"u8;

    private static ReadOnlySpan<byte> PublicExponent => [0x01, 0x00, 0x01];

    /// <summary>Finds the pair, or generates it.</summary>
    /// <param name="session">Session.</param>
    /// <param name="replace">Whether to replace a pair that did not work.</param>
    /// <param name="prolong">Called before an HSM operation that takes long.</param>
    /// <returns>The private key.</returns>
    public static ulong Ensure(HsmSession session, bool replace, Action prolong)
    {
        ulong handle = 0;
        foreach (ulong candidate in KeyObjects.Find(session, new AttributeTemplate().Add(CKA_CLASS, CKO_PRIVATE_KEY).Add(CKA_ID, Id)))
        {
            // A process that died while the module wrote leaves a pair that cannot be used.
            bool isGood = IsGood(session, candidate);
            if (!replace && handle == 0 && isGood)
            {
                handle = candidate;
            }
            else
            {
                session.Native.DestroyObject(session.Handle, candidate).ThrowUnlessOk();
            }
        }

        if (handle != 0)
        {
            return handle;
        }

        prolong();
        return Make(session);
    }

    /// <summary>
    /// Sends the HSM one of its own keys, to find out whether the pair works, with which hash, and how a key that arrives is sealed.
    /// </summary>
    /// <param name="login">The login.</param>
    /// <param name="session">Session.</param>
    /// <param name="handle">The private key.</param>
    /// <returns>The public half, which is not secret.</returns>
    public static TransportPublicKey Test(TokenLogin login, HsmSession session, ulong handle)
    {
        if (KeyObjects.Read(session, handle, CKA_MODULUS) is not { Length: > 0 } modulus
            || KeyObjects.Read(session, handle, CKA_PUBLIC_EXPONENT) is not { Length: > 0 } exponent)
        {
            throw new CryptokiException(new(CKR_OBJECT_HANDLE_INVALID, "C_GetAttributeValue"));
        }

        TransportPublicKey tested = new(modulus, exponent, CKM_SHA256);
        List<ulong> temporary = [];
        byte[] wrapped = new byte[modulus.Length];
        try
        {
            ulong wrapping = tested.Import(session);
            temporary.Add(wrapping);
            ulong key = SessionKey(session);
            temporary.Add(key);
            CKM hash = tested.Wrap(session, wrapping, key, wrapped);
            try
            {
                temporary.Add(Unwrap(login, session, handle, hash, wrapped));
            }
            catch (CryptokiException exception) when (ReturnValueMap.IsParameterRefused(exception.Result) && hash != CKM_SHA_1)
            {
                hash = CKM_SHA_1;
                session.Native.WrapKey(session.Handle, hash, wrapping, key, wrapped).ThrowUnlessOk();
                temporary.Add(Unwrap(login, session, handle, hash, wrapped));
            }

            return tested with { Hash = hash };
        }
        finally
        {
            Array.Clear(wrapped);
            temporary.ForEach(session.Discard);
        }
    }

    /// <summary>Generates a key that is destroyed with its session.</summary>
    /// <param name="session">Session.</param>
    /// <param name="isExtractable">Whether it can be wrapped.</param>
    /// <returns>Its handle.</returns>
    public static ulong SessionKey(HsmSession session, bool isExtractable = true)
    {
        AttributeTemplate template = new AttributeTemplate()
            .Add(CKA_CLASS, CKO_SECRET_KEY)
            .Add(CKA_KEY_TYPE, CKK_AES)
            .Add(CKA_VALUE_LEN, KeyObjects.KeySize)
            .Add(CKA_TOKEN, false)
            .Add(CKA_PRIVATE, true)
            .Add(CKA_SENSITIVE, true)
            .Add(CKA_EXTRACTABLE, isExtractable)
            .Add(CKA_ENCRYPT, false)
            .Add(CKA_DECRYPT, false)
            .Add(CKA_WRAP, false)
            .Add(CKA_UNWRAP, false)
            .Add(CKA_SIGN, false)
            .Add(CKA_VERIFY, false);
        session.Native.GenerateKey(session.Handle, CKM_AES_KEY_GEN, template, out ulong key).ThrowUnlessOk();
        return key;
    }

    private static ulong Unwrap(TokenLogin login, HsmSession session, ulong handle, CKM hash, byte[] wrapped) => Sealing.Unwrap(
        login,
        session,
        template => (session.Native.UnwrapKey(session.Handle, hash, handle, wrapped, template, out ulong unwrapped), unwrapped),
        static _ => new AttributeTemplate()
            .Add(CKA_CLASS, CKO_SECRET_KEY)
            .Add(CKA_KEY_TYPE, CKK_AES)
            .Add(CKA_TOKEN, false)
            .Add(CKA_PRIVATE, true)
            .Add(CKA_SENSITIVE, true)
            .Add(CKA_EXTRACTABLE, false),
        isTokenKey: false);

    private static bool IsGood(HsmSession session, ulong handle)
    {
        byte[]? modulus = KeyObjects.Read(session, handle, CKA_MODULUS);
        byte[]? unwraps = KeyObjects.Read(session, handle, CKA_UNWRAP);
        byte[]? leaves = KeyObjects.Read(session, handle, CKA_EXTRACTABLE);
        return modulus?.Length == Bits / 8 && unwraps is [not 0] && leaves is [0];
    }

    private static ulong Make(HsmSession session)
    {
        // Not every module supports all of these.
        ReadOnlySpan<(bool UnwrapTemplate, bool FixedForever)> ways = [(true, true), (true, false), (false, true), (false, false)];
        ReturnValue result = default;
        foreach ((bool unwrapTemplate, bool fixedForever) in ways)
        {
            result = session.Native.GenerateKeyPair(
                session.Handle,
                CKM_RSA_PKCS_KEY_PAIR_GEN,
                PublicTemplate(),
                PrivateTemplate(unwrapTemplate, fixedForever),
                out ulong publicHandle,
                out ulong handle);
            if (result.IsOk)
            {
                session.Discard(publicHandle);
                return handle;
            }

            if (!ReturnValueMap.IsTemplateRefused(result))
            {
                break;
            }
        }

        throw new CryptokiException(result);
    }

    private static AttributeTemplate PublicTemplate() => new AttributeTemplate()
        .Add(CKA_TOKEN, false)
        .Add(CKA_PRIVATE, false)
        .Add(CKA_MODULUS_BITS, Bits)
        .Add(CKA_PUBLIC_EXPONENT, PublicExponent)
        .Add(CKA_ENCRYPT, false)
        .Add(CKA_VERIFY, false)
        .Add(CKA_WRAP, true);

    private static AttributeTemplate PrivateTemplate(bool unwrapTemplate, bool fixedForever)
    {
        AttributeTemplate template = new AttributeTemplate()
            .Add(CKA_TOKEN, true)
            .Add(CKA_PRIVATE, true)
            .Add(CKA_SENSITIVE, true)
            .Add(CKA_EXTRACTABLE, false)
            .Add(CKA_DECRYPT, false)
            .Add(CKA_SIGN, false)
            .Add(CKA_UNWRAP, true)
            .Add(CKA_LABEL, Id)
            .Add(CKA_ID, Id);
        if (unwrapTemplate)
        {
            template.Add(CKA_UNWRAP_TEMPLATE, new AttributeTemplate().Add(CKA_SENSITIVE, true).Add(CKA_EXTRACTABLE, false));
        }

        if (fixedForever)
        {
            template.Add(CKA_MODIFIABLE, false);
        }

        return template;
    }
}
