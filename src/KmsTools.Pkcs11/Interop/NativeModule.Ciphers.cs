using System.Runtime.CompilerServices;

namespace KmsTools.Pkcs11.Interop;

/// <content>
/// Encryption, decryption, random numbers. Callers pass addresses, never null: modules refuse a null pointer even for empty data, and some
/// leave the operation open when they do.
/// </content>
internal sealed unsafe partial class NativeModule
{
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint> _encryptInit;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, ulong*, nuint> _encrypt;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint> _decryptInit;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, byte*, ulong*, nuint> _decrypt;
    private readonly delegate* unmanaged[Cdecl]<nuint, byte*, nuint, nuint> _generateRandom;

    public ReturnValue EncryptInit(ulong session, byte* mechanism, ulong key) =>
        Returned(_encryptInit((nuint)session, mechanism, (nuint)key), "C_EncryptInit");

    public ReturnValue Encrypt(ulong session, byte* data, int length, byte* output, ref ulong outputLength)
    {
        ulong cell = outputLength;
        ReturnValue result = Returned(_encrypt((nuint)session, data, (nuint)length, output, &cell), "C_Encrypt");
        outputLength = cell;
        return result;
    }

    public ReturnValue DecryptInit(ulong session, byte* mechanism, ulong key) =>
        Returned(_decryptInit((nuint)session, mechanism, (nuint)key), "C_DecryptInit");

    public ReturnValue Decrypt(ulong session, byte* data, int length, byte* output, ref ulong outputLength)
    {
        ulong cell = outputLength;
        ReturnValue result = Returned(_decrypt((nuint)session, data, (nuint)length, output, &cell), "C_Decrypt");
        outputLength = cell;
        return result;
    }

    public ReturnValue GenerateRandom(ulong session, byte* buffer, int length) =>
        Returned(_generateRandom((nuint)session, buffer, (nuint)length), "C_GenerateRandom");

    public void WriteMechanism(byte* structure, CKM mechanism, byte* parameter, int parameterLength)
    {
        MechanismLayout layout = _abi.Mechanism;
        _abi.WriteULong(structure + layout.Mechanism, (ulong)mechanism);
        Unsafe.WriteUnaligned(structure + layout.Parameter, (nint)parameter);
        _abi.WriteULong(structure + layout.ParameterLength, (ulong)parameterLength);
    }

    /// <summary>
    /// Writes CK_GCM_PARAMS and the CK_MECHANISM that points to it. All addresses must remain valid until the data has been processed.
    /// </summary>
    public void WriteGcm(
        byte* mechanism,
        byte* parameters,
        byte* iv,
        int ivLength,
        byte* additionalData,
        int additionalDataLength,
        int tagBits)
    {
        GcmParametersLayout layout = _abi.GcmParameters;
        Unsafe.WriteUnaligned(parameters + layout.Iv, (nint)iv);
        _abi.WriteULong(parameters + layout.IvLength, (ulong)ivLength);
        _abi.WriteULong(parameters + layout.IvBits, (ulong)ivLength * 8);
        Unsafe.WriteUnaligned(parameters + layout.AdditionalData, (nint)additionalData);
        _abi.WriteULong(parameters + layout.AdditionalDataLength, (ulong)additionalDataLength);
        _abi.WriteULong(parameters + layout.TagBits, (ulong)tagBits);
        WriteMechanism(mechanism, CKM_AES_GCM, parameters, layout.Size);
    }
}
