using System.Runtime.CompilerServices;

namespace KmsTools.Pkcs11.Interop;

/// <content>Key pairs, and keys that are transported wrapped.</content>
internal sealed unsafe partial class NativeModule
{
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, ulong*, nuint> _createObject;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, byte*, nuint, byte*, nuint, ulong*, ulong*, nuint> _generateKeyPair;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint, byte*, ulong*, nuint> _wrapKey;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, nuint, byte*, nuint, ulong*, nuint> _unwrapKey;

    public ReturnValue CreateObject(ulong session, AttributeTemplate template, out ulong handle)
    {
        ulong made = 0;
        ulong* cell = &made;
        ReturnValue result = template.Use(
            (attributes, count) => Returned(_createObject((nuint)session, attributes, count, cell), "C_CreateObject"));
        handle = made;
        return result;
    }

    public ReturnValue GenerateKeyPair(
        ulong session,
        CKM mechanism,
        AttributeTemplate publicKey,
        AttributeTemplate privateKey,
        out ulong publicHandle,
        out ulong privateHandle)
    {
        byte* structure = stackalloc byte[MechanismLayout.MaxSize];
        WriteMechanism(structure, mechanism, null, 0);
        ulong* cells = stackalloc ulong[2];
        cells[0] = cells[1] = 0;
        ReturnValue result = publicKey.Use((publicAttributes, publicCount) => privateKey.Use((privateAttributes, privateCount) => Returned(
            _generateKeyPair(
                (nuint)session, structure, publicAttributes, publicCount, privateAttributes, privateCount, cells, cells + 1),
            "C_GenerateKeyPair")));
        publicHandle = cells[0];
        privateHandle = cells[1];
        return result;
    }

    /// <summary>Wraps a key with RSA-OAEP.</summary>
    /// <param name="session">Session.</param>
    /// <param name="hash">CKM_SHA_1 or CKM_SHA256.</param>
    /// <param name="wrappingKey">A public key that may wrap.</param>
    /// <param name="key">The key.</param>
    /// <param name="wrapped">Receives the wrapped key; as long as the modulus.</param>
    public ReturnValue WrapKey(ulong session, CKM hash, ulong wrappingKey, ulong key, Span<byte> wrapped)
    {
        byte* mechanism = stackalloc byte[MechanismLayout.MaxSize];
        byte* parameters = stackalloc byte[OaepParametersLayout.MaxSize];
        WriteOaep(mechanism, parameters, hash);
        ulong length = (ulong)wrapped.Length;
        fixed (byte* output = wrapped)
        {
            ReturnValue result = Returned(
                _wrapKey((nuint)session, mechanism, (nuint)wrappingKey, (nuint)key, output, &length), "C_WrapKey");
            return result.IsOk && length != (ulong)wrapped.Length ? result with { Code = CKR_GENERAL_ERROR } : result;
        }
    }

    /// <summary>Creates a key from what <see cref="WrapKey"/> returned in another HSM.</summary>
    public ReturnValue UnwrapKey(
        ulong session, CKM hash, ulong unwrappingKey, ReadOnlySpan<byte> wrapped, AttributeTemplate template, out ulong handle)
    {
        byte* mechanism = stackalloc byte[MechanismLayout.MaxSize];
        byte* parameters = stackalloc byte[OaepParametersLayout.MaxSize];
        WriteOaep(mechanism, parameters, hash);
        ulong made = 0;
        ulong* cell = &made;
        int length = wrapped.Length;
        fixed (byte* pinned = wrapped)
        {
            byte* input = pinned;
            ReturnValue result = template.Use((attributes, count) => Returned(
                _unwrapKey((nuint)session, mechanism, (nuint)unwrappingKey, input, (nuint)length, attributes, count, cell), "C_UnwrapKey"));
            handle = made;
            return result;
        }
    }

    private void WriteOaep(byte* mechanism, byte* parameters, CKM hash)
    {
        OaepParametersLayout layout = _abi.OaepParameters;
        _abi.WriteULong(parameters + layout.Hash, (ulong)hash);
        _abi.WriteULong(parameters + layout.MaskGenerator, (ulong)(hash == CKM_SHA256 ? CKG_MGF1_SHA256 : CKG_MGF1_SHA1));
        _abi.WriteULong(parameters + layout.Source, CKZ_DATA_SPECIFIED);
        Unsafe.WriteUnaligned(parameters + layout.SourceData, (nint)0);
        _abi.WriteULong(parameters + layout.SourceDataLength, 0);
        WriteMechanism(mechanism, CKM_RSA_PKCS_OAEP, parameters, layout.Size);
    }
}
