using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>The possible outcomes for a new key that no caller waits for any more.</summary>
internal enum NewKeyEnd
{
    /// <summary>The HSM was never asked for it, and never will be.</summary>
    NeverAsked,

    /// <summary>The HSM was asked, and refused.</summary>
    Refused,

    /// <summary>
    /// The HSM has created the key; or it has not answered, or its answer was lost, and the key may come into existence at any time. The
    /// key is certain not to exist only when it was found and destroyed.
    /// </summary>
    MayBeThere,
}

/// <summary>Puts a key into an HSM. When repeated after a lost answer, it first removes what the lost attempt has left.</summary>
internal abstract class NewKeyCall(string label, byte[] id) : IObjectCall
{
    private const int Waiting = 0;
    private const int HasAsked = 1;
    private const int GivenUp = 2;

    // Written by the thread that works with the HSM and by the one that gives up: Interlocked.
    private int _state;

    // Written by the thread that works with the HSM only.
    private volatile bool _mayBeThere;

    private bool Asked => Volatile.Read(ref _state) == HasAsked;

    public ulong Key { get; private set; }

    protected string KeyLabel => label;

    protected byte[] Id => id;

    public virtual TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    /// <summary>
    /// Prevents further requests to the HSM from now on. A call that hung may continue when the HSM comes back, long after its caller has
    /// left.
    /// </summary>
    public NewKeyEnd GiveUp() => Interlocked.Exchange(ref _state, GivenUp) == Waiting ? NewKeyEnd.NeverAsked
        : _mayBeThere ? NewKeyEnd.MayBeThere
        : NewKeyEnd.Refused;

    public void Invoke(TokenLogin login, HsmSession session)
    {
        RemoveLeftovers(login, session);
        Prepare(session);
        ulong made = Ask(login, session);
        if (!KeyObjects.Works(session, made))
        {
            throw Bad(login, "does not decrypt what it encrypts");
        }

        KeyAttributes attributes = KeyAttributes.Read(session, made);
        if (!KeyObjects.IsWhole(session, made, attributes))
        {
            throw Bad(login, "is not an AES key of 256 bits");
        }

        if (!attributes.IsSealed)
        {
            throw Bad(login, $"could leave it in plaintext ({attributes.DescribeSeal()})");
        }

        // A token that is removed in the meantime keeps nothing, and may still return OK.
        login.Probe().ThrowUnlessOk();
        login.Handles.Set(id, made);
        Key = made;
    }

    /// <summary>Whether each attempt puts in the same key, so that it does no harm when two arrive.</summary>
    protected abstract bool MakesTheSame { get; }

    /// <summary>The steps before the key is created.</summary>
    protected virtual void Prepare(HsmSession session)
    {
    }

    /// <summary>Asks the HSM for the key.</summary>
    /// <returns>Its handle.</returns>
    /// <exception cref="CryptokiException">The HSM returned something other than OK.</exception>
    protected abstract ulong Make(TokenLogin login, HsmSession session);

    private static HsmException Bad(TokenLogin login, string what) =>
        new(HsmFailure.NotPermitted, $"The key that the token '{login.TokenLabel}' made {what}. It was not kept.");

    private void RemoveLeftovers(TokenLogin login, HsmSession session)
    {
        List<ulong> found = KeyObjects.Find(session, id);
        if (found.Count > 0 && !Asked)
        {
            throw new HsmException(HsmFailure.InvalidArgument, "The HSM holds a key with this ID already.");
        }

        if (found.Count == 0 && _mayBeThere && !MakesTheSame)
        {
            // It may still appear, or reappear, and then there would be two keys with one ID.
            throw new HsmException(HsmFailure.Unreachable, $"The token '{login.TokenLabel}' does not show the key that it was asked for.");
        }

        foreach (ulong leftover in found)
        {
            session.Native.DestroyObject(session.Handle, leftover).ThrowUnlessOk();
        }

        // A key that was in doubt no longer exists if, and only if, it was found and destroyed.
        _mayBeThere &= found.Count == 0;
    }

    private ulong Ask(TokenLogin login, HsmSession session)
    {
        // In this order: either the thread that gives up sees that the HSM is asked, or the HSM is not asked.
        bool wasInDoubt = _mayBeThere;
        _mayBeThere = true;
        if (Interlocked.CompareExchange(ref _state, HasAsked, Waiting) == GivenUp)
        {
            _mayBeThere = wasInDoubt;
            throw new HsmException(HsmFailure.Unreachable, $"The token '{login.TokenLabel}' came back too late.");
        }

        try
        {
            return Make(login, session);
        }
        catch (CryptokiException exception)
        {
            _mayBeThere = wasInDoubt || ReturnValueMap.MeansLostAnswer(exception.Result);
            throw;
        }
    }
}

/// <summary>Generates a key.</summary>
internal sealed class GenerateKeyCall(string label, byte[] id) : NewKeyCall(label, id)
{
    protected override bool MakesTheSame => false;

    protected override ulong Make(TokenLogin login, HsmSession session) => KeyObjects.Generate(session, KeyLabel, Id);
}
