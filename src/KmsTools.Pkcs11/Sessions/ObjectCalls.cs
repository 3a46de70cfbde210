using System.Text;
using KmsTools.Cryptography;
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
    /// The HSM has made the key; or it has not answered, or its answer was lost, and the key may come to be at any time. It is gone only when
    /// it was found and destroyed.
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

    private int _state;
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

    public ReturnValue Invoke(TokenLogin login, HsmSession session)
    {
        List<ulong> found = [];
        ReturnValue result = KeyObjects.Find(session, id, found);
        if (!result.IsOk)
        {
            return result;
        }

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
            result = session.Native.DestroyObject(session.Handle, leftover);
            if (!result.IsOk)
            {
                return result;
            }
        }

        // What was in doubt is gone when it was found and destroyed, and only then.
        _mayBeThere &= found.Count == 0;
        result = Prepare(session);
        if (!result.IsOk)
        {
            return result;
        }

        result = Ask(login, session, out ulong made);
        if (!result.IsOk)
        {
            return result;
        }

        result = KeyObjects.Test(session, made, out bool works);
        if (!result.IsOk)
        {
            return result;
        }

        result = KeyObjects.Examine(session, made, out bool isWhole);
        if (!result.IsOk)
        {
            return result;
        }

        if (!works || !isWhole || !KeyObjects.IsSealed(session, made))
        {
            throw new HsmException(
                HsmFailure.NotPermitted, $"The token '{login.TokenLabel}' did not make a sensitive, non-extractable AES-256 key that works.");
        }

        // A token that is taken away meanwhile keeps nothing, and may still say OK.
        result = login.Probe();
        if (result.IsOk)
        {
            login.Handles.Set(id, made);
            Key = made;
        }

        return result;
    }

    private ReturnValue Ask(TokenLogin login, HsmSession session, out ulong made)
    {
        // In this order: whoever gives up sees that the HSM is asked, or it is not asked.
        bool wasInDoubt = _mayBeThere;
        _mayBeThere = true;
        if (Interlocked.CompareExchange(ref _state, HasAsked, Waiting) == GivenUp)
        {
            _mayBeThere = wasInDoubt;
            throw new HsmException(HsmFailure.Unreachable, $"The token '{login.TokenLabel}' came back too late.");
        }

        ReturnValue result = Make(login, session, out made);
        _mayBeThere = wasInDoubt || result.IsOk || ReturnValueMap.MeansLostAnswer(result);
        return result;
    }

    /// <summary>Whether each try puts in the same key, so that it does no harm when two arrive.</summary>
    protected abstract bool MakesTheSame { get; }

    /// <summary>What comes before the key.</summary>
    protected virtual ReturnValue Prepare(HsmSession session) => new(CKR_OK, "C_FindObjects");

    protected abstract ReturnValue Make(TokenLogin login, HsmSession session, out ulong made);
}

/// <summary>Makes a key.</summary>
internal sealed class GenerateKeyCall(string label, byte[] id) : NewKeyCall(label, id)
{
    protected override bool MakesTheSame => false;

    protected override ReturnValue Make(TokenLogin login, HsmSession session, out ulong made)
        => KeyObjects.Generate(session, KeyLabel, Id, out made);
}

/// <summary>Destroys a key.</summary>
internal sealed class DestroyKeyCall(byte[] id) : IObjectCall
{
    /// <summary>Whether the HSM held the key. Stays true when the reply to its destruction was lost.</summary>
    public bool Found { get; private set; }

    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public ReturnValue Invoke(TokenLogin login, HsmSession session)
    {
        List<ulong> found = [];
        ReturnValue result = Search.Sure(login, session, id, found);
        foreach (ulong handle in found)
        {
            if (!result.IsOk)
            {
                break;
            }

            login.Handles.Remove(id);
            Found = true;
            result = session.Native.DestroyObject(session.Handle, handle);
        }

        // A token that is taken away meanwhile brings the key back when it returns, and may still say OK.
        return result.IsOk && found.Count > 0 ? login.Probe() : result;
    }
}

/// <summary>Lists the keys.</summary>
internal sealed class ListKeysCall : IObjectCall
{
    private readonly List<HsmKeyObject> _keys = [];

    public IReadOnlyList<HsmKeyObject> Keys => _keys;

    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public ReturnValue Invoke(TokenLogin login, HsmSession session)
    {
        _keys.Clear();
        List<ulong> found = [];
        ReturnValue result = login.Probe();
        result = result.IsOk ? KeyObjects.FindAll(session, found) : result;
        foreach (ulong handle in found)
        {
            session.ReportProgress(Environment.TickCount64);

            // An object may be half written, or destroyed since by other software.
            byte[]? label = KeyObjects.Read(session, handle, CKA_LABEL);
            byte[]? id = KeyObjects.Read(session, handle, CKA_ID);
            ReturnValue examined = KeyObjects.Examine(session, handle, out bool isWhole);
            if (!examined.IsOk)
            {
                return examined;
            }

            bool isUsable = label is not null && id is not null && isWhole;
            _keys.Add(new(
                Encoding.UTF8.GetString(label ?? []), Convert.ToHexStringLower(id ?? []), login.TokenLabel, handle, isUsable));
        }

        return result.IsOk ? login.Probe() : result;
    }
}

/// <summary>Asks the token about itself, and counts its keys.</summary>
internal sealed class StatusCall : IObjectCall
{
    public TokenInfo Info { get; private set; }

    public int KeyCount { get; private set; }

    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public ReturnValue Invoke(TokenLogin login, HsmSession session)
    {
        List<ulong> found = [];
        ReturnValue result = login.Probe();
        result = result.IsOk ? KeyObjects.FindAll(session, found) : result;
        if (!result.IsOk)
        {
            return result;
        }

        result = login.Info(out TokenInfo info);
        (Info, KeyCount) = (info, found.Count);
        return result;
    }
}

/// <summary>Asks whether the token answers and the login stands.</summary>
internal sealed class ProbeCall : IObjectCall
{
    public TimeSpan Limit(HsmTimeLimits limits) => limits.Call;

    public ReturnValue Invoke(TokenLogin login, HsmSession session)
    {
        ReturnValue result = login.Probe();
        return !result.IsOk || login.IsLoggedIn() ? result : new(CKR_USER_NOT_LOGGED_IN, "C_GetSessionInfo");
    }
}

/// <summary>Changes the PIN of the crypto user.</summary>
internal sealed class SetPinCall(Secret oldPin, Secret newPin) : IObjectCall
{
    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public ReturnValue Invoke(TokenLogin login, HsmSession session)
    {
        using PinCopy next = new(newPin);
        using InstanceTurns.Turn turn = login.Instance.Turns.Take();
        ReturnValue result = oldPin.Use(old => session.Native.SetPin(session.Handle, old, next.Bytes));
        return result.Code is CKR_PIN_LEN_RANGE or CKR_PIN_INVALID
            ? throw new HsmException(HsmFailure.InvalidArgument, result.ToString())
            : result;
    }

    // Two secrets cannot lend their bytes to one call.
    private sealed class PinCopy(Secret pin) : IDisposable
    {
        public byte[] Bytes { get; } = pin.Use(static bytes =>
        {
            byte[] copy = GC.AllocateUninitializedArray<byte>(bytes.Length, pinned: true);
            bytes.CopyTo(copy);
            return copy;
        });

        public void Dispose() => System.Security.Cryptography.CryptographicOperations.ZeroMemory(Bytes);
    }
}

/// <summary>Searches that can be believed.</summary>
internal static class Search
{
    /// <summary>
    /// Finds objects between two probes: a lost SoftHSM token answers a search with OK and nothing, as if the key had been deleted. So
    /// does every module when the login is lost, because the keys are private.
    /// </summary>
    public static ReturnValue Sure(TokenLogin login, HsmSession session, ReadOnlySpan<byte> id, List<ulong> found)
    {
        ReturnValue result = login.Probe();
        result = result.IsOk ? KeyObjects.Find(session, id, found) : result;
        if (result.IsOk && found.Count == 0 && !login.IsLoggedIn())
        {
            return new(CKR_USER_NOT_LOGGED_IN, "C_FindObjects");
        }

        return result.IsOk ? login.Probe() : result;
    }
}
