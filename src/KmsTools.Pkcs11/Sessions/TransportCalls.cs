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
        if (Mechanisms.LackingForSharing(login.TokenLabel, mechanisms) is { } lacking)
        {
            throw Unable(lacking);
        }

        try
        {
            PublicKey = login.TransportKey = EnsureWorking(login, session);
        }
        catch (CryptokiException exception) when (!ReturnValueMap.MakesHsmSuspect(exception.Result))
        {
            throw Unable($"Token '{login.TokenLabel}': {exception.Message}.");
        }
        catch (HsmException exception) when (exception.Failure == HsmFailure.NotPermitted)
        {
            throw Unable(exception.Message);
        }
    }

    /// <summary>The exception for an HSM that cannot take part.</summary>
    /// <param name="why">Which one, and why, as a sentence.</param>
    public static HsmException Unable(string why) => new(
        HsmFailure.NotPermitted, $"The HSMs of the cluster cannot give each other a key, so none can be made that all of them hold. {why}");

    private TransportPublicKey EnsureWorking(TokenLogin login, HsmSession session)
    {
        try
        {
            return Ensure(login, session, replace: false);
        }
        catch (CryptokiException exception) when (!ReturnValueMap.MeansLostSession(exception.Result))
        {
            if (!login.Probe().IsOk)
            {
                throw;
            }

            // The HSM is healthy, so the problem is the pair: a process died while the module wrote it.
            return Ensure(login, session, replace: true);
        }
    }

    private TransportPublicKey Ensure(TokenLogin login, HsmSession session, bool replace)
    {
        ulong key = TransportKey.Ensure(session, replace, () => session.Begin(limits.LongWork, Environment.TickCount64));
        return TransportKey.Test(login, session, key);
    }
}

/// <summary>A wrapped key, for one HSM.</summary>
internal readonly record struct WrappedKey(byte[] Bytes, CKM Hash);

/// <summary>Wraps a key for every HSM that is to hold it.</summary>
/// <param name="recipients">The HSMs.</param>
/// <param name="existing">CKA_ID of the key; null for a new one that exists only during the call.</param>
internal sealed class ExportKeyCall(ImmutableArray<TransportPublicKey> recipients, byte[]? existing = null) : IObjectCall, IDisposable
{
    private bool _isWrapping;

    /// <summary>Whether the HSM refused because the key may not leave it.</summary>
    public bool CannotLeave { get; private set; }

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
                _isWrapping = true;
                Wrapped[index] = new(bytes, recipient.Wrap(session, wrapping, key, bytes));
                _isWrapping = false;
            }
        }
        catch (CryptokiException exception) when (existing is null && !ReturnValueMap.MakesHsmSuspect(exception.Result))
        {
            throw TransportKeyCall.Unable($"Token '{login.TokenLabel}': {exception.Message}.");
        }
        catch (CryptokiException exception)
        {
            CannotLeave = _isWrapping && ReturnValueMap.MeansUnextractable(exception.Result);
            throw;
        }
        finally
        {
            // They would live as long as the session, which is reused.
            temporary.ForEach(session.Discard);
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
        try
        {
            return Sealing.Unwrap(
                login,
                session,
                template => (session.Native.UnwrapKey(
                    session.Handle, wrapped.Hash, _transportKey, wrapped.Bytes, template, out ulong made), made),
                fixedForever => KeyObjects.Template(KeyLabel, Id, fixedForever, hasLength: false),
                isTokenKey: true);
        }
        catch (CryptokiException)
        {
            // The pair may no longer be what it was.
            login.TransportKey = null;
            throw;
        }
    }
}
