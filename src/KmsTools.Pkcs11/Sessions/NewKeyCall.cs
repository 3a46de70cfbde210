using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>Puts a key into an HSM. When repeated after a lost answer, it first removes what the lost attempt has left.</summary>
internal abstract class NewKeyCall(string label, byte[] id) : IObjectCall
{
    private const int Waiting = 0;
    private const int HasAsked = 1;
    private const int GivenUp = 2;

    // Written by the thread that works with the HSM and by the one that gives up: Interlocked.
    private int _state;

    // Written by the thread that works with the HSM only.
    private volatile int _copies;

    private bool Asked => Volatile.Read(ref _state) == HasAsked;

    public ulong Key { get; private set; }

    protected string KeyLabel => label;

    protected byte[] Id => id;

    public virtual TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    /// <summary>
    /// Prevents further requests to the HSM from now on. A call that hung may continue when the HSM comes back, long after its caller has
    /// left.
    /// </summary>
    /// <returns>
    /// How many copies of the key may be in the HSM: those that it made; and those that it was asked for without an answer, which may come
    /// into existence at any time. A copy is certain not to exist only when it was found and destroyed. Null: the HSM was never asked, and
    /// never will be. 0: it refused.
    /// </returns>
    public int? GiveUp() => Interlocked.Exchange(ref _state, GivenUp) == Waiting ? null : _copies;

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

        if (found.Count < _copies && !MakesTheSame)
        {
            // It may still appear, or reappear, and then there would be two keys with one ID.
            throw new HsmException(HsmFailure.Unreachable, $"The token '{login.TokenLabel}' does not show the key that it was asked for.");
        }

        foreach (ulong leftover in found)
        {
            session.Native.DestroyObject(session.Handle, leftover).ThrowUnlessOk();
        }

        if (found.Count > 0)
        {
            login.Probe().ThrowUnlessOk();
            _copies = Math.Max(0, _copies - found.Count);
        }
    }

    private ulong Ask(TokenLogin login, HsmSession session)
    {
        // In this order: either the thread that gives up sees that the HSM is asked, or the HSM is not asked.
        _copies++;
        if (Interlocked.CompareExchange(ref _state, HasAsked, Waiting) == GivenUp)
        {
            _copies--;
            throw new HsmException(HsmFailure.Unreachable, $"The token '{login.TokenLabel}' came back too late.");
        }

        try
        {
            return Make(login, session);
        }
        catch (CryptokiException exception) when (!ReturnValueMap.MeansLostAnswer(exception.Result))
        {
            _copies--;
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
