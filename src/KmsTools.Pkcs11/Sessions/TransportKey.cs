using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// The RSA key pair of an HSM by which other HSMs send it keys. Its private half never leaves the HSM and only unwraps, and where the
/// module knows CKA_UNWRAP_TEMPLATE only keys that cannot leave either. Each HSM makes its own when it is first needed: an HSM that
/// joins late, or was initialised anew, or outlives the others needs nothing from them. The caller holds the object locks.
/// </summary>
internal static class TransportKey
{
    private const int Bits = 3072;

    private static ReadOnlySpan<byte> Id => "KmsTools transport key"u8;

    private static ReadOnlySpan<byte> PublicExponent => [0x01, 0x00, 0x01];

    /// <summary>Finds the pair, or makes it.</summary>
    /// <param name="session">Session.</param>
    /// <param name="anew">Whether to replace a pair that did not work.</param>
    /// <param name="handle">The private key.</param>
    /// <param name="prolong">Called before the HSM is asked for something that takes long.</param>
    public static ReturnValue Ensure(HsmSession session, bool anew, out ulong handle, Action prolong)
    {
        handle = 0;
        List<ulong> found = [];
        ReturnValue result = session.Native.FindObjects(
            session.Handle,
            new AttributeTemplate().Add(CKA_CLASS, CKO_PRIVATE_KEY).Add(CKA_ID, Id),
            found);
        foreach (ulong candidate in found)
        {
            if (!result.IsOk)
            {
                return result;
            }

            // A process that died while the module wrote leaves a pair that cannot be used.
            bool isGood = IsGood(session, candidate, out result);
            if (!result.IsOk)
            {
                return result;
            }

            if (!anew && handle == 0 && isGood)
            {
                handle = candidate;
            }
            else
            {
                result = session.Native.DestroyObject(session.Handle, candidate);
            }
        }

        if (!result.IsOk || handle != 0)
        {
            return result;
        }

        prolong();
        return Make(session, out handle);
    }

    /// <summary>Sends the HSM a key of its own, to learn whether the pair works and by which hash.</summary>
    /// <param name="session">Session.</param>
    /// <param name="handle">The private key.</param>
    /// <param name="publicKey">The public half, which is no secret; null when the pair does not work.</param>
    public static ReturnValue Test(HsmSession session, ulong handle, out TransportPublicKey? publicKey)
    {
        publicKey = null;
        if (KeyObjects.Read(session, handle, CKA_MODULUS) is not { Length: > 0 } modulus
            || KeyObjects.Read(session, handle, CKA_PUBLIC_EXPONENT) is not { Length: > 0 } exponent)
        {
            return new(CKR_OBJECT_HANDLE_INVALID, "C_GetAttributeValue");
        }

        TransportPublicKey tested = new(modulus, exponent, CKM_SHA256);
        List<ulong> temporary = [];
        byte[] wrapped = new byte[modulus.Length];
        try
        {
            ReturnValue result = tested.Import(session, out ulong wrapping);
            if (result.IsOk)
            {
                temporary.Add(wrapping);
                result = SessionKey(session, out ulong key);
                if (result.IsOk)
                {
                    temporary.Add(key);
                    result = tested.Wrap(session, wrapping, key, wrapped, out CKM hash);
                    result = result.IsOk ? Unwrap(session, hash, out ulong again) : result;
                    if (ReturnValueMap.IsParameterRefused(result) && hash != CKM_SHA_1)
                    {
                        hash = CKM_SHA_1;
                        result = session.Native.WrapKey(session.Handle, hash, wrapping, key, wrapped);
                        result = result.IsOk ? Unwrap(session, hash, out again) : result;
                    }

                    publicKey = result.IsOk ? tested with { Hash = hash } : null;
                }
            }

            return result;
        }
        finally
        {
            Array.Clear(wrapped);
            temporary.ForEach(temporaryHandle => _ = session.Native.DestroyObject(session.Handle, temporaryHandle));
        }

        ReturnValue Unwrap(HsmSession session, CKM hash, out ulong again)
        {
            ReturnValue result = session.Native.UnwrapKey(
                session.Handle,
                hash,
                handle,
                wrapped,
                new AttributeTemplate()
                    .Add(CKA_CLASS, CKO_SECRET_KEY)
                    .Add(CKA_KEY_TYPE, CKK_AES)
                    .Add(CKA_TOKEN, false)
                    .Add(CKA_PRIVATE, true)
                    .Add(CKA_SENSITIVE, true)
                    .Add(CKA_EXTRACTABLE, false),
                out again);
            if (result.IsOk)
            {
                temporary.Add(again);
            }

            return result;
        }
    }

    /// <summary>Makes a key that can be wrapped and dies with its session.</summary>
    public static ReturnValue SessionKey(HsmSession session, out ulong key) => session.Native.GenerateKey(
        session.Handle,
        CKM_AES_KEY_GEN,
        new AttributeTemplate()
            .Add(CKA_CLASS, CKO_SECRET_KEY)
            .Add(CKA_KEY_TYPE, CKK_AES)
            .Add(CKA_VALUE_LEN, KeyObjects.KeySize)
            .Add(CKA_TOKEN, false)
            .Add(CKA_PRIVATE, true)
            .Add(CKA_SENSITIVE, true)
            .Add(CKA_EXTRACTABLE, true)
            .Add(CKA_ENCRYPT, false)
            .Add(CKA_DECRYPT, false)
            .Add(CKA_WRAP, false)
            .Add(CKA_UNWRAP, false)
            .Add(CKA_SIGN, false)
            .Add(CKA_VERIFY, false),
        out key);

    private static bool IsGood(HsmSession session, ulong handle, out ReturnValue result)
    {
        byte[]? modulus = KeyObjects.Read(session, handle, CKA_MODULUS, out result);
        byte[]? unwraps = result.IsOk ? KeyObjects.Read(session, handle, CKA_UNWRAP, out result) : null;
        byte[]? leaves = result.IsOk ? KeyObjects.Read(session, handle, CKA_EXTRACTABLE, out result) : null;
        return modulus?.Length == Bits / 8 && unwraps is [not 0] && leaves is [0];
    }

    private static ReturnValue Make(HsmSession session, out ulong handle)
    {
        ReturnValue result = default;
        handle = 0;

        // Not every module has every one of these.
        ReadOnlySpan<(bool UnwrapTemplate, bool FixedForever)> ways = [(true, true), (true, false), (false, true), (false, false)];
        foreach ((bool unwrapTemplate, bool fixedForever) in ways)
        {
            AttributeTemplate publicKey = new AttributeTemplate()
                .Add(CKA_TOKEN, false)
                .Add(CKA_PRIVATE, false)
                .Add(CKA_MODULUS_BITS, Bits)
                .Add(CKA_PUBLIC_EXPONENT, PublicExponent)
                .Add(CKA_ENCRYPT, false)
                .Add(CKA_VERIFY, false)
                .Add(CKA_WRAP, true);
            AttributeTemplate privateKey = new AttributeTemplate()
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
                privateKey.Add(
                    CKA_UNWRAP_TEMPLATE,
                    new AttributeTemplate().Add(CKA_SENSITIVE, true).Add(CKA_EXTRACTABLE, false));
            }

            if (fixedForever)
            {
                privateKey.Add(CKA_MODIFIABLE, false);
            }

            result = session.Native.GenerateKeyPair(
                session.Handle, CKM_RSA_PKCS_KEY_PAIR_GEN, publicKey, privateKey, out ulong publicHandle, out handle);
            if (result.IsOk)
            {
                _ = session.Native.DestroyObject(session.Handle, publicHandle);
                return result;
            }

            if (!ReturnValueMap.IsTemplateRefused(result))
            {
                return result;
            }
        }

        return result;
    }
}

/// <summary>The public half of a transport key.</summary>
/// <param name="Modulus">CKA_MODULUS.</param>
/// <param name="Exponent">CKA_PUBLIC_EXPONENT.</param>
/// <param name="Hash">The best hash for OAEP that its HSM knows. SoftHSM knows SHA-1 only, which is as good here; others allow it no more.</param>
internal sealed record TransportPublicKey(byte[] Modulus, byte[] Exponent, CKM Hash)
{
    /// <summary>Brings it into another HSM, as an object of the session.</summary>
    public ReturnValue Import(HsmSession session, out ulong handle) => session.Native.CreateObject(
        session.Handle,
        new AttributeTemplate()
            .Add(CKA_CLASS, CKO_PUBLIC_KEY)
            .Add(CKA_KEY_TYPE, CKK_RSA)
            .Add(CKA_TOKEN, false)
            .Add(CKA_PRIVATE, false)
            .Add(CKA_WRAP, true)
            .Add(CKA_ENCRYPT, false)
            .Add(CKA_VERIFY, false)
            .Add(CKA_MODULUS, Modulus)
            .Add(CKA_PUBLIC_EXPONENT, Exponent),
        out handle);

    /// <summary>Wraps a key by the best hash that this HSM knows as well.</summary>
    public ReturnValue Wrap(HsmSession session, ulong handle, ulong key, byte[] wrapped, out CKM hash)
    {
        hash = Hash;
        ReturnValue result = session.Native.WrapKey(session.Handle, hash, handle, key, wrapped);
        if (ReturnValueMap.IsParameterRefused(result) && hash != CKM_SHA_1)
        {
            hash = CKM_SHA_1;
            result = session.Native.WrapKey(session.Handle, hash, handle, key, wrapped);
        }

        return result;
    }
}
