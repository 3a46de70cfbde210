using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>The public half of a transport key.</summary>
/// <param name="Modulus">CKA_MODULUS.</param>
/// <param name="Exponent">CKA_PUBLIC_EXPONENT.</param>
/// <param name="Hash">
/// The best hash for OAEP that its HSM supports. SoftHSM supports only SHA-1, which is just as good here; others no longer allow it.
/// </param>
internal sealed record TransportPublicKey(byte[] Modulus, byte[] Exponent, CKM Hash)
{
    /// <summary>Imports it into another HSM, as a session object.</summary>
    /// <returns>Its handle.</returns>
    public ulong Import(HsmSession session)
    {
        AttributeTemplate template = new AttributeTemplate()
            .Add(CKA_CLASS, CKO_PUBLIC_KEY)
            .Add(CKA_KEY_TYPE, CKK_RSA)
            .Add(CKA_TOKEN, false)
            .Add(CKA_PRIVATE, false)
            .Add(CKA_WRAP, true)
            .Add(CKA_ENCRYPT, false)
            .Add(CKA_VERIFY, false)
            .Add(CKA_MODULUS, Modulus)
            .Add(CKA_PUBLIC_EXPONENT, Exponent);
        session.Native.CreateObject(session.Handle, template, out ulong handle).ThrowUnlessOk();
        return handle;
    }

    /// <summary>Wraps a key with the best hash that this HSM supports as well.</summary>
    /// <param name="session">Session.</param>
    /// <param name="handle">What <see cref="Import"/> returned.</param>
    /// <param name="key">The key.</param>
    /// <param name="wrapped">Receives the wrapped key.</param>
    /// <returns>The hash.</returns>
    public CKM Wrap(HsmSession session, ulong handle, ulong key, byte[] wrapped)
    {
        CKM hash = Hash;
        ReturnValue result = session.Native.WrapKey(session.Handle, hash, handle, key, wrapped);
        if (ReturnValueMap.IsParameterRefused(result) && hash != CKM_SHA_1)
        {
            hash = CKM_SHA_1;
            result = session.Native.WrapKey(session.Handle, hash, handle, key, wrapped);
        }

        result.ThrowUnlessOk();
        return hash;
    }
}
