using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>What can become of a new key that nobody waits for any more.</summary>
internal enum NewKeyEnd
{
    /// <summary>The HSM was never asked for it, and never will be.</summary>
    NeverAsked,

    /// <summary>The HSM was asked, and has refused.</summary>
    Refused,

    /// <summary>
    /// The HSM has made the key; or it has not answered, or its answer was lost, and the key may come to be at any time. It is gone only
    /// when it was found and destroyed.
    /// </summary>
    MayBeThere,
}

/// <summary>
/// Puts a key into an HSM. Done again after a lost answer, it first removes what the lost try has left.
/// </summary>
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
    /// Has the HSM asked no more from now on. A call that hung may go on when the HSM comes back, long after its caller has left.
    /// </summary>
    public NewKeyEnd GiveUp() => Interlocked.Exchange(ref _state, GivenUp) == Waiting ? NewKeyEnd.NeverAsked
        : _mayBeThere ? NewKeyEnd.MayBeThere
        : NewKeyEnd.Refused;

    public void Invoke(TokenLogin login, HsmSession session)
    {
        RemoveLeftovers(login, session);
        Prepare(session);
        ulong made = Ask(login, session);
        if (!KeyObjects.Works(session, made) || !KeyObjects.IsWhole(session, made) || !KeyObjects.IsSealed(session, made))
        {
            throw new HsmException(
                HsmFailure.NotPermitted,
                $"The token '{login.TokenLabel}' did not make a sensitive, non-extractable AES-256 key that works.");
        }

        // A token that is taken away meanwhile keeps nothing, and may still say OK.
        login.Probe().ThrowUnlessOk();
        login.Handles.Set(id, made);
        Key = made;
    }

    /// <summary>Whether each try puts in the same key, so that it does no harm when two arrive.</summary>
    protected abstract bool MakesTheSame { get; }

    /// <summary>What comes before the key.</summary>
    protected virtual void Prepare(HsmSession session)
    {
    }

    /// <summary>Asks the HSM for the key.</summary>
    /// <returns>Its handle.</returns>
    /// <exception cref="CryptokiException">The HSM returned something other than OK.</exception>
    protected abstract ulong Make(TokenLogin login, HsmSession session);

    private void RemoveLeftovers(TokenLogin login, HsmSession session)
    {
        List<ulong> found = KeyObjects.Find(session, id);
        if (found.Count > 0 && !Asked)
        {
            throw new HsmException(HsmFailure.InvalidArgument, "The HSM holds a key with this ID already.");
        }

        if (found.Count == 0 && _mayBeThere && !MakesTheSame)
        {
            // It may still come, or be seen again, and then there would be two keys with one ID.
            throw new HsmException(HsmFailure.Unreachable, $"The token '{login.TokenLabel}' does not show the key that it was asked for.");
        }

        foreach (ulong leftover in found)
        {
            session.Native.DestroyObject(session.Handle, leftover).ThrowUnlessOk();
        }

        // What was in doubt is gone when it was found and destroyed, and only then.
        _mayBeThere &= found.Count == 0;
    }

    private ulong Ask(TokenLogin login, HsmSession session)
    {
        // In this order: whoever gives up sees that the HSM is asked, or it is not asked.
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

/// <summary>Makes a key.</summary>
internal sealed class GenerateKeyCall(string label, byte[] id) : NewKeyCall(label, id)
{
    protected override bool MakesTheSame => false;

    protected override ulong Make(TokenLogin login, HsmSession session) => KeyObjects.Generate(session, KeyLabel, Id);
}
