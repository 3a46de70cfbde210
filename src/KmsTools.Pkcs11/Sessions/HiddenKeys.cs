using System.Collections.Concurrent;
using System.Collections.Immutable;
using KmsTools.Pkcs11.Libraries;

namespace KmsTools.Pkcs11.Sessions;

/// <summary>
/// The keys that a token refused to destroy and no longer shows, although it may still hold them: SoftHSM forgets an object whose files it
/// cannot remove, until it is started again. Known to the whole process, because the token does not show them to a new login either.
/// </summary>
internal sealed class HiddenKeys
{
    private static readonly ConcurrentDictionary<HsmIdentity, HiddenKeys> All = new();

    private readonly ConcurrentDictionary<string, (ModuleInstance Instance, int Generation)> _keys = new(StringComparer.Ordinal);

    /// <summary>Those of a token.</summary>
    public static HiddenKeys Of(LibraryReference library, HsmToken token) =>
        All.GetOrAdd(new(library, token.TokenLabel, token.SerialNumber), static _ => new());

    /// <summary>Records that the token refused to destroy a key and hides it.</summary>
    public void Add(TokenLogin login, byte[] id) => _keys[Convert.ToHexStringLower(id)] = (login.Instance, login.Instance.Generation);

    /// <summary>Records that the token shows a key, or has destroyed it.</summary>
    public void Remove(byte[] id) => _keys.TryRemove(Convert.ToHexStringLower(id), out _);

    /// <summary>Whether the token may hold a key that it does not show.</summary>
    public bool Has(TokenLogin login, byte[] id) => !_keys.IsEmpty && Has(login, Convert.ToHexStringLower(id));

    /// <summary>What the token may hold beside what it shows.</summary>
    /// <param name="login">The login.</param>
    /// <param name="shown">What it shows.</param>
    /// <returns>CKA_IDs in lower-case hex.</returns>
    public ImmutableArray<string> Except(TokenLogin login, IEnumerable<string> shown)
    {
        if (_keys.IsEmpty)
        {
            return [];
        }

        foreach (string id in shown)
        {
            _keys.TryRemove(id, out _);
        }

        return [.. _keys.Keys.Where(id => Has(login, id)).Order(StringComparer.Ordinal)];
    }

    // Where the module reads the files of the token itself, it was started again with its instance: what it does not show then is gone.
    private bool Has(TokenLogin login, string id)
    {
        if (!_keys.TryGetValue(id, out (ModuleInstance Instance, int Generation) known))
        {
            return false;
        }

        if (login.CountFiles() is null || (known.Instance == login.Instance && known.Generation == login.Instance.Generation))
        {
            return true;
        }

        _keys.TryRemove(id, out _);
        return false;
    }
}
