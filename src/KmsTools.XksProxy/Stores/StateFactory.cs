using System.Buffers;
using System.Collections.Immutable;
using KmsTools.Cryptography;
using KmsTools.XksProxy.Logging;
using KmsTools.XksProxy.Settings;
using KmsTools.XksProxy.Tokens;

namespace KmsTools.XksProxy.Stores;

/// <summary>
/// Makes states from settings: reads the secrets, and logs in to tokens. A token with the same settings as before stays, with its login; a
/// token that cannot be used now is a notice in the log, because it may come back.
/// </summary>
/// <param name="log">The log.</param>
/// <param name="clock">The clock.</param>
internal sealed class StateFactory(IXksProxyLog log, TimeProvider clock)
{
    private const int MinSecret = 43;
    private const int MaxSecret = 64;

    private static readonly SearchValues<byte> OfSecrets =
        SearchValues.Create("+/=0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"u8);

    /// <summary>Makes a state.</summary>
    /// <param name="settings">The settings.</param>
    /// <param name="before">The state that it follows; null for none.</param>
    /// <exception cref="XksProxySettingsException">The settings cannot be used. Nothing is left behind.</exception>
    public async Task<ProxyState> MakeAsync(XksProxySettings settings, ProxyState? before)
    {
        List<string> problems = [.. SettingsCheck.Problems(settings)];
        if (problems.Count > 0)
        {
            throw new XksProxySettingsException([.. problems]);
        }

        List<IDisposable> secrets = [];
        Dictionary<string, ProxyToken> kept = FindKept(settings, before);
        Dictionary<string, Secret> pins = [];
        foreach (TokenSettings token in settings.Tokens.Where(token => !kept.ContainsKey(token.Name)))
        {
            if (Read(token.Pin, $"PIN of the token '{token.Name}'", problems) is { } pin)
            {
                pins.Add(token.Name, pin);
                secrets.Add(pin);
            }
        }

        Dictionary<string, List<Credential>> credentials = [];
        foreach (KeyStoreSettings store in settings.KeyStores)
        {
            credentials.Add(store.Name, ReadCredentials(store, problems));
            secrets.AddRange(credentials[store.Name]);
        }

        if (problems.Count > 0)
        {
            secrets.ForEach(static secret => secret.Dispose());
            throw new XksProxySettingsException([.. problems]);
        }

        ImmutableArray<ProxyToken> tokens =
        [
            .. settings.Tokens.Select(token => kept.GetValueOrDefault(token.Name) ?? new ProxyToken(token, pins[token.Name], log, clock)),
        ];
        Dictionary<string, ProxyToken> byName = tokens.ToDictionary(static token => token.Settings.Name, StringComparer.Ordinal);
        ProxyState state = new(
            settings,
            settings.KeyStores.Select(store => new KeyStore(store, credentials[store.Name], byName, LimitOf(store, before))),
            tokens);
        await Task.WhenAll(tokens.Except(kept.Values).Select(static token => token.StartAsync())).ConfigureAwait(false);
        return state;
    }

    private static Dictionary<string, ProxyToken> FindKept(XksProxySettings settings, ProxyState? before) => before is null
        ? []
        : before.Tokens.Where(token => !token.IsRefused && settings.Tokens.Contains(token.Settings))
            .ToDictionary(static token => token.Settings.Name, StringComparer.Ordinal);

    // The same limit goes on: new settings are no way to more requests.
    private RateLimit? LimitOf(KeyStoreSettings store, ProxyState? before) => store.RequestsPerSecond is not { } perSecond ? null
        : before?.Find(store.Prefix)?.Limit is { } limit && limit.PerSecond == perSecond ? limit
        : new RateLimit(perSecond, clock);

    private static List<Credential> ReadCredentials(KeyStoreSettings store, List<string> problems)
    {
        List<Credential> credentials = [];
        foreach (CredentialSettings settings in store.Credentials)
        {
            string what = $"secret access key of the key store '{store.Name}'";
            if (Read(settings.Secret, what, problems) is { } secret)
            {
                credentials.Add(new Credential(settings, secret));
                if (!secret.Use(static bytes => bytes.Length is >= MinSecret and <= MaxSecret && !bytes.ContainsAnyExcept(OfSecrets)))
                {
                    problems.Add($"The {what} is not one that AWS KMS takes: {MinSecret} to {MaxSecret} characters of base64.");
                }
            }
        }

        return credentials;
    }

    private static Secret? Read(SecretSource source, string what, List<string> problems)
    {
        try
        {
            return source.Read(what);
        }
        catch (ArgumentException exception)
        {
            problems.Add(exception.Message);
            return null;
        }
    }
}
