using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>Tells the public half of the HSM's transport key, which is made if there is none that works.</summary>
internal sealed class TransportKeyCall(HsmTimeLimits limits) : IObjectCall
{
    public TransportPublicKey? PublicKey { get; private set; }

    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public ReturnValue Invoke(TokenLogin login, HsmSession session)
    {
        PublicKey = login.TransportKey;
        if (PublicKey is not null)
        {
            return new(CKR_OK, "C_GetMechanismList");
        }

        ReturnValue result = session.Native.GetMechanismList(login.Slot, out ulong[] mechanisms);
        if (!result.IsOk)
        {
            return result;
        }

        if (!mechanisms.Contains((ulong)CKM_RSA_PKCS_OAEP) || !mechanisms.Contains((ulong)CKM_RSA_PKCS_KEY_PAIR_GEN))
        {
            throw Unable(login.TokenLabel, "it lacks CKM_RSA_PKCS_OAEP or CKM_RSA_PKCS_KEY_PAIR_GEN");
        }

        result = Ensure(session, anew: false, out TransportPublicKey? working);
        if (!result.IsOk && !ReturnValueMap.MeansLostSession(result) && login.Probe().IsOk)
        {
            // The HSM is well, so it is the pair: a process died while the module wrote it.
            result = Ensure(session, anew: true, out working);
        }

        PublicKey = login.TransportKey = working;
        return result.IsOk || ReturnValueMap.MakesHsmSuspect(result) ? result : throw Unable(login.TokenLabel, result.ToString());
    }

    /// <summary>The exception for an HSM that cannot take part.</summary>
    public static HsmException Unable(string tokenLabel, string why) => new(
        HsmFailure.NotPermitted,
        $"The HSMs of the cluster cannot give each other a key, so none can be made that all of them hold. Token '{tokenLabel}': {why}.");

    private ReturnValue Ensure(HsmSession session, bool anew, out TransportPublicKey? working)
    {
        working = null;
        ReturnValue result = TransportKey.Ensure(session, anew, out ulong key, () => session.Begin(limits.LongWork, Environment.TickCount64));
        return result.IsOk ? TransportKey.Test(session, key, out working) : result;
    }
}

/// <summary>A wrapped key, for one HSM.</summary>
internal readonly record struct WrappedKey(byte[] Bytes, CKM Hash);

/// <summary>Wraps a key for every HSM that is to hold it.</summary>
/// <param name="recipients">The HSMs.</param>
/// <param name="existing">CKA_ID of the key; null for a new one that lives no longer than the call.</param>
internal sealed class ExportKeyCall(ImmutableArray<TransportPublicKey> recipients, byte[]? existing = null) : IObjectCall, IDisposable
{
    /// <summary>The wrapped key per recipient.</summary>
    public WrappedKey[] Wrapped { get; private set; } = [];

    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public ReturnValue Invoke(TokenLogin login, HsmSession session)
    {
        ReturnValue result = existing is null ? TransportKey.SessionKey(session, out ulong key) : FindExisting(session, out key);
        if (!result.IsOk)
        {
            return result;
        }

        List<ulong> temporary = existing is null ? [key] : [];
        WrappedKey[] wrapped = new WrappedKey[recipients.Length];
        try
        {
            for (int index = 0; index < wrapped.Length && result.IsOk; index++)
            {
                TransportPublicKey recipient = recipients[index];
                result = recipient.Import(session, out ulong wrapping);
                if (result.IsOk)
                {
                    temporary.Add(wrapping);
                    byte[] bytes = new byte[recipient.Modulus.Length];
                    result = recipient.Wrap(session, wrapping, key, bytes, out CKM hash);
                    wrapped[index] = new(bytes, hash);
                }
            }

            Wrapped = wrapped;
            return result.IsOk || existing is not null || ReturnValueMap.MakesHsmSuspect(result)
                ? result
                : throw TransportKeyCall.Unable(login.TokenLabel, result.ToString());
        }
        finally
        {
            // They would live as long as the session, which is used again.
            temporary.ForEach(handle => _ = session.Native.DestroyObject(session.Handle, handle));
        }
    }

    public void Dispose() => Array.ForEach(Wrapped, static key => Array.Clear(key.Bytes ?? []));

    private ReturnValue FindExisting(HsmSession session, out ulong key)
    {
        List<ulong> found = [];
        ReturnValue result = KeyObjects.Find(session, existing, found);
        key = 0;
        result = result.IsOk ? KeyObjects.FirstWhole(session, found, out key) : result;
        return result.IsOk && key == 0 ? result with { Code = CKR_KEY_HANDLE_INVALID } : result;
    }
}

/// <summary>Puts a key that another HSM wrapped into this one, where it can never leave.</summary>
internal sealed class ImportKeyCall(string label, byte[] id, WrappedKey wrapped) : NewKeyCall(label, id)
{
    private ulong _transportKey;

    protected override bool MakesTheSame => true;

    protected override ReturnValue Prepare(HsmSession session) => TransportKey.Ensure(session, anew: false, out _transportKey, static () => { });

    protected override ReturnValue Make(TokenLogin login, HsmSession session, out ulong made)
    {
        ReturnValue result = Unwrap(session, fixedForever: true, out made);
        if (ReturnValueMap.IsTemplateRefused(result))
        {
            result = Unwrap(session, fixedForever: false, out made);
        }

        if (!result.IsOk)
        {
            // It may be the pair that is not what it was.
            login.TransportKey = null;
        }

        return result;
    }

    private ReturnValue Unwrap(HsmSession session, bool fixedForever, out ulong made) => session.Native.UnwrapKey(
        session.Handle,
        wrapped.Hash,
        _transportKey,
        wrapped.Bytes,
        KeyObjects.Template(KeyLabel, Id, fixedForever, hasLength: false),
        out made);
}
