using System.Buffers;
using System.Collections.Immutable;
using System.Net;
using KmsTools.XksProxy.Requests;

namespace KmsTools.XksProxy.Settings;

/// <summary>The rules of settings: forms, limits, and what members have to do with each other. Reads no file and calls no token.</summary>
public static class SettingsCheck
{
    /// <summary>How many tokens a proxy has at most: AWS KMS takes no more in a health answer.</summary>
    internal const int MaxTokens = 10;

    /// <summary>How long the path before the API is at most, /kms/xks/v1 included. Source: XksProxyUriPath in the API of AWS KMS.</summary>
    internal const int MaxPath = 128;

    private const int MaxName = 64;

    private static readonly SearchValues<char> OfNames =
        SearchValues.Create("-_.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> OfPrefixes =
        SearchValues.Create("/-_0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");

    private static readonly SearchValues<char> OfAccessKeyIds = SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZ234567");

    /// <summary>What is wrong with settings, a sentence each; empty when nothing is.</summary>
    /// <param name="settings">The settings.</param>
    public static ImmutableArray<string> Problems(XksProxySettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ImmutableArray<string>.Builder problems = ImmutableArray.CreateBuilder<string>();
        problems.AddRange(OfListener(settings));
        problems.AddRange(OfLimits(settings.Limits));
        problems.AddRange(OfTokens(settings.Tokens));
        problems.AddRange(Repeated(settings.KeyStores, static store => store.Name, "Two key stores have the name"));
        problems.AddRange(Repeated(settings.KeyStores, static store => store.Prefix, "Two key stores have the path prefix"));
        foreach (KeyStoreSettings store in settings.KeyStores)
        {
            problems.AddRange(OfStore(store, settings.Tokens));
        }

        return problems.ToImmutable();
    }

    private static IEnumerable<string> OfListener(XksProxySettings settings)
    {
        if (!IPAddress.TryParse(settings.Address, out IPAddress? address))
        {
            yield return $"'{settings.Address}' is not an IP address to listen on.";
        }
        else if (settings.Tls is null && !settings.AllowsPlainHttp && !IPAddress.IsLoopback(address))
        {
            yield return $"Plain HTTP on {address} shows plaintexts to the network. Give the proxy a certificate, or allow plain HTTP.";
        }

        if (settings.Port is < 0 or > 65_535)
        {
            yield return $"{settings.Port} is not a port.";
        }

        if (settings.FleetSize < 1)
        {
            yield return "The fleet has at least one proxy.";
        }

        if (settings.StopDelay < TimeSpan.Zero)
        {
            yield return "The delay of a stop is negative.";
        }
    }

    private static IEnumerable<string> OfLimits(LimitSettings limits)
    {
        if (limits.MaxPlaintextBytes is < LimitSettings.MinPlaintextBytes or > LimitSettings.MaxPlaintextBytesAllowed)
        {
            yield return $"The longest plaintext is {LimitSettings.MinPlaintextBytes} to {LimitSettings.MaxPlaintextBytesAllowed} bytes, "
                + $"not {limits.MaxPlaintextBytes}.";
        }

        if (limits.MaxAadBytes is < LimitSettings.MinAadBytes or > LimitSettings.MaxAadBytesAllowed)
        {
            yield return $"The longest additional data is {LimitSettings.MinAadBytes} to {LimitSettings.MaxAadBytesAllowed} bytes, not "
                + $"{limits.MaxAadBytes}.";
        }

        if (limits.MaxConnections < 1)
        {
            yield return "There must be at least one connection.";
        }
    }

    private static IEnumerable<string> OfTokens(ImmutableArray<TokenSettings> tokens)
    {
        if (tokens.Length is 0 or > MaxTokens)
        {
            yield return $"There are 1 to {MaxTokens} tokens, not {tokens.Length}: AWS KMS takes no more in a health answer.";
        }

        foreach (string problem in Repeated(tokens, static token => token.Name, "Two tokens have the name"))
        {
            yield return problem;
        }

        foreach (TokenSettings token in tokens)
        {
            if (!IsName(token.Name))
            {
                yield return NotAName("token", token.Name);
            }

            if (token.MaxSessions < 1)
            {
                yield return $"The token '{token.Name}' needs at least one session.";
            }

            if (token.SessionWait < TimeSpan.Zero || token.AnswerTime <= TimeSpan.Zero)
            {
                yield return $"The times of the token '{token.Name}' are not positive.";
            }
        }
    }

    private static IEnumerable<string> OfStore(KeyStoreSettings store, ImmutableArray<TokenSettings> tokens)
    {
        string where = $"The key store '{store.Name}'";
        if (!IsName(store.Name))
        {
            yield return NotAName("key store", store.Name);
        }

        if (!IsPrefix(store.Prefix))
        {
            yield return $"{where} has the path prefix '{store.Prefix}': write it as /a/b, with letters, digits, - and _, and at most "
                + $"{MaxPath - RequestTarget.Root.Length + 1} characters, or leave it out.";
        }

        if (store.Regions.IsDefaultOrEmpty)
        {
            yield return $"{where} names no Region.";
        }

        if (store.RequestsPerSecond < 1)
        {
            yield return $"{where} allows no requests: its number per second is at least 1.";
        }

        foreach (string problem in OfCredentials(store, where).Concat(OfKeys(store, tokens, where)))
        {
            yield return problem;
        }

        foreach (AuthorizationRule rule in store.Rules.Where(static rule => string.IsNullOrWhiteSpace(rule.Name)))
        {
            yield return $"{where} has a rule without a name, which the log would need.";
        }
    }

    private static IEnumerable<string> OfCredentials(KeyStoreSettings store, string where)
    {
        if (store.Credentials.IsDefaultOrEmpty)
        {
            yield return $"{where} has no credential.";
            yield break;
        }

        if (store.Credentials.DistinctBy(static credential => credential.AccessKeyId).Count() < store.Credentials.Length)
        {
            yield return $"{where} has two credentials with the same access key ID.";
        }

        foreach (CredentialSettings credential in store.Credentials)
        {
            if (credential.AccessKeyId.Length is < 20 or > 30 || credential.AccessKeyId.AsSpan().ContainsAnyExcept(OfAccessKeyIds))
            {
                yield return $"{where} has an access key ID that AWS KMS does not take: 20 to 30 characters of A-Z and 2-7.";
            }

            if (credential.NotBefore >= credential.NotAfter)
            {
                yield return $"{where} has a credential that is never valid: it begins when it has ended.";
            }
        }
    }

    private static IEnumerable<string> OfKeys(KeyStoreSettings store, ImmutableArray<TokenSettings> tokens, string where)
    {
        foreach (string problem in Repeated(store.Keys, static key => key.ExternalKeyId, $"{where} has two keys with the ID"))
        {
            yield return problem;
        }

        foreach (KeySettings key in store.Keys)
        {
            if (!RequestTarget.IsKeyId(key.ExternalKeyId))
            {
                yield return $"{where} has the key ID '{key.ExternalKeyId}': write 1 to {RequestTarget.MaxKeyId} letters, digits, -, _ "
                    + "and ., but neither . nor ..";
            }

            KeyVersionSettings[] versions = [.. key.Former.Prepend(key.Current)];
            if (versions.DistinctBy(static version => version.Version).Count() < versions.Length)
            {
                yield return $"{where}: two keys behind the ID '{key.ExternalKeyId}' have the same version.";
            }

            foreach (KeyVersionSettings version in versions)
            {
                TokenSettings? token = tokens.FirstOrDefault(token => token.Name == version.Token);
                if (token is null)
                {
                    yield return $"{where}: key '{key.ExternalKeyId}' is in the token '{version.Token}', which is not one of the tokens.";
                }
                else if (token.HealthKey == version.Name)
                {
                    yield return $"{where}: the key '{key.ExternalKeyId}' is the test key of the token '{token.Name}', which must be "
                        + "another one.";
                }
            }
        }
    }

    private static IEnumerable<string> Repeated<T>(ImmutableArray<T> all, Func<T, string> name, string problem) =>
        all.GroupBy(name, StringComparer.Ordinal).Where(static group => group.Count() > 1).Select(group => $"{problem} '{group.Key}'.");

    private static bool IsName(string name) => name.Length is > 0 and <= MaxName && !name.AsSpan().ContainsAnyExcept(OfNames);

    private static string NotAName(string what, string name) =>
        $"'{name}' is not the name of a {what}: write 1 to {MaxName} letters, digits, -, _ and .";

    // AWS KMS takes a path of 128 characters, /kms/xks/v1 included. Empty segments are folded away by clients.
    private static bool IsPrefix(string prefix) => prefix.Length == 0
        || (prefix[0] == '/' && prefix[^1] != '/' && prefix.Length + RequestTarget.Root.Length - 1 <= MaxPath
            && !prefix.Contains("//", StringComparison.Ordinal) && !prefix.AsSpan().ContainsAnyExcept(OfPrefixes));
}
