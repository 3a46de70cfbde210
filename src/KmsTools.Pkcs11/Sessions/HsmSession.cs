using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// A session with a token, opened when it is first needed. Belongs to one thread at a time: two threads in one session crash some
/// modules. Knows since when it is in a call, so that others can see that the HSM does not answer.
/// </summary>
internal sealed unsafe class HsmSession(NativeModule native, ulong slot, GcmIvs ivs)
{
    public const int IvSize = 12;
    public const int TagSize = 16;

    private const int StackLimit = 4096 + TagSize;

    // Written by the thread that has the session, and read by those that ask whether its call is overdue: Volatile and Interlocked.
    private long _since;
    private long _limit;

    // Belongs to the thread that has the session, like Handle.
    private bool _isOpen;

    public NativeModule Native => native;

    public ulong Handle { get; private set; }

    /// <summary>The lock between processes that is held during the call, or null.</summary>
    /// <remarks>
    /// Set by the thread that has the session. One that abandons the call may read a value that just changed: it is disposed twice then.
    /// </remarks>
    public FileStream? Held { get; set; }

    public bool IsBusy => Volatile.Read(ref _since) != 0;

    /// <summary>Marks the begin of a call, or of the next step of one. Whoever closes the pool afterwards sees it.</summary>
    /// <param name="limit">How long it may take.</param>
    /// <param name="now">The time.</param>
    public void Begin(TimeSpan limit, long now)
    {
        _limit = (long)limit.TotalMilliseconds;
        Interlocked.Exchange(ref _since, now);
    }

    /// <summary>Marks that the HSM answered, in a call of many steps.</summary>
    public void ReportProgress(long now) => Interlocked.Exchange(ref _since, now);

    public void End() => Interlocked.Exchange(ref _since, 0);

    /// <summary>How long the call takes, and how long it may. Zero for no call.</summary>
    public (long Elapsed, long Limit) Progress(long now)
    {
        long since = Volatile.Read(ref _since);
        return since == 0 ? (0, 0) : (now - since, Volatile.Read(ref _limit));
    }

    public ReturnValue Open()
    {
        if (_isOpen)
        {
            return new(CKR_OK, "C_OpenSession");
        }

        ReturnValue result = native.OpenSession(slot, out ulong handle);
        (_isOpen, Handle) = (result.IsOk, handle);
        return result;
    }

    public void Close()
    {
        if (_isOpen)
        {
            _isOpen = false;
            _ = native.CloseSession(Handle);
        }
    }

    public ReturnValue GenerateRandom(Span<byte> buffer)
    {
        fixed (byte* bytes = buffer)
        {
            return native.GenerateRandom(Handle, bytes, buffer.Length);
        }
    }

    /// <summary>AES-GCM into IV || ciphertext || tag. The IV is random, or the HSM's own where it takes no other.</summary>
    /// <exception cref="HsmException">
    /// NotPermitted: the HSM refuses any IV, or leaves it zeroed. Failed: the ciphertext has an unexpected length.
    /// </exception>
    public ReturnValue Encrypt(ulong key, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> ciphertext)
    {
        bool hsmGeneratesIv = ivs.AreGeneratedByHsm;
        ReturnValue result = Encrypt(key, plaintext, additionalData, ciphertext, hsmGeneratesIv);
        return !hsmGeneratesIv && ReturnValueMap.MayMeanIvRefused(result)
            ? EncryptAgain(result, key, plaintext, additionalData, ciphertext)
            : result;
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
        byte* mechanism = stackalloc byte[MechanismLayout.MaxSize];
        byte* parameters = stackalloc byte[GcmParametersLayout.MaxSize];
        byte nothing = 0;
        try
        {
            fixed (byte* input = ciphertext, additional = additionalData, output = room)
            {
                native.WriteGcm(
                    mechanism, parameters, input, IvSize, additional is null ? &nothing : additional, additionalData.Length, TagSize * 8);
                ReturnValue result = native.DecryptInit(Handle, mechanism, key);
                if (!result.IsOk)
                {
                    return result;
                }

                ulong length = (ulong)inputLength;
                result = native.Decrypt(Handle, input + IvSize, inputLength, output, ref length);
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

    private ReturnValue EncryptAgain(
        ReturnValue refusal, ulong key, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> ciphertext)
    {
        // Some modules leave the operation open when they refuse it half way.
        Close();
        ReturnValue result = Open();
        result = result.IsOk ? Encrypt(key, plaintext, additionalData, ciphertext, hsmGeneratesIv: true) : result;
        if (result.IsOk)
        {
            ivs.LeaveToHsm();
        }

        return ReturnValueMap.MayMeanIvRefused(result)
            ? throw new HsmException(
                HsmFailure.NotPermitted,
                $"The HSM refuses any IV for AES-GCM: a random one ({refusal}), and a zeroed one to be replaced ({result}). "
                + "Check what it requires of CKM_AES_GCM.")
            : result;
    }

    [SkipLocalsInit]
    private ReturnValue Encrypt(
        ulong key, ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> additionalData, Span<byte> ciphertext, bool hsmGeneratesIv)
    {
        byte* iv = stackalloc byte[IvSize];
        byte* mechanism = stackalloc byte[MechanismLayout.MaxSize];
        byte* parameters = stackalloc byte[GcmParametersLayout.MaxSize];
        byte nothing = 0;
        fixed (byte* data = plaintext, additional = additionalData, output = ciphertext)
        {
            Span<byte> ivBytes = new(iv, IvSize);
            ReturnValue result;
            if (hsmGeneratesIv)
            {
                ivBytes.Clear();
            }
            else
            {
                result = native.GenerateRandom(Handle, iv, IvSize);
                if (!result.IsOk)
                {
                    return result;
                }
            }

            native.WriteGcm(
                mechanism, parameters, iv, IvSize, additional is null ? &nothing : additional, additionalData.Length, TagSize * 8);
            result = native.EncryptInit(Handle, mechanism, key);
            if (!result.IsOk)
            {
                return result;
            }

            ulong length = (ulong)(plaintext.Length + TagSize);
            result = native.Encrypt(Handle, data is null ? &nothing : data, plaintext.Length, output + IvSize, ref length);
            if (result.IsOk && length != (ulong)(plaintext.Length + TagSize))
            {
                throw new HsmException(HsmFailure.Failed, "C_Encrypt gave a ciphertext of an unexpected length.");
            }

            if (result.IsOk && !ivBytes.ContainsAnyExcept((byte)0))
            {
                // Two messages under one IV reveal the XOR of their plaintexts and the key that authenticates them.
                ciphertext.Clear();
                throw new HsmException(
                    HsmFailure.NotPermitted,
                    "The HSM returned a message of AES-GCM with an IV of zeros, which is not safe. Check how it generates IVs and random "
                        + "numbers.");
            }

            // The HSM may have replaced it.
            ivBytes.CopyTo(ciphertext);
            return result;
        }
    }
}
