using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>A session with a token. Belongs to one thread at a time: two threads in one session crash some modules.</summary>
internal sealed unsafe class HsmSession(NativeModule native, ulong handle)
{
    public const int IvSize = 12;
    public const int TagSize = 16;

    private const int StackLimit = 4096 + TagSize;

    public NativeModule Native => native;

    public ulong Handle => handle;

    public void Close() => _ = native.CloseSession(handle);

    public ReturnValue GenerateRandom(Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            return native.GenerateRandom(handle, bytes, buffer.Length);
        }
    }

    /// <summary>AES-GCM into IV || ciphertext || tag.</summary>
    [SkipLocalsInit]
    public ReturnValue Encrypt(ulong key, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> ciphertext)
    {
        byte* iv = stackalloc byte[IvSize];
        byte* mechanism = stackalloc byte[MechanismLayout.MaximumSize];
        byte* parameters = stackalloc byte[GcmParametersLayout.MaximumSize];
        byte nothing = 0;
        fixed (byte* data = plaintext, additional = additionalData, output = ciphertext)
        {
            ReturnValue result = native.GenerateRandom(handle, iv, IvSize);
            if (!result.IsOk)
            {
                return result;
            }

            native.WriteGcm(
                mechanism, parameters, iv, IvSize, additional is null ? &nothing : additional, additionalData.Length, TagSize * 8);
            result = native.EncryptInit(handle, mechanism, key);
            if (!result.IsOk)
            {
                return result;
            }

            ulong length = (ulong)(plaintext.Length + TagSize);
            result = native.Encrypt(handle, data is null ? &nothing : data, plaintext.Length, output + IvSize, ref length);
            if (result.IsOk && length != (ulong)(plaintext.Length + TagSize))
            {
                throw new HsmException(HsmFailure.Failed, "C_Encrypt gave a ciphertext of an unexpected length.");
            }

            // CloudHSM takes no IV: it writes its own into the parameters.
            new ReadOnlySpan<byte>(iv, IvSize).CopyTo(ciphertext);
            return result;
        }
    }

    /// <summary>AES-GCM from IV || ciphertext || tag.</summary>
    [SkipLocalsInit]
    public ReturnValue Decrypt(ulong key, ReadOnlySpan<byte> ciphertext, ReadOnlySpan<byte> additionalData, Span<byte> plaintext)
    {
        // SoftHSM wants room for the tag in the output as well.
        int inputLength = ciphertext.Length - IvSize;
        Span<byte> room = inputLength <= StackLimit
            ? stackalloc byte[StackLimit]
            : GC.AllocateUninitializedArray<byte>(inputLength, pinned: true);
        room = room[..inputLength];
        byte* mechanism = stackalloc byte[MechanismLayout.MaximumSize];
        byte* parameters = stackalloc byte[GcmParametersLayout.MaximumSize];
        byte nothing = 0;
        try
        {
            fixed (byte* input = ciphertext, additional = additionalData, output = room)
            {
                native.WriteGcm(
                    mechanism, parameters, input, IvSize, additional is null ? &nothing : additional, additionalData.Length, TagSize * 8);
                ReturnValue result = native.DecryptInit(handle, mechanism, key);
                if (!result.IsOk)
                {
                    return result;
                }

                ulong length = (ulong)inputLength;
                result = native.Decrypt(handle, input + IvSize, inputLength, output, ref length);
                if (result.IsOk)
                {
                    if (length != (ulong)plaintext.Length)
                    {
                        throw new HsmException(HsmFailure.Failed, "C_Decrypt gave a plaintext of an unexpected length.");
                    }

                    room[..plaintext.Length].CopyTo(plaintext);
                }

                return result;
            }
        }
        finally
        {
            CryptographicOperations.ZeroMemory(room);
        }
    }
}
