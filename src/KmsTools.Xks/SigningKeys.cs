using KmsTools.Http;
using KmsTools.KeyStores;

namespace KmsTools.Xks;

/// <summary>The keys that requests to a proxy are signed with: one for each day, derived when it is first needed.</summary>
/// <param name="credential">The credential.</param>
/// <param name="region">The Region.</param>
/// <param name="service">The service.</param>
internal sealed class SigningKeys(XksCredential credential, string region, string service) : IDisposable
{
    private readonly Lock _gate = new();

    // Replaced by the key of another day. The one before is zeroed a day later, when no call uses it any more.
    private volatile DailyKey? _current;
    private DailyKey? _former;

    /// <summary>The key of a scope, which has the Region and the service of these keys. It is theirs, and is not kept by the caller.</summary>
    public SigningKey Of(in CredentialScope scope)
    {
        DailyKey? current = _current;
        return current?.Date == scope.Date ? current.Key : Derive(scope.Date).Key;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
        {
            _current?.Key.Dispose();
            _former?.Key.Dispose();
        }
    }

    private DailyKey Derive(string date)
    {
        lock (_gate)
        {
            if (_current?.Date == date)
            {
                return _current;
            }

            CredentialScope scope = new(date, region, service);
            DailyKey derived = new(date, credential.UseSecret(secret => SigningKey.Derive(secret, scope)));
            _former?.Key.Dispose();
            _former = _current;
            _current = derived;
            return derived;
        }
    }

    private sealed record DailyKey(string Date, SigningKey Key);
}
