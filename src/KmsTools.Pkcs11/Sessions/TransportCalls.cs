using System.Collections.Immutable;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>Gets the public half of the HSM's transport key, which is generated if there is none that works.</summary>
internal sealed class TransportKeyCall(HsmTimeLimits limits) : IObjectCall
{
    public TransportPublicKey? PublicKey { get; private set; }

    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public void Invoke(TokenLogin login, HsmSession session)
    {
        PublicKey = login.TransportKey;
        if (PublicKey is not null)
        {
            return;
        }

        session.Native.GetMechanismList(login.Slot, out ulong[] mechanisms).ThrowUnlessOk();
        if (!mechanisms.Contains((ulong)CKM_RSA_PKCS_OAEP) || !mechanisms.Contains((ulong)CKM_RSA_PKCS_KEY_PAIR_GEN))
        {
            throw Unable(login.TokenLabel, "it lacks CKM_RSA_PKCS_OAEP or CKM_RSA_PKCS_KEY_PAIR_GEN");
        }

        try
        {
            PublicKey = login.TransportKey = EnsureWorking(login, session);
        }
        catch (CryptokiException exception) when (!ReturnValueMap.MakesHsmSuspect(exception.Result))
        {
            throw Unable(login.TokenLabel, exception.Message);
        }
    }

    /// <summary>The exception for an HSM that cannot take part.</summary>
    public static HsmException Unable(string tokenLabel, string why) => new(
        HsmFailure.NotPermitted,
        $"The HSMs of the cluster cannot give each other a key, so none can be made that all of them hold. Token '{tokenLabel}': {why}.");

    private TransportPublicKey EnsureWorking(TokenLogin login, HsmSession session)
    {
        try
        {
            return Ensure(session, replace: false);
        }
        catch (CryptokiException exception) when (!ReturnValueMap.MeansLostSession(exception.Result))
        {
            if (!login.Probe().IsOk)
            {
                throw;
            }

            // The HSM is healthy, so the problem is the pair: a process died while the module wrote it.
            return Ensure(session, replace: true);
        }
    }

    private TransportPublicKey Ensure(HsmSession session, bool replace)
    {
        ulong key = TransportKey.Ensure(session, replace, () => session.Begin(limits.LongWork, Environment.TickCount64));
        return TransportKey.Test(session, key);
    }
}

/// <summary>A wrapped key, for one HSM.</summary>
internal readonly record struct WrappedKey(byte[] Bytes, CKM Hash);

/// <summary>Wraps a key for every HSM that is to hold it.</summary>
/// <param name="recipients">The HSMs.</param>
/// <param name="existing">CKA_ID of the key; null for a new one that exists only during the call.</param>
internal sealed class ExportKeyCall(ImmutableArray<TransportPublicKey> recipients, byte[]? existing = null) : IObjectCall, IDisposable
{
    /// <summary>The wrapped key per recipient.</summary>
    public WrappedKey[] Wrapped { get; private set; } = [];

    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public void Invoke(TokenLogin login, HsmSession session)
    {
        ulong key = existing is null ? TransportKey.SessionKey(session) : FindExisting(session);
        List<ulong> temporary = existing is null ? [key] : [];
        try
        {
            Wrapped = new WrappedKey[recipients.Length];
            for (int index = 0; index < Wrapped.Length; index++)
            {
                TransportPublicKey recipient = recipients[index];
                ulong wrapping = recipient.Import(session);
                temporary.Add(wrapping);
                byte[] bytes = new byte[recipient.Modulus.Length];
                Wrapped[index] = new(bytes, recipient.Wrap(session, wrapping, key, bytes));
            }
        }
        catch (CryptokiException exception) when (existing is null && !ReturnValueMap.MakesHsmSuspect(exception.Result))
        {
            throw TransportKeyCall.Unable(login.TokenLabel, exception.Message);
        }
        finally
        {
            // They would live as long as the session, which is reused.
            temporary.ForEach(handle => _ = session.Native.DestroyObject(session.Handle, handle));
        }
    }

    public void Dispose() => Array.ForEach(Wrapped, static key => Array.Clear(key.Bytes ?? []));

    private ulong FindExisting(HsmSession session)
    {
        ulong key = KeyObjects.FirstWhole(session, KeyObjects.Find(session, existing));
        return key != 0 ? key : throw new CryptokiException(new(CKR_KEY_HANDLE_INVALID, "C_GetAttributeValue"));
    }
}

/// <summary>Puts a key that another HSM wrapped into this one, where it can never leave.</summary>
internal sealed class ImportKeyCall(string label, byte[] id, WrappedKey wrapped) : NewKeyCall(label, id)
{
    private ulong _transportKey;

    protected override bool MakesTheSame => true;

    protected override void Prepare(HsmSession session) =>
        _transportKey = TransportKey.Ensure(session, replace: false, static () => { });

    protected override ulong Make(TokenLogin login, HsmSession session)
    {
        ReturnValue result = Unwrap(session, fixedForever: true, out ulong made);
        if (ReturnValueMap.IsTemplateRefused(result))
        {
            result = Unwrap(session, fixedForever: false, out made);
        }

        if (!result.IsOk)
        {
            // The pair may no longer be what it was.
            login.TransportKey = null;
        }

        result.ThrowUnlessOk();
        return made;
    }

    private ReturnValue Unwrap(HsmSession session, bool fixedForever, out ulong made) => session.Native.UnwrapKey(
        session.Handle,
        wrapped.Hash,
        _transportKey,
        wrapped.Bytes,
        KeyObjects.Template(KeyLabel, Id, fixedForever, hasLength: false),
        out made);
}
