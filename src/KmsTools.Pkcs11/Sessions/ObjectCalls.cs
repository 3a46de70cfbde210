using System.Text;
using KmsTools.KeyStores;
using KmsTools.Pkcs11.Interop;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>Makes a key. Done again after a lost reply, it first removes what the lost try may have left.</summary>
internal ref struct GenerateKeyCall(string label, ReadOnlySpan<byte> id) : ISessionCall
{
    private readonly ReadOnlySpan<byte> _id = id;

    public readonly bool ManagesObjects => true;

    /// <summary>Whether the HSM was asked for the key, so that there may be one even after a failure.</summary>
    public bool Asked { get; private set; }

    public ulong Key { get; private set; }

    public ReturnValue Invoke(TokenLogin login, HsmSession session, ulong key)
    {
        List<ulong> found = [];
        ReturnValue result = KeyObjects.Find(session, _id, found);
        if (!result.IsOk)
        {
            return result;
        }

        if (found.Count > 0 && !Asked)
        {
            throw new HsmException(HsmFailure.InvalidArgument, "The HSM holds a key with this ID already.");
        }

        foreach (ulong leftover in found)
        {
            result = session.Native.DestroyObject(session.Handle, leftover);
            if (!result.IsOk)
            {
                return result;
            }
        }

        Asked = true;
        result = KeyObjects.Generate(session, label, _id, out ulong made);
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
                HsmFailure.NotPermitted, "The HSM did not make a sensitive, non-extractable AES-256 key that works.");
        }

        login.Handles.Set(_id, made);
        Key = made;
        return result;
    }
}

/// <summary>Destroys a key.</summary>
internal ref struct DestroyKeyCall(ReadOnlySpan<byte> id) : ISessionCall
{
    private readonly ReadOnlySpan<byte> _id = id;

    public readonly bool ManagesObjects => true;

    /// <summary>Whether the HSM held the key. Stays true when the reply to its destruction was lost.</summary>
    public bool Found { get; private set; }

    public ReturnValue Invoke(TokenLogin login, HsmSession session, ulong key)
    {
        List<ulong> found = [];
        ReturnValue result = Search.Sure(login, session, _id, found);
        foreach (ulong handle in found)
        {
            if (!result.IsOk)
            {
                break;
            }

            login.Handles.Remove(_id);
            Found = true;
            result = session.Native.DestroyObject(session.Handle, handle);
        }

        return result;
    }
}

/// <summary>Lists the keys.</summary>
internal readonly struct ListKeysCall(List<HsmKeyObject> keys) : ISessionCall
{
    public bool ManagesObjects => true;

    public ReturnValue Invoke(TokenLogin login, HsmSession session, ulong key)
    {
        keys.Clear();
        List<ulong> found = [];
        ReturnValue result = login.Probe();
        result = result.IsOk ? KeyObjects.FindAll(session, found) : result;
        foreach (ulong handle in found)
        {
            // An object may be half written, or destroyed since by other software.
            byte[]? label = KeyObjects.Read(session, handle, Cryptoki.CKA_LABEL);
            byte[]? id = KeyObjects.Read(session, handle, Cryptoki.CKA_ID);
            ReturnValue examined = KeyObjects.Examine(session, handle, out bool isWhole);
            if (!examined.IsOk)
            {
                return examined;
            }

            bool isUsable = label is not null && id is not null && isWhole;
            keys.Add(new(
                Encoding.UTF8.GetString(label ?? []), Convert.ToHexStringLower(id ?? []), login.TokenLabel, handle, isUsable));
        }

        return result.IsOk ? login.Probe() : result;
    }
}

/// <summary>Asks the token about itself.</summary>
internal struct TokenInfoCall : ISessionCall
{
    public readonly bool ManagesObjects => false;

    public TokenInfo Info { get; private set; }

    public ReturnValue Invoke(TokenLogin login, HsmSession session, ulong key)
    {
        ReturnValue result = login.Info(out TokenInfo info);
        Info = info;
        return result;
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
            return new(Cryptoki.CKR_USER_NOT_LOGGED_IN, "C_FindObjects");
        }

        return result.IsOk ? login.Probe() : result;
    }
}
