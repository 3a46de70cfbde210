using System.Collections.Immutable;
using System.Text;
using KmsTools.Cryptography;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>Destroys a key.</summary>
internal sealed class DestroyKeyCall(byte[] id) : IObjectCall
{
    // Objects that were found and that the HSM neither destroyed nor lost its reply about.
    private int _left;
    private ReturnValue _refusal;

    // Of SoftHSM: the files of the token before the first object was to be destroyed, and how many of them are to be gone.
    private int? _files;
    private int _seen;

    /// <summary>Whether the HSM held the key. Stays true when the reply to its destruction was lost.</summary>
    public bool Found { get; private set; }

    /// <summary>How many objects the HSM confirmed to have destroyed.</summary>
    public int Destroyed { get; private set; }

    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public void Invoke(TokenLogin login, HsmSession session)
    {
        List<ulong> found = Search.Sure(login, session, id);
        _left = Math.Max(_left, found.Count);
        if (_seen == 0 && found.Count > 0)
        {
            _seen = found.Count;
            _files = login.CountFiles();
        }

        foreach (ulong handle in found)
        {
            login.Handles.Remove(id);
            Found = true;
            Destroy(session, handle);
        }

        if (found.Count > 0)
        {
            // A token that is removed in the meantime brings the key back when it returns, and may still return OK.
            login.Probe().ThrowUnlessOk();
            Destroyed += found.Count;
        }

        if (_left > 0)
        {
            // SoftHSM forgets an object whose files it cannot remove. It also refuses where it has removed that of the object and misses its
            // lock, as in a restored token.
            if (_files is not { } before || login.CountFiles() is not { } now || now > before - _seen)
            {
                login.Hidden.Add(login, id);
                throw NotDestroyed($"refused to destroy a key ({_refusal})");
            }

            (Destroyed, _left) = (_seen, 0);
        }

        if (Destroyed > 0)
        {
            login.Hidden.Remove(id);
        }
        else if (login.Hidden.Has(login, id))
        {
            // An earlier call was refused.
            throw NotDestroyed("refused before to destroy a key");
        }

        HsmException NotDestroyed(string what) => new(
            HsmFailure.Failed, $"The token '{login.TokenLabel}' {what} and does not show it any more. It may still hold it.")
        {
            Cause = ErrorCause.MaterialNotDestroyed,
        };
    }

    private void Destroy(HsmSession session, ulong handle)
    {
        ReturnValue result = session.Native.DestroyObject(session.Handle, handle);
        if (result.IsOk || ReturnValueMap.MeansLostSession(result))
        {
            _left--;
        }
        else
        {
            _refusal = result;
        }

        result.ThrowUnlessOk();
    }
}

/// <summary>Lists the keys.</summary>
internal sealed class ListKeysCall : IObjectCall
{
    private readonly List<HsmKeyObject> _keys = [];

    public IReadOnlyList<HsmKeyObject> Keys => _keys;

    /// <inheritdoc cref="HsmInventory.Hidden"/>
    public ImmutableArray<string> Hidden { get; private set; } = [];

    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public void Invoke(TokenLogin login, HsmSession session)
    {
        _keys.Clear();
        login.Probe().ThrowUnlessOk();
        foreach (ulong handle in KeyObjects.FindAll(session))
        {
            session.ReportProgress(Environment.TickCount64);

            // An object may be incomplete, or may have been destroyed by other software in the meantime.
            KeyAttributes read = KeyAttributes.Read(session, handle);
            (byte[]? label, byte[]? id) = (read.Label, read.Id);
            bool isUsable = label is not null && id is not null && KeyObjects.IsWhole(session, handle, read);
            _keys.Add(new(
                Encoding.UTF8.GetString(label ?? []), Convert.ToHexStringLower(id ?? []), login.TokenLabel, handle, isUsable)
            {
                CanLeave = !read.IsSealed,
            });
        }

        login.Probe().ThrowUnlessOk();
        Hidden = login.Hidden.Except(login, _keys.Select(static key => key.Id));
    }
}

/// <summary>Gets information about the token, and counts its keys.</summary>
internal sealed class StatusCall : IObjectCall
{
    public TokenInfo Info { get; private set; }

    public int KeyCount { get; private set; }

    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public void Invoke(TokenLogin login, HsmSession session)
    {
        login.Probe().ThrowUnlessOk();
        KeyCount = KeyObjects.FindAll(session).Count;
        login.Info(out TokenInfo info).ThrowUnlessOk();
        Info = info;
    }
}

/// <summary>Checks whether the token answers and the login is valid.</summary>
internal sealed class ProbeCall : IObjectCall
{
    public TimeSpan Limit(HsmTimeLimits limits) => limits.Call;

    public void Invoke(TokenLogin login, HsmSession session)
    {
        login.Probe().ThrowUnlessOk();
        if (!login.IsLoggedIn())
        {
            throw new CryptokiException(new(CKR_USER_NOT_LOGGED_IN, "C_GetSessionInfo"));
        }
    }
}

/// <summary>Changes the PIN of the crypto user.</summary>
internal sealed class SetPinCall(Secret oldPin, Secret newPin) : IObjectCall
{
    public TimeSpan Limit(HsmTimeLimits limits) => limits.Objects;

    public void Invoke(TokenLogin login, HsmSession session)
    {
        using PinCopy next = new(newPin);
        RequireLength(login, next.Bytes.Length);
        using InstanceTurns.Turn turn = login.Instance.Turns.Take();
        ReturnValue result = oldPin.Use(old => session.Native.SetPin(session.Handle, old, next.Bytes));
        if (result.Code is CKR_PIN_LEN_RANGE or CKR_PIN_INVALID)
        {
            throw new HsmException(HsmFailure.InvalidArgument, $"The token '{login.TokenLabel}' refused the new PIN: {result}.");
        }

        result.ThrowUnlessOk();
    }

    // Some HSMs count a PIN of a wrong length as an attempt.
    private static void RequireLength(TokenLogin login, int length)
    {
        login.Info(out TokenInfo info).ThrowUnlessOk();
        if (info.MaximumPinLength > 0 && ((ulong)length < info.MinimumPinLength || (ulong)length > info.MaximumPinLength))
        {
            throw new HsmException(
                HsmFailure.InvalidArgument,
                $"The token '{login.TokenLabel}' takes PINs of {info.MinimumPinLength} to {info.MaximumPinLength} bytes, not of {length}.");
        }
    }

    // The bytes of two secrets cannot be accessed in one call.
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

/// <summary>Searches with reliable results.</summary>
internal static class Search
{
    /// <summary>
    /// Finds objects between two probes: a lost SoftHSM token answers a search with OK and nothing, as if the key had been deleted. So
    /// does every module when the login is lost, because the keys are private.
    /// </summary>
    public static List<ulong> Sure(TokenLogin login, HsmSession session, ReadOnlySpan<byte> id) =>
        Sure(login, session, KeyObjects.OfId(id));

    /// <inheritdoc cref="Sure(TokenLogin, HsmSession, ReadOnlySpan{byte})"/>
    public static List<ulong> Sure(TokenLogin login, HsmSession session, AttributeTemplate template)
    {
        login.Probe().ThrowUnlessOk();
        List<ulong> found = KeyObjects.Find(session, template);
        if (found.Count == 0 && !login.IsLoggedIn())
        {
            throw new CryptokiException(new(CKR_USER_NOT_LOGGED_IN, "C_FindObjects"));
        }

        login.Probe().ThrowUnlessOk();
        return found;
    }

    /// <summary>The first complete key of ours with an ID; 0 if there is none.</summary>
    public static ulong Whole(TokenLogin login, HsmSession session, ReadOnlySpan<byte> id)
    {
        List<ulong> found = Sure(login, session, id);
        ulong whole = KeyObjects.FirstWhole(session, found);
        if (whole == 0 && found.Count > 0)
        {
            // The result from the objects counts only if the token is still there.
            login.Probe().ThrowUnlessOk();
        }

        return whole;
    }
}
